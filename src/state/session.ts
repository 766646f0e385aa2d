/**
 * The session record: the stored life of one running credential server, and the only
 * transitions it may make (active → revoked, active → expired; both are terminal).
 *
 * @module
 */

/** `revoked` and `expired` are terminal. */
export const SESSION_STATUSES = ["active", "revoked", "expired"] as const;
/** `revoked` and `expired` are terminal. */
export type SessionStatus = typeof SESSION_STATUSES[number];

/** Days for which a record outlives its session, for audits. */
export const AUDIT_RETENTION_DAYS = 30;

/**
 * One session as stored. Times are milliseconds since the epoch here and
 * `YYYY-MM-DDTHH:MM:SS.sssZ` in the table.
 */
export interface SessionRecord {
  /** 16 lower-case hex digits. */
  readonly id: string;
  /** Policy username of the person who started the server. */
  readonly user: string;
  /** Profile that the server serves. */
  readonly profile: string;
  /** Identifies the server process; unique for each start. */
  readonly serverInstanceId: string;
  /** As stored; see {@linkcode effectiveStatus} for what it means now. */
  readonly status: SessionStatus;
  /** When the server started. */
  readonly startedAt: number;
  /** When credentials were last handed out (the start, when never). */
  readonly lastAccessAt: number;
  /** After this moment an `active` record counts as expired; slides while the server lives. */
  readonly expiresAt: number;
  /** When the record was written first. */
  readonly createdAt: number;
  /** When the record was last changed. */
  readonly updatedAt: number;
  /** Answers with credentials so far; approximate, never a security input. */
  readonly requestCount: number;
  /** `SourceIdentity` of the credentials of this session, or `null` when they carry none. */
  readonly sourceIdentity: string | null;
  /** Who revoked it, or `null`. */
  readonly revokedBy: string | null;
  /** Why it was revoked, or `null`. */
  readonly revokedReason: string | null;
}

/** The status at `now`: an `active` record past its expiry is expired. */
export function effectiveStatus(record: SessionRecord, now: number): SessionStatus {
  return record.status === "active" && record.expiresAt <= now ? "expired" : record.status;
}

/** DynamoDB TTL of a record, in seconds since the epoch: expiry plus the audit retention. */
export function sessionTtlSeconds(expiresAt: number): number {
  return Math.floor(expiresAt / 1000) + AUDIT_RETENTION_DAYS * 86_400;
}
