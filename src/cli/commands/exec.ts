/**
 * `sentinel exec`: the two doors that end in a child process. Here the environment door; the
 * server door is `../served_child.ts`.
 *
 * @module
 */
import { type OpenedGate, openGate } from "../../app.ts";
import { EXIT_DENIED, SentinelError } from "../../errors.ts";
import type { Decision } from "../../gate/decision.ts";
import { quote } from "../../text/printable.ts";
import { defaultShell, runChild } from "../child.ts";
import { childEnvironment, type Delivery } from "../child_environment.ts";
import { type CommandLine, endingOf, type ExecInvocation } from "../exec_invocation.ts";
import type { Host } from "../host.ts";
import { openInteraction } from "../interaction.ts";
import { withMinTtl } from "../min_ttl.ts";
import { listenForSignals, type SignalListener } from "../signals.ts";
import { surroundingsOf } from "../surroundings.ts";
import { tellError, tellWarning } from "../terminal.ts";

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
  refuseForeignBytes(command);
  if (invocation.flags.server) {
    const { runServed } = await import("../served_child.ts");
    return await runServed(invocation, command, host);
  }
  return await runWithEnvironment(invocation, command, host);
}

/** What is not UTF-8 would reach the command as other text: it could be another file. */
function refuseForeignBytes(command: CommandLine): void {
  const foreign = command.find((word) => word.includes("\ufffd"));
  if (foreign === undefined) return;
  throw new SentinelError(
    "USAGE",
    `Cannot pass on the argument ${quote(foreign)}: it is not valid UTF-8`,
    { suggestion: "Let a script name it: sentinel exec ... -- ./script" },
  );
}

async function runWithEnvironment(
  invocation: ExecInvocation,
  command: CommandLine,
  host: Host,
): Promise<number> {
  const { flags, origins } = invocation;
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  using opened = await openGate(flags, {
    mode: "cli",
    durationSeconds: origins.durationSeconds === "default" ? null : flags.durationSeconds,
    sessionTable: null,
    isPolicyPinned: origins.policy === "pin",
    command: command[0],
    surroundings,
  });
  const first = await opened.gate.authorize(withMinTtl(opened.newRequest(), invocation));
  if (first.kind === "allow" || first.code !== "APPROVAL_REQUIRED") {
    return await runDecided(first, { invocation, command, host, opened });
  }
  const { seekApproval } = await import("../approval_offer.ts");
  // Until the command has ended: a second listener would not know which signals are ignored.
  using signals = listenForSignals(host.os);
  const status = await seekApproval(first, { invocation, opened, host, signals });
  if (status !== null) return status;
  const second = await opened.gate.authorize(withMinTtl(opened.newRequest(), invocation));
  return await runDecided(second, { invocation, command, host, opened, signals });
}

interface DecidedOptions {
  readonly invocation: ExecInvocation;
  readonly command: CommandLine;
  readonly host: Host;
  readonly opened: OpenedGate;
  readonly signals?: SignalListener;
}

/** Does what the gate has decided; resolves to the exit status. */
async function runDecided(
  decision: Decision,
  { invocation, command, host, opened, signals }: DecidedOptions,
): Promise<number> {
  const { flags } = invocation;
  switch (decision.kind) {
    case "deny":
      tellError(host.terminal, decision);
      return EXIT_DENIED;
    case "allow": {
      const { credentials } = decision;
      if (credentials.expiresAt === null) {
        tellWarning(
          host.terminal,
          credentials.sessionToken === null
            ? "the command gets credentials that do not expire by themselves"
            : "the command gets temporary credentials whose end is not known",
        );
      }
      const delivery: Delivery = { mode: "cli", credentials };
      const env = childEnvironment(host.env.toObject(), {
        profile: flags.profile,
        region: opened.region,
        ...await opened.writeChildConfig(),
        delivery,
      });
      const ending = endingOf(invocation, host);
      const { exitStatus } = await runChild(command, {
        env,
        ...ending,
        ...(signals !== undefined && { signals }),
      });
      return exitStatus;
    }
    default:
      return decision satisfies never;
  }
}
