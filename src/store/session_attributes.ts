/**
 * The session record as the attributes of a table (DESIGN: session record and table), the same
 * for every store. Writing is strict; reading forgives what older tables lack or spell in
 * another way, but never an id, a status or an expiry that it does not understand.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isRecordId, isRecordMoment } from "../state/record_value.ts";
import {
  isSessionStatus,
  sessionProblem,
  type SessionRecord,
  sessionTtlSeconds,
} from "../state/session.ts";
import { quote } from "../text/printable.ts";

/** Attributes by name, free of the wire's types. `null` = the record has no such attribute. */
export type SessionAttributes = Readonly<Record<string, string | number | null>>;

/** The attributes of `record`. Throws `SESSION_RECORD_INVALID` when it must not be written. */
export function writeSession(record: SessionRecord): SessionAttributes {
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
export function readSession(attributes: Readonly<Record<string, unknown>>): SessionRecord {
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
export function readSessions(
  rows: readonly Readonly<Record<string, unknown>>[],
): SessionRecord[] {
  return rows.flatMap((row) => {
    try {
      return [readSession(row)];
    } catch (thrown) {
      if (thrown instanceof SentinelError && thrown.code === "SESSION_RECORD_INVALID") return [];
      throw thrown;
    }
  });
}

/**
 * A moment as tables hold it: `YYYY-MM-DDTHH:MM:SS.sssZ`. The width is fixed because stores
 * compare and sort moments as text. Throws `SESSION_RECORD_INVALID` beyond the years 0000–9999.
 */
export function formatMoment(time: number): string {
  if (!isRecordMoment(time)) {
    throw new SentinelError(
      "SESSION_RECORD_INVALID",
      "Cannot write a session record: a moment is not within the years 0000–9999",
    );
  }
  return new Date(time).toISOString();
}

const RFC_3339 =
  /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch of an RFC 3339 text, or `null`. */
export function readMoment(value: unknown): number | null {
  if (typeof value !== "string" || !RFC_3339.test(value)) return null;
  try {
    // Date.parse would take February 30 for March 1.
    const time = Temporal.Instant.from(value).epochMilliseconds;
    return isRecordMoment(time) ? time : null;
  } catch {
    return null;
  }
}

/** A text that says something, or `null`. */
export function readText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value as number : 0;
}

function unreadable(id: string | null, problem: string): SentinelError {
  const which = id === null ? "a session record" : `session ${id}`;
  return new SentinelError("SESSION_RECORD_INVALID", `Cannot understand ${which}: ${problem}`);
}
