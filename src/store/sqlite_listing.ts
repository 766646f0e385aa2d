/**
 * Listings of an embedded store, page by page: between two pages no statement is open, so a slow
 * reader holds up nobody.
 *
 * @module
 */
import type { StoreCall } from "./store_call.ts";
import type { ListQuery } from "./attribute_table.ts";
import type { SqliteDatabase, SqliteRow } from "./sqlite.ts";

const PAGE_SIZE = 200;

/** Which rows of which table. */
export interface SqliteListQuery extends ListQuery {
  readonly table: string;
}

/** Pages of rows, newest first by creation; none is longer than `limit`. */
export async function* sqlitePages(
  database: SqliteDatabase,
  { table, by, value, since, limit }: SqliteListQuery,
  call: StoreCall,
): AsyncGenerator<readonly SqliteRow[]> {
  // From the place of the last record of the page before; "~" sorts after every moment.
  const sql = `
    SELECT * FROM ${table}
    WHERE ${by} = :value AND created_at >= :since AND (created_at, id) < (:created_at, :id)
    ORDER BY created_at DESC, id DESC LIMIT :count`;
  let place = { created_at: "~", id: "" };
  const count = Math.min(limit, PAGE_SIZE);
  for (;;) {
    const rows = await database.rows(sql, { value, since, ...place, count }, call);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    place = { created_at: String(last["created_at"]), id: String(last["id"]) };
  }
}
