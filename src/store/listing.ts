/**
 * Listings, the same for every store and every kind of record: from pages of attributes to records,
 * as many as were asked for.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { type FoundAttributes, readRecords } from "./record_attributes.ts";
import type { TableKind } from "./table_kind.ts";

/** How many records a listing may give. Throws `USAGE` for a limit that is not a count. */
export function listLimit(
  { limit = Infinity }: { readonly limit?: number },
  { records }: TableKind,
): number {
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw new SentinelError("USAGE", `Cannot list ${records}: the limit is not a count`);
  }
  return limit;
}

/** How {@linkcode takeRecords} understands a page. */
export interface TakeOptions<T> {
  /** The record of a row; `null` = it is not meant. Throws the kind's `recordInvalid`. */
  readonly read: (row: FoundAttributes) => T | null;
  readonly kind: TableKind;
  /** Records in all. */
  readonly limit: number;
}

/** The first `limit` records of `pages`; those that cannot be judged are passed over. */
export async function* takeRecords<T>(
  pages: AsyncIterable<readonly FoundAttributes[]>,
  { read, kind, limit }: TakeOptions<T>,
): AsyncGenerator<T> {
  let left = limit;
  for await (const page of pages) {
    for (const record of readRecords(page, { read, kind })) {
      if (record === null) continue;
      yield record;
      if (--left <= 0) return;
    }
  }
}
