/**
 * How long credentials can still be valid that a session has handed out: AWS cannot take them
 * back, so this is what a revocation does not stop. It must never name too early a moment while
 * the clocks of server and reader agree.
 *
 * @module
 */
import type { SessionRecord } from "./session.ts";

/** A server that runs writes to its record at least this often, in milliseconds. */
const LONGEST_SILENCE_MS = 300_000;
/** P6: requests that begin this long after a revocation may still be answered, in milliseconds. */
const REVOCATION_DELAY_MS = 1000;

/**
 * The moment by which all credentials have expired that this session handed out before it ended
 * or, while it is active, before `now` (both in milliseconds since the epoch).
 *
 * Each sign of life set the record's expiry to that moment plus the life of the credentials. Up to
 * the end of the session newer ones may have been handed out that the record does not show: as
 * much later as the last sign of life lay before the end.
 */
export function credentialsEnd(record: SessionRecord, now: number): number {
  return record.expiresAt + silence(record, now) + REVOCATION_DELAY_MS;
}

/** How long before its end, or before `now`, the session gave its last sign of life. */
function silence(record: SessionRecord, now: number): number {
  if (record.status === "active") {
    // Where it has run out, it could get nothing more under a policy that requires it.
    return Math.max(0, Math.min(now, record.expiresAt) - record.updatedAt);
  }
  // `updatedAt` is the moment of the end now; the last sign came after the last credentials.
  return Math.min(LONGEST_SILENCE_MS, Math.max(0, record.updatedAt - record.lastAccessAt));
}
