/**
 * What both doors of `sentinel exec` share: the command line as it was understood, and how the
 * command is ended.
 *
 * @module
 */
import type { RunChildOptions } from "./child.ts";
import type { Invocation } from "./command.ts";
import type { EXEC_FLAGS } from "./descriptions/exec.ts";
import type { Host } from "./host.ts";
import { tellWarning } from "./terminal.ts";

/** A command line of `exec`. */
export type ExecInvocation = Invocation<typeof EXEC_FLAGS>;

/** The command and its arguments; there is always a command. */
export type CommandLine = readonly [string, ...string[]];

/** How long the command may take to end, and who is told when it does not. */
export function endingOf(
  { flags }: ExecInvocation,
  { terminal }: Host,
): Pick<RunChildOptions, "killAfterMs" | "onKill"> {
  return {
    killAfterMs: flags.killAfterSeconds * 1000,
    onKill: (afterMs) =>
      tellWarning(terminal, `the command went on for ${afterMs / 1000} s after SIGTERM: killed`),
  };
}
