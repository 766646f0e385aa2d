/**
 * `sentinel exec`: the two doors that end in a child process. Here the environment door; the
 * server door is `../served_child.ts`.
 *
 * @module
 */
import { openGate } from "../../app.ts";
import { EXIT_DENIED, SentinelError } from "../../errors.ts";
import { quote } from "../../text/printable.ts";
import { defaultShell, runChild } from "../child.ts";
import { childEnvironment, type Delivery } from "../child_environment.ts";
import type { Invocation } from "../command.ts";
import type { EXEC_FLAGS } from "../descriptions/exec.ts";
import type { Host } from "../host.ts";
import { surroundingsOf } from "../surroundings.ts";
import { tellError, tellWarning } from "../terminal.ts";

/** A command line of `exec`. */
export type ExecInvocation = Invocation<typeof EXEC_FLAGS>;

/** The command and its arguments; there is always a command. */
export type CommandLine = readonly [string, ...string[]];

function refuseNesting(host: Host): void {
  const outer = host.env.get("AWS_SENTINEL");
  if (outer === undefined || outer === "") return;
  throw new SentinelError(
    "NESTED",
    `This shell already runs under sentinel, for profile ${quote(outer)}`,
    { suggestion: "Leave it first (exit), or unset AWS_SENTINEL if that is not so." },
  );
}

/** Runs the command. */
export async function run(invocation: ExecInvocation, host: Host): Promise<number> {
  refuseNesting(host);
  const [first = defaultShell(host.env, host.os), ...rest] = invocation.passthrough;
  const command: CommandLine = [first, ...rest];
  if (invocation.flags.server) {
    const { runServed } = await import("../served_child.ts");
    return await runServed(invocation, command, host);
  }
  return await runWithEnvironment(invocation, command, host);
}

async function runWithEnvironment(
  { flags, origins }: ExecInvocation,
  command: CommandLine,
  host: Host,
): Promise<number> {
  const surroundings = surroundingsOf(host);
  using opened = await openGate(flags, {
    mode: "cli",
    durationSeconds: origins.durationSeconds === "default" ? null : flags.durationSeconds,
    sessionTable: null,
    command: command[0],
    surroundings,
  });
  const decision = await opened.gate.authorize(opened.newRequest());
  switch (decision.kind) {
    case "deny":
      tellError(host.terminal, decision);
      return EXIT_DENIED;
    case "allow": {
      const { credentials } = decision;
      if (credentials.expiresAt === null) {
        tellWarning(host.terminal, "the command gets credentials that do not expire by themselves");
      }
      const delivery: Delivery = { mode: "cli", credentials };
      const env = childEnvironment(host.env.toObject(), {
        profile: flags.profile,
        region: opened.region,
        ...await opened.writeChildConfig(),
        delivery,
      });
      return (await runChild(command, { env })).exitStatus;
    }
    default:
      return decision satisfies never;
  }
}
