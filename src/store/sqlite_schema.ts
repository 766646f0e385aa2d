/**
 * The tables of an embedded store as data. The columns are the attributes of the DynamoDB tables;
 * moments sort as text in both.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE, SESSION_TABLE, type TableKind } from "./table_kind.ts";

/** What a database holds for one kind of table; it may hold several kinds side by side. */
export interface SqliteSchema {
  readonly kind: TableKind;
  /** The table by which it is known whether the database has this part yet. */
  readonly table: string;
  /** Statements that create the tables and their indexes. */
  readonly statements: readonly string[];
}

/** Sessions. */
export const SESSION_SCHEMA: SqliteSchema = {
  kind: SESSION_TABLE,
  table: "sessions",
  statements: [
    `CREATE TABLE sessions (
      id TEXT NOT NULL PRIMARY KEY,
      user TEXT NOT NULL,
      profile TEXT NOT NULL,
      server_instance_id TEXT NOT NULL,
      status TEXT NOT NULL,
      started_at TEXT NOT NULL,
      last_access_at TEXT NOT NULL,
      expires_at TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      request_count INTEGER NOT NULL,
      source_identity TEXT,
      revoked_by TEXT,
      revoked_reason TEXT,
      ttl INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    "CREATE INDEX sessions_by_user ON sessions (user, created_at)",
    "CREATE INDEX sessions_by_status ON sessions (status, created_at)",
    "CREATE INDEX sessions_by_profile ON sessions (profile, created_at)",
    "CREATE INDEX sessions_by_server_instance ON sessions (server_instance_id, status)",
  ],
};

/** Columns of requests and events alike. */
const SCOPE = `
  id TEXT NOT NULL PRIMARY KEY,
  user TEXT NOT NULL,
  arn TEXT NOT NULL,
  profile TEXT NOT NULL,
  role_arn TEXT,
  account TEXT NOT NULL,
  justification TEXT NOT NULL,
  duration_seconds INTEGER NOT NULL,
  status TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  ttl INTEGER NOT NULL`;

function indexes(table: string): readonly string[] {
  return ["user", "status", "profile"].map((column) =>
    `CREATE INDEX ${table}_by_${column} ON ${table} (${column}, created_at)`
  );
}

/** Approval requests. */
export const REQUEST_SCHEMA: SqliteSchema = {
  kind: REQUEST_TABLE,
  table: "requests",
  statements: [
    `CREATE TABLE requests (${SCOPE},
      pending_until TEXT NOT NULL,
      approved_at TEXT,
      decisions TEXT
    ) STRICT, WITHOUT ROWID`,
    ...indexes("requests"),
  ],
};

/** Break-glass events, and the history by which they are limited. */
export const BREAKGLASS_SCHEMA: SqliteSchema = {
  kind: BREAKGLASS_TABLE,
  table: "breakglass",
  statements: [
    `CREATE TABLE breakglass (${SCOPE},
      reason_code TEXT NOT NULL,
      closed_at TEXT,
      closed_by TEXT,
      closed_arn TEXT,
      closed_reason TEXT
    ) STRICT, WITHOUT ROWID`,
    ...indexes("breakglass"),
    `CREATE TABLE breakglass_guard (
      id TEXT NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      invocations TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};

/** The tables of a kind. */
export function sqliteSchemaOf({ name }: TableKind): SqliteSchema {
  switch (name) {
    case "session":
      return SESSION_SCHEMA;
    case "request":
      return REQUEST_SCHEMA;
    case "break-glass":
      return BREAKGLASS_SCHEMA;
    default:
      return assertNever(name);
  }
}
