/**
 * The revocation of one session or of many, told exactly: what was stopped, what was over already,
 * what failed. One that fails never keeps the others from being stopped.
 *
 * @module
 */
import { asSentinelError, assertNever, SentinelError } from "../errors.ts";
import type { SessionRecord } from "../state/session.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { SessionRevocation, SessionStore } from "./store.ts";

/** What became of the revocation of one session. `record` is the record afterwards. */
export type RevocationOutcome =
  /** It was active, and this call ended it. */
  | { readonly kind: "stopped"; readonly id: string; readonly record: SessionRecord }
  /** It was revoked or had ended or run out before; it can never become active again. */
  | { readonly kind: "over"; readonly id: string; readonly record: SessionRecord }
  /** It does not exist (`SESSION_NOT_FOUND`), or whether it is stopped is not known. */
  | { readonly kind: "failed"; readonly id: string; readonly error: SentinelError };

/** Revokes one session. Never rejects. */
export async function revokeSession(
  store: SessionStore,
  id: string,
  revocation: SessionRevocation,
): Promise<RevocationOutcome> {
  try {
    const result = await store.revoke(id, revocation);
    switch (result.outcome) {
      case "missing":
        return { kind: "failed", id, error: sessionNotFound(id, store.table) };
      case "applied": {
        // An `active` record that had run out is revoked all the same: its server may only have
        // been asleep, or our clock may be ahead.
        const isLapsed = result.record.expiresAt <= revocation.now;
        return { kind: isLapsed ? "over" : "stopped", id, record: result.record };
      }
      case "unchanged":
        return judgeUnchanged(id, result.record, revocation);
      default:
        return assertNever(result);
    }
  } catch (thrown) {
    return { kind: "failed", id, error: asSentinelError(thrown) };
  }
}

/** The error for an id of which the table knows nothing. */
export function sessionNotFound(id: string, table: string): SentinelError {
  return new SentinelError(
    "SESSION_NOT_FOUND",
    `There is no session ${id} in session table ${quote(table)}`,
    {
      suggestion: `List the sessions: sentinel server-sessions --all-users --table ${
        shellWord(table)
      }`,
    },
  );
}

function judgeUnchanged(
  id: string,
  record: SessionRecord,
  { by, reason, now }: SessionRevocation,
): RevocationOutcome {
  if (record.status === "active") {
    const error = new SentinelError("INTERNAL", `Session ${id} is active after its revocation`);
    return { kind: "failed", id, error };
  }
  // The answer to our first attempt was lost, and the second found what the first had done.
  const isOurs = record.status === "revoked" && record.revokedBy === by &&
    record.revokedReason === reason && record.updatedAt === now;
  return { kind: isOurs ? "stopped" : "over", id, record };
}

/** Revocations that are under way at one time. */
const CONCURRENCY = 8;
/** After so many failures without a success between them the store is taken for gone. */
const FAILURES_IN_A_ROW = 16;

/**
 * Calls `revoke` for each id, several at a time, and gives each outcome as soon as it is known. It
 * ends early when nothing but failures comes back: the ids that are left were not tried.
 */
export async function* revokeEach(
  ids: readonly string[],
  revoke: (id: string) => Promise<RevocationOutcome>,
): AsyncGenerator<RevocationOutcome> {
  const underway = new Map<string, Promise<RevocationOutcome>>();
  const waiting = ids.values();
  let failures = 0;
  for (;;) {
    while (underway.size < CONCURRENCY && failures < FAILURES_IN_A_ROW) {
      const next = waiting.next();
      if (next.done) break;
      underway.set(next.value, revoke(next.value));
    }
    if (underway.size === 0) return;
    const outcome = await Promise.race(underway.values());
    underway.delete(outcome.id);
    failures = outcome.kind === "failed" ? failures + 1 : 0;
    yield outcome;
  }
}
