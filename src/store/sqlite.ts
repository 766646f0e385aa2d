/**
 * The embedded store's database: how its file is opened by several processes at once. A database that
 * is not ours is refused before anything in it is changed.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { checkPrivateFiles, claimPrivateFile } from "./private_file.ts";
import { FileGone, ForeignDatabase, GivenUp, isLocked, sqliteFault } from "./sqlite_fault.ts";
import type { SqliteSchema } from "./sqlite_schema.ts";
import type { StoreCall } from "./store_call.ts";
import type { TableKind } from "./table_kind.ts";

/** One row: values by column. */
export type SqliteRow = Readonly<Record<string, unknown>>;
/** Values by name of the parameter. */
export type SqliteParameters = Readonly<Record<string, string | number | null>>;

/** `PRAGMA application_id`: tells our databases from others' (SNTL). */
const APPLICATION_ID = 0x534e544c;
/** `PRAGMA user_version`. */
const VERSION = 1;

/** How long SQLite itself waits for a lock. It blocks the whole process, so it is short. */
const BLOCKING_WAIT_MS = 10;
/** How long a call waits for a lock in all before it gives up. */
const LOCK_WAIT_MS = 5000;

/** A number that is too large loses its last digits: whoever reads it knows it by its size. */
function toRow(found: SqliteRow): SqliteRow {
  return Object.fromEntries(
    Object.entries(found).map((
      [name, value],
    ) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}

interface SqlitePlace {
  readonly path: string;
  readonly kind: TableKind;
}

/** An open database. */
export class SqliteDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #kind: TableKind;
  readonly #file: FileIdentity;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;

  /** Use {@linkcode openSqliteDatabase}. */
  constructor(database: DatabaseSync, { path, kind }: SqlitePlace) {
    this.#database = database;
    this.#path = path;
    this.#kind = kind;
    this.#file = fileIdentity(path);
  }

  /** Runs `sql` and gives its first row, if it has one. */
  row(sql: string, parameters: SqliteParameters, call: StoreCall): Promise<SqliteRow | null> {
    return this.#run(call, () => {
      const row = this.#statement(sql).get(parameters);
      return row === undefined ? null : toRow(row);
    });
  }

  /** Runs `sql` and gives all its rows. */
  rows(sql: string, parameters: SqliteParameters, call: StoreCall): Promise<SqliteRow[]> {
    return this.#run(call, () => this.#statement(sql).all(parameters).map(toRow));
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  async #run<T>({ action, signal }: StoreCall, attempt: () => T): Promise<T> {
    if (this.#closed) {
      throw new SentinelError(this.#kind.unavailable, `Cannot ${action}: the store is closed`);
    }
    try {
      // SQLite goes on with a file that was removed or replaced, where nobody else sees it.
      if (fileIdentity(this.#path) !== this.#file) throw new FileGone();
      return await whenUnlocked(attempt, signal);
    } catch (thrown) {
      throw sqliteFault(thrown, { action, kind: this.#kind });
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      // Otherwise one number that is too large for us would keep all rows from being read.
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Opens the database at the absolute `path`, creating file and tables where missing. Rejects
 * with the kind's `tableInvalid` when the file is not such a database or not private, and with its
 * `unavailable` when it cannot be opened.
 */
export async function openSqliteDatabase(
  path: string,
  schema: SqliteSchema,
): Promise<SqliteDatabase> {
  const { kind } = schema;
  await claimPrivateFile(path, kind);
  let database: DatabaseSync | null = null;
  try {
    const opened = database = new DatabaseSync(path, { timeout: BLOCKING_WAIT_MS });
    const lacksTables = await whenUnlocked(() => lacks(opened, schema));
    // Switching to WAL fails at once, without waiting, while another process does the same.
    await whenUnlocked(() => run(opened, "PRAGMA journal_mode = WAL"));
    await whenUnlocked(() => run(opened, "PRAGMA synchronous = NORMAL"));
    if (lacksTables) await whenUnlocked(() => createTables(opened, schema));
    // Again, now that SQLite holds its files open: one may have been planted in between.
    await checkPrivateFiles(path, kind);
    return new SqliteDatabase(opened, { path, kind });
  } catch (thrown) {
    database?.close();
    throw sqliteFault(thrown, { action: `open the database ${quote(path)}`, kind });
  }
}

/** What a file holds of a kind of table: no file or an empty one, all but these tables, or them. */
export type SqliteFileState = "missing" | "lacking" | "whole";

/**
 * Looks at the file at the absolute `path` without making or changing anything. Rejects as
 * {@linkcode openSqliteDatabase} does.
 */
export async function inspectSqliteFile(
  path: string,
  schema: SqliteSchema,
): Promise<SqliteFileState> {
  const { kind } = schema;
  try {
    await checkPrivateFiles(path, kind);
    if ((await Deno.stat(path)).size === 0) return "missing";
    using database = new DatabaseSync(path, { readOnly: true, timeout: BLOCKING_WAIT_MS });
    return await whenUnlocked(() => lacks(database, schema)) ? "lacking" : "whole";
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "missing";
    throw sqliteFault(thrown, { action: `open the database ${quote(path)}`, kind });
  }
}

/** Whether the database has yet to get these tables; throws when it is somebody else's. */
function lacks(database: DatabaseSync, { table }: SqliteSchema): boolean {
  const applicationId = pragma(database, "application_id");
  const version = pragma(database, "user_version");
  if (applicationId === APPLICATION_ID && version === VERSION) {
    return count(database, "WHERE type = 'table' AND name = ?", table) === 0;
  }
  if (applicationId === APPLICATION_ID) throw new ForeignDatabase("another version's");
  if (applicationId === 0 && version === 0 && count(database) === 0) return true;
  throw new ForeignDatabase("another program's");
}

function count(database: DatabaseSync, condition = "", ...values: readonly string[]): unknown {
  const sql = `SELECT count(*) AS n FROM sqlite_schema ${condition}`;
  return database.prepare(sql).get(...values)?.["n"];
}

function pragma(database: DatabaseSync, name: "application_id" | "user_version"): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function createTables(database: DatabaseSync, schema: SqliteSchema): void {
  run(database, "BEGIN IMMEDIATE");
  try {
    // Another process may have been first.
    if (lacks(database, schema)) {
      for (const statement of schema.statements) run(database, statement);
      run(database, `PRAGMA application_id = ${APPLICATION_ID}`);
      run(database, `PRAGMA user_version = ${VERSION}`);
    }
    run(database, "COMMIT");
  } catch (thrown) {
    if (database.isTransaction) run(database, "ROLLBACK");
    throw thrown;
  }
}

/** Not `exec`: in Deno its errors carry no result code, so a lock would not be known as one. */
function run(database: DatabaseSync, sql: string): void {
  database.prepare(sql).all();
}

/**
 * Runs `attempt` again and again while another process holds the lock. Between two tries the
 * rest of this process goes on.
 */
async function whenUnlocked<T>(attempt: () => T, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (let pauseMs = 1;; pauseMs = Math.min(2 * pauseMs, 50)) {
    if (signal?.aborted) throw new GivenUp();
    try {
      return attempt();
    } catch (thrown) {
      if (!isLocked(thrown) || performance.now() > deadline) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
  }
}

/** What tells a file from every other that was ever at its path. */
type FileIdentity = string;

function fileIdentity(path: string): FileIdentity {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) throw new FileGone();
    throw thrown;
  }
}
