/**
 * The mark of a revocation: an item beside the session's record that only a revoker writes, once,
 * and nobody takes back. Where a table is replicated between regions, the last writer of an item
 * wins as a whole: a server's touch in one region can undo the revocation of the same record in
 * another. It cannot undo the mark.
 *
 * The mark has neither user nor status: it stands in no index, and no listing takes it for a
 * session.
 *
 * @module
 */
import { type SessionRecord, sessionTtlSeconds } from "../state/session.ts";
import type { Attributes } from "./dynamodb.ts";
import { readMoment, readText } from "./record_attributes.ts";
import { formatMoment } from "./session_attributes.ts";

/** Who revoked a session, when and why, as far as its mark says. */
export interface RevocationMark {
  /** Milliseconds since the epoch, or `null`. */
  readonly at: number | null;
  readonly by: string | null;
  readonly reason: string | null;
}

/** Key of the mark of the session `id`; never the key of a session. */
export function markId(id: string): string {
  return `revoked#${id}`;
}

/** The mark of a session whose record says that it is revoked. */
export function markOf(record: SessionRecord): Attributes {
  return {
    updated_at: formatMoment(record.updatedAt),
    revoked_by: record.revokedBy ?? "unknown",
    revoked_reason: record.revokedReason ?? "unknown",
    // It outlives the record, whose expiry a server may still move until it sees the mark.
    ttl: sessionTtlSeconds(Math.max(record.expiresAt, record.updatedAt)) + 86_400,
  };
}

/** What a mark says. INVARIANT: a mark that says nothing is a mark all the same. */
export function readMark(item: Attributes): RevocationMark {
  return {
    at: readMoment(item["updated_at"]),
    by: readText(item["revoked_by"]),
    reason: readText(item["revoked_reason"]),
  };
}

/** The record as it is in truth: with a mark it is revoked, whatever it says itself. */
export function applyMark(record: SessionRecord, mark: RevocationMark | null): SessionRecord {
  if (mark === null || record.status === "revoked") return record;
  return {
    ...record,
    status: "revoked",
    updatedAt: mark.at ?? record.updatedAt,
    revokedBy: mark.by,
    revokedReason: mark.reason,
  };
}
