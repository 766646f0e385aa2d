/**
 * The session record: the stored life of one running credential server, and the only
 * transitions it may make (active → revoked, active → expired; both are terminal).
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import {
  isRecordId,
  isRecordMoment,
  isRecordName,
  isRecordText,
  MAX_NAME_LENGTH,
} from "./record_value.ts";

/** `revoked` and `expired` are terminal. */
export const SESSION_STATUSES = ["active", "revoked", "expired"] as const;
/** `revoked` and `expired` are terminal. */
export type SessionStatus = typeof SESSION_STATUSES[number];

/** Whether `text` is the status of a session. */
export function isSessionStatus(text: string): text is SessionStatus {
  return (SESSION_STATUSES as readonly string[]).includes(text);
}

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

/** What a session starts with. Moments are milliseconds since the epoch. */
export interface NewSession {
  /** 16 lower-case hex digits, from a cryptographically secure generator. */
  readonly id: string;
  /** Policy username of the person who starts the server. */
  readonly user: string;
  /** Profile that the server serves. */
  readonly profile: string;
  /** Identifies the server process; unique for each start. */
  readonly serverInstanceId: string;
  /** When the server started. */
  readonly startedAt: number;
  /** When the record is written; default: `startedAt`. */
  readonly createdAt?: number;
  /** When the session ends unless it is touched. */
  readonly expiresAt: number;
  /** `SourceIdentity` of the session's credentials, or `null` when they carry none. */
  readonly sourceIdentity: string | null;
}

/** The record of a session that starts. Throws `SESSION_RECORD_INVALID`. */
export function createSessionRecord(session: NewSession): SessionRecord {
  const createdAt = session.createdAt ?? session.startedAt;
  const record: SessionRecord = {
    id: session.id,
    user: session.user,
    profile: session.profile,
    serverInstanceId: session.serverInstanceId,
    status: "active",
    startedAt: session.startedAt,
    lastAccessAt: session.startedAt,
    expiresAt: session.expiresAt,
    createdAt,
    updatedAt: createdAt,
    requestCount: 0,
    sourceIdentity: session.sourceIdentity,
    revokedBy: null,
    revokedReason: null,
  };
  const problem = sessionProblem(record);
  if (problem !== null) {
    throw new SentinelError("SESSION_RECORD_INVALID", `Cannot create a session: ${problem}`);
  }
  return record;
}

/** Longest free text (source identity, reason) that a record holds, in characters. */
const MAX_TEXT_LENGTH = 500;

/** Whether `text` can be the reason of a revocation: 1–500 characters. */
export function isSessionText(text: string): boolean {
  return isRecordText(text, { max: MAX_TEXT_LENGTH });
}

/** What is wrong with a record that is about to be written, or `null`. Printable. */
export function sessionProblem(record: SessionRecord): string | null {
  if (!isRecordId(record.id)) return "its id is not 16 lower-case hex digits";
  for (const name of ["user", "profile", "serverInstanceId"] as const) {
    if (!isRecordName(record[name])) {
      return `${name} is not a name of 1–${MAX_NAME_LENGTH} characters`;
    }
  }
  if (!isSessionStatus(record.status)) return "its status is unknown";
  for (
    const name of ["startedAt", "lastAccessAt", "expiresAt", "createdAt", "updatedAt"] as const
  ) {
    if (!isRecordMoment(record[name])) return `${name} is not within the years 0000–9999`;
  }
  if (!Number.isSafeInteger(record.requestCount) || record.requestCount < 0) {
    return "requestCount is not a count";
  }
  for (const name of ["sourceIdentity", "revokedBy", "revokedReason"] as const) {
    const text = record[name];
    if (text !== null && !isSessionText(text)) {
      return `${name} is not a text of 1–${MAX_TEXT_LENGTH} characters`;
    }
  }
  return null;
}
