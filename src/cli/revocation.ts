/**
 * Finds the sessions that are to be stopped and stops them, round after round, until none is left
 * that was meant. Each session is reported once, when its outcome is final.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import { credentialsEnd } from "../state/credential_reach.ts";
import type { SessionRecord } from "../state/session.ts";
import {
  matches,
  type SessionQuery,
  type SessionSource,
  sourceOf,
} from "../state/session_query.ts";
import { recordsOf } from "../store/session_listing.ts";
import { type RevocationOutcome, revokeEach, revokeSession } from "../store/session_revocation.ts";
import type { SessionStore } from "../store/store.ts";
import { quote } from "../text/printable.ts";

/** Which sessions a bulk revocation means; both `null`: all of the table. */
export interface RevocationTarget {
  readonly user: string | null;
  readonly profile: string | null;
}

/** The sessions of a target. */
export interface TargetSessions {
  /** Not ended yet, as far as the table knows. */
  readonly toStop: readonly SessionRecord[];
  /** Ended, but what they handed out may still be valid. */
  readonly lingering: readonly SessionRecord[];
}

/** How {@linkcode findTargets} looks. */
export interface FindTargetsOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether ended sessions are looked for as well. */
  readonly withLingering: boolean;
}

/** The sessions that `target` means now. Rejects as the store does. */
export async function findTargets(
  store: SessionStore,
  target: RevocationTarget,
  { now, withLingering }: FindTargetsOptions,
): Promise<TargetSessions> {
  const query: SessionQuery = { ...target, status: null, since: null };
  const found = sourceOf(query);
  const source: SessionSource = found.kind === "statuses" && !withLingering
    ? { kind: "statuses", statuses: ["active"] }
    : found;
  const toStop: SessionRecord[] = [];
  const lingering: SessionRecord[] = [];
  for await (const record of recordsOf(store, source, null)) {
    if (!matches(query, record, now)) continue;
    // However long ago it ran out: its server may only have slept, and where the policy does not
    // require the session it goes on.
    if (record.status === "active") toStop.push(record);
    else if (withLingering && credentialsEnd(record, now) > now) lingering.push(record);
  }
  return { toStop, lingering };
}

/** Who stops what, and who hears of it. */
export interface StopOptions {
  readonly by: string;
  readonly reason: string;
  readonly clock: Pick<Clock, "now">;
  /** Called for each session whose outcome is final, as soon as it is. */
  readonly report: (outcome: RevocationOutcome) => void;
  /** What else is to be stopped by now; absent when only the given sessions are meant. */
  readonly findMore?: () => Promise<readonly SessionRecord[]>;
}

/** How it ended. */
export interface StopResult {
  /** Sessions that were stopped or over, with a bound for what they handed out. */
  readonly ended: readonly EndedSession[];
  readonly stopped: number;
  readonly over: number;
  /** Ids that were not tried because the store failed again and again. */
  readonly untried: readonly string[];
  /** Why not everything that was meant is stopped for sure, or `null`. */
  readonly failure: SentinelError | null;
  readonly failed: number;
}

/** A session that has ended. */
export interface EndedSession {
  readonly record: SessionRecord;
  /** All credentials that it handed out have expired then, in milliseconds since the epoch. */
  readonly end: number;
}

/** How often those are looked for that started, or failed to be stopped, in the meantime. */
const ROUNDS = 5;

/** Stops `sessions`, and what else was meant and began in the meantime. Never rejects. */
export async function stopSessions(
  store: SessionStore,
  sessions: readonly SessionRecord[],
  options: StopOptions,
): Promise<StopResult> {
  const { by, reason, clock, report, findMore } = options;
  const before = new Map<string, SessionRecord>();
  const outcomes = new Map<string, RevocationOutcome>();
  let lookFailure: SentinelError | null = null;
  let batch = sessions;
  for (let round = 0; batch.length > 0; round++) {
    if (round === ROUNDS) {
      lookFailure = keepStarting(store);
      break;
    }
    for (const record of batch) before.set(record.id, record);
    const revoke = (id: string) => revokeSession(store, id, { now: clock.now(), by, reason });
    let progress = false;
    for await (const outcome of revokeEach(batch.map(({ id }) => id), revoke)) {
      outcomes.set(outcome.id, outcome);
      if (outcome.kind === "failed") continue;
      progress = true;
      report(outcome);
    }
    if (findMore === undefined || !progress) break;
    try {
      const more = await findMore();
      const failed = [...outcomes.values()].filter(({ kind }) => kind === "failed");
      batch = [
        // Also those that are listed as active no more: their revocation may be half done.
        ...failed.map(({ id }) => before.get(id)!),
        ...more.filter(({ id }) => !outcomes.has(id)),
      ];
    } catch (thrown) {
      lookFailure = asSentinelError(thrown);
      break;
    }
  }
  return summarise(before, { outcomes, lookFailure, report, now: clock.now() });
}

function keepStarting({ table }: SessionStore): SentinelError {
  return new SentinelError(
    "SESSION_STORE_UNAVAILABLE",
    `Cannot stop all sessions of session table ${quote(table)}: new ones keep starting`,
    { suggestion: "Deny them in the policy first, then run the command again." },
  );
}

function summarise(
  before: ReadonlyMap<string, SessionRecord>,
  { outcomes, lookFailure, report, now }: {
    readonly outcomes: ReadonlyMap<string, RevocationOutcome>;
    readonly lookFailure: SentinelError | null;
    readonly report: StopOptions["report"];
    readonly now: number;
  },
): StopResult {
  const all = [...outcomes.values()];
  const failures = all.filter((outcome) => outcome.kind === "failed");
  failures.forEach(report);
  const ended = all.flatMap((outcome) => {
    if (outcome.kind !== "stopped" && outcome.kind !== "over") return [];
    // A server that could not write shows it only in the record as it was before.
    const known = [before.get(outcome.id) ?? outcome.record, outcome.record];
    const end = Math.max(...known.map((record) => credentialsEnd(record, now)));
    return [{ record: outcome.record, end }];
  });
  const count = (kind: RevocationOutcome["kind"]) =>
    all.filter((outcome) => outcome.kind === kind).length;
  return {
    ended,
    stopped: count("stopped"),
    over: count("over"),
    untried: [...before.keys()].filter((id) => !outcomes.has(id)),
    failure: failures[0]?.error ?? lookFailure,
    failed: failures.length,
  };
}
