/**
 * The embedded session store: one SQLite file of one user on one machine, shared by any number
 * of that user's processes. Each state change is one conditional statement.
 *
 * @module
 */
import type { StoreCall } from "./store_call.ts";
import { isRecordId, isRecordName } from "../state/record_value.ts";
import { type SessionRecord, type SessionStatus, sessionTtlSeconds } from "../state/session.ts";
import { quote } from "../text/printable.ts";
import type { ListedBy } from "./attribute_table.ts";
import { listLimit, takeRecords } from "./listing.ts";
import { checkRevocation, checkTouch, idTaken } from "./session_arguments.ts";
import { formatMoment, readSession, writeSession } from "./session_attributes.ts";
import { openSqliteDatabase, type SqliteDatabase, type SqliteParameters } from "./sqlite.ts";
import { SESSION_SCHEMA } from "./sqlite_schema.ts";
import { SESSION_TABLE } from "./table_kind.ts";
import { sqlitePages } from "./sqlite_listing.ts";
import type {
  SessionListOptions,
  SessionRevocation,
  SessionStore,
  SessionTouch,
  TransitionResult,
} from "./store.ts";

// What TTL does in DynamoDB.
const FORGET = "DELETE FROM sessions WHERE ttl < :now";

const CREATE = `
  INSERT INTO sessions VALUES (
    :id, :user, :profile, :server_instance_id, :status, :started_at, :last_access_at, :expires_at,
    :created_at, :updated_at, :request_count, :source_identity, :revoked_by, :revoked_reason, :ttl)
  ON CONFLICT (id) DO NOTHING`;

const GET = "SELECT * FROM sessions WHERE id = :id";

// INVARIANT: every change stands under `status = 'active'`: what has ended never changes again.
const TOUCH = `
  UPDATE sessions SET
    last_access_at = coalesce(:last_access_at, last_access_at),
    expires_at = max(expires_at, :expires_at),
    ttl = max(ttl, :ttl),
    request_count = request_count + :requests,
    updated_at = :now
  WHERE id = :id AND status = 'active' AND expires_at > :now
  RETURNING *`;

const EXPIRE = `
  UPDATE sessions SET status = 'expired', updated_at = :now
  WHERE id = :id AND status = 'active'
  RETURNING *`;

const REVOKE = `
  UPDATE sessions SET
    status = 'revoked', updated_at = :now, revoked_by = :by, revoked_reason = :reason
  WHERE id = :id AND status = 'active'
  RETURNING *`;

const FIND_ACTIVE = `
  SELECT * FROM sessions
  WHERE server_instance_id = :server_instance_id AND status = 'active' AND expires_at > :now
  ORDER BY created_at DESC, id DESC LIMIT 1`;

/**
 * Opens the store at the absolute `path`, creating the file where missing. `table` is its name as
 * the user gave it. Rejects as {@linkcode openSqliteDatabase} does.
 */
export async function openSqliteStore(path: string, table: string): Promise<SessionStore> {
  return new SqliteSessionStore(await openSqliteDatabase(path, SESSION_SCHEMA), table);
}

class SqliteSessionStore implements SessionStore {
  readonly table: string;
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase, table: string) {
    this.#database = database;
    this.table = table;
  }

  async create(record: SessionRecord, signal?: AbortSignal): Promise<void> {
    const attributes = writeSession(record);
    const call = this.#call("create", record.id, signal);
    await this.#database.rows(FORGET, { now: Math.floor(record.createdAt / 1000) }, call);
    await this.#database.rows(CREATE, attributes, call);
    const stored = await this.#database.row(GET, { id: record.id }, call);
    if (stored?.["server_instance_id"] !== record.serverInstanceId) {
      throw idTaken(call);
    }
  }

  async get(id: string, signal?: AbortSignal): Promise<SessionRecord | null> {
    if (!isRecordId(id)) return null;
    const row = await this.#database.row(GET, { id }, this.#call("read", id, signal));
    return row === null ? null : readSession(row);
  }

  async touch(id: string, touch: SessionTouch, signal?: AbortSignal): Promise<TransitionResult> {
    checkTouch(touch);
    return await this.#transition(TOUCH, {
      id,
      now: formatMoment(touch.now),
      last_access_at: touch.lastAccessAt === null ? null : formatMoment(touch.lastAccessAt),
      expires_at: formatMoment(touch.expiresAt),
      ttl: sessionTtlSeconds(touch.expiresAt),
      requests: touch.requests,
    }, this.#call("touch", id, signal));
  }

  async expire(id: string, now: number, signal?: AbortSignal): Promise<TransitionResult> {
    const parameters = { id, now: formatMoment(now) };
    return await this.#transition(EXPIRE, parameters, this.#call("expire", id, signal));
  }

  async revoke(
    id: string,
    revocation: SessionRevocation,
    signal?: AbortSignal,
  ): Promise<TransitionResult> {
    checkRevocation(revocation);
    const { now, by, reason } = revocation;
    const parameters = { id, now: formatMoment(now), by, reason };
    return await this.#transition(REVOKE, parameters, this.#call("revoke", id, signal));
  }

  listByUser(user: string, options: SessionListOptions = {}): AsyncIterable<SessionRecord> {
    return this.#list("user", user, options);
  }

  listByStatus(
    status: SessionStatus,
    options: SessionListOptions = {},
  ): AsyncIterable<SessionRecord> {
    return this.#list("status", status, options);
  }

  listByProfile(profile: string, options: SessionListOptions = {}): AsyncIterable<SessionRecord> {
    return this.#list("profile", profile, options);
  }

  async findActiveByServerInstance(
    serverInstanceId: string,
    now: number,
  ): Promise<SessionRecord | null> {
    if (!isRecordName(serverInstanceId)) return null;
    const row = await this.#database.row(
      FIND_ACTIVE,
      { server_instance_id: serverInstanceId, now: formatMoment(now) },
      { action: `find a server's session in session table ${quote(this.table)}` },
    );
    return row === null ? null : readSession(row);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
    return Promise.resolve();
  }

  async #transition(
    sql: string,
    parameters: SqliteParameters & { readonly id: string },
    call: StoreCall,
  ): Promise<TransitionResult> {
    const { id } = parameters;
    if (!isRecordId(id)) return { outcome: "missing" };
    const changed = await this.#database.row(sql, parameters, call);
    if (changed !== null) return { outcome: "applied", record: readSession(changed) };
    const current = await this.#database.row(GET, { id }, call);
    if (current === null) return { outcome: "missing" };
    return { outcome: "unchanged", record: readSession(current) };
  }

  async *#list(
    by: ListedBy,
    value: string,
    options: SessionListOptions,
  ): AsyncGenerator<SessionRecord> {
    const limit = listLimit(options, SESSION_TABLE);
    if (limit === 0 || !isRecordName(value)) return;
    const since = options.since === undefined ? "" : formatMoment(options.since);
    const call = { action: `list sessions of session table ${quote(this.table)}` };
    const query = { table: SESSION_SCHEMA.table, by, value, since, limit };
    yield* takeRecords(sqlitePages(this.#database, query, call), {
      read: readSession,
      kind: SESSION_TABLE,
      limit,
    });
  }

  #call(action: string, id: string, signal?: AbortSignal): StoreCall {
    return { action: `${action} session ${id} in session table ${quote(this.table)}`, signal };
  }
}
