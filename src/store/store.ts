/**
 * What every session store does. Each state change is one atomic conditional update in the
 * store; none is ever read, changed and written back.
 *
 * @module
 */
import type { SessionRecord, SessionStatus } from "../state/session.ts";

/**
 * What became of a state change: `applied`, or `unchanged` because the record was already in a
 * terminal state (or past its expiry, for a touch), or `missing`. `record` is the record after
 * the call, where there is one.
 */
export type TransitionResult =
  | { readonly outcome: "applied"; readonly record: SessionRecord }
  | { readonly outcome: "unchanged"; readonly record: SessionRecord }
  | { readonly outcome: "missing" };

/** What a touch adds to a record. Moments are milliseconds since the epoch. */
export interface SessionTouch {
  /** The moment of the write; an `active` record with `expiresAt <= now` is not touched. */
  readonly now: number;
  /** When credentials were last handed out, or `null` for a heartbeat of an idle server. */
  readonly lastAccessAt: number | null;
  /** Answers since the last touch, added to `requestCount`. */
  readonly requests: number;
  /** The new expiry; never moves backwards. */
  readonly expiresAt: number;
}

/** Who ends a session, when and why. */
export interface SessionRevocation {
  /** The moment, in milliseconds since the epoch. */
  readonly now: number;
  /** Policy username of the administrator. */
  readonly by: string;
  /** 1–500 characters. */
  readonly reason: string;
}

/** How a listing is narrowed. */
export interface SessionListOptions {
  /** At most this many records; default: all. */
  readonly limit?: number;
  /** Only records created at or after this moment (milliseconds since the epoch). */
  readonly since?: number;
}

/**
 * Where sessions are kept. Every method rejects with `SentinelError`:
 * `SESSION_STORE_UNAVAILABLE` when the store cannot be reached or fails, `SESSION_TABLE_INVALID`
 * when the table does not exist or has other keys, `SESSION_RECORD_INVALID` when a record has an
 * unknown status or lacks what it must have (listings pass over such records) or must not be
 * written, and `USAGE` when an argument is not what it says here. Reads by id are strongly
 * consistent; listings are newest first by creation and may lag.
 */
export interface SessionStore extends AsyncDisposable {
  /** The table's name as the user gave it: a DynamoDB table name or `sqlite:PATH`. */
  readonly table: string;
  /**
   * Writes a new record. Creating the same record again (same id, same server instance) is
   * harmless, so that a creation whose answer was lost can be repeated; an id that belongs to
   * another server rejects with `SESSION_STORE_UNAVAILABLE`.
   */
  create(record: SessionRecord, signal?: AbortSignal): Promise<void>;
  /** The record, read strongly consistent, or `null`. */
  get(id: string, signal?: AbortSignal): Promise<SessionRecord | null>;
  /** Counts answers and slides the expiry of an active record. */
  touch(id: string, touch: SessionTouch, signal?: AbortSignal): Promise<TransitionResult>;
  /** active → expired. */
  expire(id: string, now: number, signal?: AbortSignal): Promise<TransitionResult>;
  /** active → revoked. */
  revoke(
    id: string,
    revocation: SessionRevocation,
    signal?: AbortSignal,
  ): Promise<TransitionResult>;
  /** Sessions of a policy username, newest first. */
  listByUser(user: string, options?: SessionListOptions): AsyncIterable<SessionRecord>;
  /** Sessions with a stored status, newest first. */
  listByStatus(status: SessionStatus, options?: SessionListOptions): AsyncIterable<SessionRecord>;
  /** Sessions of a profile, newest first. */
  listByProfile(profile: string, options?: SessionListOptions): AsyncIterable<SessionRecord>;
  /** The active, unexpired session of a server process, or `null`. */
  findActiveByServerInstance(
    serverInstanceId: string,
    now: number,
  ): Promise<SessionRecord | null>;
}
