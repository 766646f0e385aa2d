/**
 * `sentinel completion`: prints the script that makes a shell ask `sentinel __complete`.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import { COMPLETION_SCRIPTS } from "../completion_scripts.ts";
import { description } from "../descriptions/completion.ts";
import type { Host } from "../host.ts";
import { readShell } from "../shell_operand.ts";

/** Runs the command. */
export function run(
  { operands }: Invocation<readonly []>,
  { terminal }: Host,
): Promise<number> {
  terminal.out(COMPLETION_SCRIPTS[readShell(description, operands[0]!)]);
  return Promise.resolve(0);
}
