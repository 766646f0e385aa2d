/**
 * `sentinel server-revoke`: stops sessions, and says exactly what that stopped and what it did not.
 * It never stops what nobody saw and confirmed, unless it was told not to ask.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { assertNever } from "../../errors.ts";
import { credentialsEnd } from "../../state/credential_reach.ts";
import { type Denial, denialOf } from "../../state/deny_policy.ts";
import { isSessionText } from "../../state/session.ts";
import { sessionNotFound } from "../../store/session_revocation.ts";
import { quote } from "../../text/printable.ts";
import type { FlagValues, Invocation } from "../command.ts";
import { description, type SERVER_REVOKE_FLAGS } from "../descriptions/server_revoke.ts";
import type { Host } from "../host.ts";
import { confirm } from "../prompt.ts";
import {
  type EndedSession,
  findTargets,
  type RevocationTarget,
  type StopResult,
  stopSessions,
  type TargetSessions,
} from "../revocation.ts";
import { formatOutcome, formatPreview, formatResult } from "../revocation_report.ts";
import {
  administratorName,
  openSessionAdministration,
  requireSessionId,
  type SessionAdministration,
} from "../session_administration.ts";
import { usageError } from "../usage.ts";

type RevokeInvocation = Invocation<typeof SERVER_REVOKE_FLAGS>;
type Flags = FlagValues<typeof SERVER_REVOKE_FLAGS>;

/** What the command line means: one session, or all of a target. */
type Selection =
  | { readonly kind: "one"; readonly id: string }
  | { readonly kind: "many"; readonly target: RevocationTarget };

/** Runs the command. */
export async function run(invocation: RevokeInvocation, host: Host): Promise<number> {
  const { flags } = invocation;
  const selection = selectionOf(invocation);
  checkReason(flags.reason);
  const role = await roleOf(flags);
  await using session = await openSessionAdministration(flags, host);
  const wantsDenial = flags.denyPolicy || role !== null;
  const found = await find(session, selection, { withLingering: wantsDenial });
  if (!await isWanted(found, { flags, selection, session, host })) {
    host.terminal.err("Cancelled.\n");
    return 0;
  }
  const result = await stop(found, { flags, selection, session, host });
  const ended = [...result.ended, ...lingering(found)];
  reporter(flags, host)(formatResult(result, { ended, now: systemClock.now() }));
  if (wantsDenial) await deny(ended, { flags, role, session, host });
  if (result.failure !== null) throw result.failure;
  return 0;
}

/** What is to be stopped; only the command line counts. Throws `USAGE`. */
function selectionOf({ flags, origins, operands }: RevokeInvocation): Selection {
  const user = origins.user === "flag" ? flags.user : null;
  const profile = origins.profile === "flag" ? flags.profile : null;
  const all = origins.all === "flag" && flags.all;
  const [id] = operands;
  const narrow = user !== null || profile !== null;
  if (id !== undefined) {
    if (!narrow && !all) return { kind: "one", id: requireSessionId(description, id) };
    throw usageError(description, "An ID cannot be used with --user, --profile or --all");
  }
  if (all && narrow) {
    throw usageError(description, "--all cannot be used with --user or --profile");
  }
  if (all || narrow) return { kind: "many", target: { user, profile } };
  throw usageError(
    description,
    "sentinel server-revoke needs to know what to stop",
    "Give the ID of a session, --user, --profile or --all.",
  );
}

function checkReason(reason: string): void {
  if (isSessionText(reason) && reason.trim() !== "") return;
  throw usageError(
    description,
    "--reason must have 1 to 500 characters, and not only blanks",
    "Say in a sentence why.",
  );
}

/** The role to change, or `null`. The code for it is loaded only when it is asked for. */
async function roleOf({ apply, role }: Flags) {
  if (!apply) return null;
  if (role === null) {
    throw usageError(description, "--apply needs --role NAME: the role to change", "Add --role.");
  }
  const { parseRoleName } = await import("../denial_delivery.ts");
  return parseRoleName(role);
}

/** What the functions below share. */
interface Context {
  readonly flags: Flags;
  readonly selection: Selection;
  readonly session: SessionAdministration;
  readonly host: Host;
}

async function find(
  { store }: SessionAdministration,
  selection: Selection,
  { withLingering }: { readonly withLingering: boolean },
): Promise<TargetSessions> {
  switch (selection.kind) {
    case "one": {
      const record = await store.get(selection.id);
      if (record === null) throw sessionNotFound(selection.id, store.table);
      return { toStop: [record], lingering: [] };
    }
    case "many":
      return await findTargets(store, selection.target, { now: systemClock.now(), withLingering });
    default:
      return assertNever(selection);
  }
}

/** Shows what is about to be stopped, and asks. What needs no stopping needs no asking. */
async function isWanted(
  { toStop }: TargetSessions,
  { flags, selection, session, host }: Context,
): Promise<boolean> {
  if (flags.yes || toStop.every(({ status }) => status !== "active")) return true;
  const { terminal } = host;
  terminal.err(formatPreview(toStop, {
    table: session.store.table,
    now: systemClock.now(),
    width: terminal.stderrIsTerminal ? terminal.columns : Infinity,
  }));
  const which = toStop.length === 1 ? "this session" : `these ${toStop.length} sessions`;
  const meanwhile = selection.kind === "many" ? ", and any that start meanwhile" : "";
  return await confirm(host, {
    question: `Stop ${which}${meanwhile}?`,
    suggestion: "Add --yes to stop them without being asked.",
  });
}

/** Stops them; each outcome is told as soon as it is final. */
async function stop({ toStop }: TargetSessions, context: Context): Promise<StopResult> {
  const { flags, selection, session, host } = context;
  const { store } = session;
  const tell = reporter(flags, host);
  return await stopSessions(store, toStop, {
    by: toStop.length === 0 ? "" : await administratorName(session, host),
    reason: flags.reason,
    clock: systemClock,
    report: (outcome) => tell(`${formatOutcome(outcome)}\n`),
    ...(selection.kind === "many" && {
      findMore: async () => (await find(session, selection, { withLingering: false })).toStop,
    }),
  });
}

/** Where the report goes: a policy has standard output to itself. */
function reporter({ denyPolicy, apply }: Flags, { terminal }: Host): (text: string) => void {
  return denyPolicy || apply ? terminal.err : terminal.out;
}

/** Sessions that had ended before, and whose credentials may live. */
function lingering({ lingering }: TargetSessions): EndedSession[] {
  const now = systemClock.now();
  return lingering.map((record) => ({ record, end: credentialsEnd(record, now) }));
}

/** Has AWS refuse what was handed out, as far as it still lives. */
async function deny(
  ended: readonly EndedSession[],
  { flags, role, session, host }: Omit<Context, "selection"> & {
    readonly role: Awaited<ReturnType<typeof roleOf>>;
  },
): Promise<void> {
  const now = systemClock.now();
  const alive = ended.filter(({ end }) => end > now);
  const denials = alive.flatMap(({ record, end }): readonly Denial[] => {
    const denial = denialOf(record, end);
    return denial === null ? [] : [denial];
  });
  const { terminal } = host;
  const delivery = await import("../denial_delivery.ts");
  const cannotEdit = role !== null && delivery.isIdentityCenterRole(role);
  if (alive.length === 0) terminal.err("There is nothing that AWS would have to refuse.\n");
  if (denials.length > 0) {
    if (flags.denyPolicy || cannotEdit) delivery.printDenials(denials, terminal);
    if (cannotEdit) throw delivery.cannotEdit(role, denials);
    if (role !== null) {
      await delivery.applyDenials(denials, { role, administration: session.administration, now });
      terminal.err(
        `Role ${quote(role.name)} denies them now; AWS takes seconds to minutes to heed it.\n`,
      );
    }
  }
  if (denials.length < alive.length) throw delivery.cannotDeny(alive.length - denials.length);
}
