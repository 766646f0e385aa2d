/**
 * Approval requests and break-glass events in an embedded store: one SQLite file of one user on one
 * machine, which may hold sessions as well. Its owner can write anything into it: it separates
 * nobody from anybody.
 *
 * @module
 */
import type {
  AttributeTable,
  GuardedTable,
  ListQuery,
  StoredHistory,
  WriteResult,
} from "./attribute_table.ts";
import type { StoreCall } from "./store_call.ts";
import { HISTORY_ID } from "./invocation_history.ts";
import type { FoundAttributes, RecordAttributes } from "./record_attributes.ts";
import type { RecordChange } from "./record_format.ts";
import { openSqliteDatabase, type SqliteDatabase } from "./sqlite.ts";
import { sqlitePages } from "./sqlite_listing.ts";
import { BREAKGLASS_SCHEMA, REQUEST_SCHEMA } from "./sqlite_schema.ts";

/** Opens the requests in the file at the absolute `path`, creating it where missing. */
export async function openSqliteRequests(path: string): Promise<AttributeTable> {
  return new SqliteRecords(await openSqliteDatabase(path, REQUEST_SCHEMA), REQUEST_SCHEMA.table);
}

/** Opens the break-glass events in the file at the absolute `path`, creating it where missing. */
export async function openSqliteBreakGlass(path: string): Promise<GuardedTable> {
  return new SqliteGuardedRecords(
    await openSqliteDatabase(path, BREAKGLASS_SCHEMA),
    BREAKGLASS_SCHEMA.table,
  );
}

/** Names of columns come from the formats of records only, never from outside. */
class SqliteRecords implements AttributeTable {
  protected readonly database: SqliteDatabase;
  readonly #table: string;

  constructor(database: SqliteDatabase, table: string) {
    this.database = database;
    this.#table = table;
  }

  async create(
    attributes: RecordAttributes & { readonly id: string },
    call: StoreCall,
  ): Promise<WriteResult> {
    const names = Object.keys(attributes);
    // What TTL does in DynamoDB.
    const forget = `DELETE FROM ${this.#table} WHERE ttl < unixepoch(:created_at)`;
    await this.database.rows(forget, { created_at: attributes["created_at"] ?? "" }, call);
    const insert = `INSERT INTO ${this.#table} (${names.join(", ")})
      VALUES (${names.map((name) => `:${name}`).join(", ")})
      ON CONFLICT (id) DO NOTHING RETURNING *`;
    const created = await this.database.row(insert, attributes, call);
    if (created !== null) return { applied: true, item: created };
    return { applied: false, item: await this.get(attributes.id, call) };
  }

  get(id: string, call: StoreCall): Promise<FoundAttributes | null> {
    return this.database.row(`SELECT * FROM ${this.#table} WHERE id = :id`, { id }, call);
  }

  async update({ id, expected, changed }: RecordChange, call: StoreCall): Promise<WriteResult> {
    const [olds, news] = [Object.keys(expected), Object.keys(changed)];
    const sql = `UPDATE ${this.#table} SET ${
      news.map((name) => `${name} = :new_${name}`).join(", ")
    }
      WHERE id = :id AND ${olds.map((name) => `${name} IS :old_${name}`).join(" AND ")}
      RETURNING *`;
    const item = await this.database.row(sql, {
      id,
      ...Object.fromEntries(news.map((name) => [`new_${name}`, changed[name]!])),
      ...Object.fromEntries(olds.map((name) => [`old_${name}`, expected[name]!])),
    }, call);
    if (item !== null) return { applied: true, item };
    return { applied: false, item: await this.get(id, call) };
  }

  pages(query: ListQuery, call: StoreCall): AsyncIterable<readonly FoundAttributes[]> {
    return sqlitePages(this.database, { ...query, table: this.#table }, call);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.database[Symbol.dispose]();
    return Promise.resolve();
  }
}

const READ_HISTORY = "SELECT version, invocations FROM breakglass_guard WHERE id = :id";

const WRITE_HISTORY = `
  INSERT INTO breakglass_guard VALUES (:id, :next, :invocations)
  ON CONFLICT (id) DO UPDATE SET version = :next, invocations = :invocations
    WHERE version = :version
  RETURNING version`;

class SqliteGuardedRecords extends SqliteRecords implements GuardedTable {
  async readHistory(call: StoreCall): Promise<StoredHistory> {
    const row = await this.database.row(READ_HISTORY, { id: HISTORY_ID }, call);
    if (row === null) return { version: null, invocations: null };
    return { version: Number(row["version"]), invocations: row["invocations"] };
  }

  async writeHistory(
    { version }: StoredHistory,
    invocations: string,
    call: StoreCall,
  ): Promise<StoredHistory | null> {
    const next = (version ?? 0) + 1;
    const parameters = { id: HISTORY_ID, version, next, invocations };
    const written = await this.database.row(WRITE_HISTORY, parameters, call);
    return written !== null ? null : await this.readHistory(call);
  }
}
