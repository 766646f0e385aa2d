/**
 * The session record as the attributes of a table, the same for every store. Writing is strict;
 * reading forgives what older tables lack or spell in another way, but never an id, a status or an
 * expiry that it does not understand.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isRecordId } from "../state/record_value.ts";
import {
  isSessionStatus,
  sessionProblem,
  type SessionRecord,
  sessionTtlSeconds,
} from "../state/session.ts";
import { quote } from "../text/printable.ts";
import {
  formatRecordMoment,
  type FoundAttributes,
  readMoment,
  readRecords,
  readText,
  type RecordAttributes,
} from "./record_attributes.ts";
import { SESSION_TABLE } from "./table_kind.ts";

/** The attributes of `record`. Throws `SESSION_RECORD_INVALID` when it must not be written. */
export function writeSession(record: SessionRecord): RecordAttributes {
  const problem = sessionProblem(record);
  if (problem !== null) {
    throw new SentinelError("SESSION_RECORD_INVALID", `Cannot write a session record: ${problem}`);
  }
  return {
    id: record.id,
    user: record.user,
    profile: record.profile,
    server_instance_id: record.serverInstanceId,
    status: record.status,
    started_at: formatMoment(record.startedAt),
    last_access_at: formatMoment(record.lastAccessAt),
    expires_at: formatMoment(record.expiresAt),
    created_at: formatMoment(record.createdAt),
    updated_at: formatMoment(record.updatedAt),
    request_count: record.requestCount,
    source_identity: record.sourceIdentity,
    revoked_by: record.revokedBy,
    revoked_reason: record.revokedReason,
    ttl: sessionTtlSeconds(record.expiresAt),
  };
}

/**
 * The record that `attributes` hold. Unknown attributes are passed over, optional ones may be
 * missing. Throws `SESSION_RECORD_INVALID` when the record cannot be judged.
 */
export function readSession(attributes: FoundAttributes): SessionRecord {
  const id = attributes["id"];
  if (typeof id !== "string" || !isRecordId(id)) {
    throw unreadable(null, "its id is not 16 lower-case hex digits");
  }
  const status = attributes["status"];
  if (typeof status !== "string") throw unreadable(id, "it has no status");
  if (!isSessionStatus(status)) {
    throw unreadable(id, `its status ${quote(status.slice(0, 40))} is unknown`);
  }
  const expiresAt = readMoment(attributes["expires_at"]);
  if (expiresAt === null) throw unreadable(id, "its expires_at is not a time");
  const user = readText(attributes["user"]);
  if (user === null) throw unreadable(id, "it has no user");
  const profile = readText(attributes["profile"]);
  if (profile === null) throw unreadable(id, "it has no profile");

  const createdAt = readMoment(attributes["created_at"]) ?? readMoment(attributes["started_at"]) ??
    expiresAt;
  const startedAt = readMoment(attributes["started_at"]) ?? createdAt;
  const revokedBy = readText(attributes["revoked_by"]);
  return {
    id,
    user,
    profile,
    serverInstanceId: readText(attributes["server_instance_id"]) ?? "",
    // Somebody revoked it: what a replica or another program made of the status since is void.
    status: revokedBy === null ? status : "revoked",
    startedAt,
    lastAccessAt: readMoment(attributes["last_access_at"]) ?? startedAt,
    expiresAt,
    createdAt,
    updatedAt: readMoment(attributes["updated_at"]) ?? createdAt,
    requestCount: count(attributes["request_count"]),
    sourceIdentity: readText(attributes["source_identity"]),
    revokedBy,
    revokedReason: readText(attributes["revoked_reason"]),
  };
}

/** {@linkcode readSession} for listings: a record that cannot be judged is passed over. */
export function readSessions(rows: readonly FoundAttributes[]): SessionRecord[] {
  return readRecords(rows, { read: readSession, kind: SESSION_TABLE });
}

/** {@linkcode formatRecordMoment} for sessions. */
export function formatMoment(time: number): string {
  return formatRecordMoment(time, SESSION_TABLE);
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : 0;
}

function unreadable(id: string | null, problem: string): SentinelError {
  const which = id === null ? "a session record" : `session ${id}`;
  return new SentinelError("SESSION_RECORD_INVALID", `Cannot understand ${which}: ${problem}`);
}
