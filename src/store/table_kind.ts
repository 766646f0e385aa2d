/**
 * The kinds of table there are: what each is called, which errors tell of it, how it is looked up.
 * Whatever all tables do alike takes its words and its codes from here.
 *
 * @module
 */
import type { ErrorCode } from "../errors.ts";

/** One index of a table: which attribute it looks up, and how it sorts. */
export interface TableIndex {
  /** Name of the index. */
  readonly name: string;
  /** Attribute that is looked up. */
  readonly hashKey: "user" | "status" | "profile" | "server_instance_id";
  /** Attribute by which the finds are sorted. */
  readonly rangeKey: "created_at" | "status";
}

/** What a table is for. */
export interface TableKind {
  /** Word before `table` and `record`, with `a` as its article: `a session table`. */
  readonly name: "session" | "request" | "break-glass";
  /** What it keeps, in the plural. */
  readonly records: "sessions" | "approval requests" | "break-glass events";
  /** The table cannot be reached, or fails. */
  readonly unavailable: ErrorCode;
  /** It does not exist, or is something else. */
  readonly tableInvalid: ErrorCode;
  /** A record cannot be understood, or must not be written. */
  readonly recordInvalid: ErrorCode;
  /** Every index of the table. */
  readonly indexes: readonly TableIndex[];
  /** What happens to a record most often, for whoever pays for it. */
  readonly change: "a touch of a session" | "a change of a record";
  /** Second word of the command that makes the table: `init sessions`. */
  readonly command: "sessions" | "approvals" | "breakglass";
  /** Name of the table when nothing names one; infrastructure code is named after it. */
  readonly defaultTable: string;
  /** The flag and the environment variable by which other commands name the table. */
  readonly flag: "--session-table" | "--request-table" | "--breakglass-table";
  readonly variable:
    | "SENTINEL_SESSION_TABLE"
    | "SENTINEL_REQUEST_TABLE"
    | "SENTINEL_BREAKGLASS_TABLE";
}

/** Records of a policy username, by creation. */
export const USER_INDEX: TableIndex = {
  name: "gsi-user",
  hashKey: "user",
  rangeKey: "created_at",
};
/** Records with a stored status, by creation. */
export const STATUS_INDEX: TableIndex = {
  name: "gsi-status",
  hashKey: "status",
  rangeKey: "created_at",
};
/** Records of a profile, by creation. */
export const PROFILE_INDEX: TableIndex = {
  name: "gsi-profile",
  hashKey: "profile",
  rangeKey: "created_at",
};
/** Sessions of a server process, by stored status. */
export const SERVER_INSTANCE_INDEX: TableIndex = {
  name: "gsi-server-instance",
  hashKey: "server_instance_id",
  rangeKey: "status",
};

/** Where sessions are kept. */
export const SESSION_TABLE: TableKind = {
  name: "session",
  records: "sessions",
  unavailable: "SESSION_STORE_UNAVAILABLE",
  tableInvalid: "SESSION_TABLE_INVALID",
  recordInvalid: "SESSION_RECORD_INVALID",
  indexes: [USER_INDEX, STATUS_INDEX, PROFILE_INDEX, SERVER_INSTANCE_INDEX],
  change: "a touch of a session",
  command: "sessions",
  defaultTable: "sentinel-sessions",
  flag: "--session-table",
  variable: "SENTINEL_SESSION_TABLE",
};

const OVERRIDE = {
  unavailable: "OVERRIDE_STORE_UNAVAILABLE",
  tableInvalid: "OVERRIDE_TABLE_INVALID",
  recordInvalid: "OVERRIDE_RECORD_INVALID",
  indexes: [USER_INDEX, STATUS_INDEX, PROFILE_INDEX],
  change: "a change of a record",
} as const;

/** Where approval requests are kept. */
export const REQUEST_TABLE: TableKind = {
  name: "request",
  records: "approval requests",
  ...OVERRIDE,
  command: "approvals",
  defaultTable: "sentinel-requests",
  flag: "--request-table",
  variable: "SENTINEL_REQUEST_TABLE",
};

/** Where break-glass events are kept. */
export const BREAKGLASS_TABLE: TableKind = {
  name: "break-glass",
  records: "break-glass events",
  ...OVERRIDE,
  command: "breakglass",
  defaultTable: "sentinel-breakglass",
  flag: "--breakglass-table",
  variable: "SENTINEL_BREAKGLASS_TABLE",
};

/** Every kind of table. */
export const TABLE_KINDS: readonly TableKind[] = [SESSION_TABLE, REQUEST_TABLE, BREAKGLASS_TABLE];
