/**
 * Session records for tests, at a fixed time.
 *
 * @module
 */
import { createSessionRecord, type SessionRecord } from "../../src/state/session.ts";

/** The moment at which tests begin: 2026-03-01T12:00:00.000Z. */
export const T0 = Date.UTC(2026, 2, 1, 12);
/** One minute in milliseconds. */
export const MINUTE = 60_000;

/** A session id made of a small number. */
export function idOf(number: number): string {
  return number.toString(16).padStart(16, "0");
}

/** A new session of alice's on profile prod, from T0 for 15 minutes, with `changes`. */
export function sampleSession(changes: Partial<SessionRecord> = {}): SessionRecord {
  const record = createSessionRecord({
    id: idOf(1),
    user: "alice",
    profile: "prod",
    serverInstanceId: "server-1",
    startedAt: T0,
    expiresAt: T0 + 15 * MINUTE,
    sourceIdentity: "sentinel=alice=direct=0000000000000001",
  });
  return { ...record, ...changes };
}
