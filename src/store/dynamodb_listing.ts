/**
 * Listings of a DynamoDB table: the order comes from an index, which lags behind; what counts is
 * what the table itself says.
 *
 * @module
 */
import type { StoreCall } from "./store_call.ts";
import type { ListedBy, ListQuery } from "./attribute_table.ts";
import type { Attributes, DynamoDbTable } from "./dynamodb.ts";
import { PROFILE_INDEX, STATUS_INDEX, type TableIndex, USER_INDEX } from "./table_kind.ts";

/** Most keys that `BatchGetItem` takes. */
export const PAGE_SIZE = 100;

const INDEXES: Readonly<Record<ListedBy, TableIndex>> = {
  user: USER_INDEX,
  status: STATUS_INDEX,
  profile: PROFILE_INDEX,
};

/** Pages of what an index carries of the records, newest first; none is longer than `limit`. */
function indexPages(
  table: DynamoDbTable,
  { by, value, since, limit }: ListQuery,
  call: StoreCall,
): AsyncIterable<readonly Attributes[]> {
  const { name, hashKey, rangeKey } = INDEXES[by];
  const isNarrowed = since !== "";
  return table.query({
    index: name,
    condition: isNarrowed ? "#hash = :hash AND #range >= :since" : "#hash = :hash",
    names: { "#hash": hashKey, ...(isNarrowed && { "#range": rangeKey }) },
    values: { ":hash": value, ...(isNarrowed && { ":since": since }) },
    pageSize: Math.min(limit, PAGE_SIZE),
  }, call);
}

/** The same, with the items as they are in the table where `isWhole` does not spare the way. */
export async function* itemPages(
  table: DynamoDbTable,
  query: ListQuery,
  { call, isWhole = () => false }: {
    readonly call: StoreCall;
    readonly isWhole?: (item: Attributes) => boolean;
  },
): AsyncGenerator<readonly Attributes[]> {
  for await (const page of indexPages(table, query, call)) {
    yield await wholeItems(table, page, { call, isWhole });
  }
}

/** The items of a page in its order; one that is gone is not among them. */
export async function wholeItems(
  table: DynamoDbTable,
  page: readonly Attributes[],
  { call, isWhole }: {
    readonly call: StoreCall;
    readonly isWhole: (item: Attributes) => boolean;
  },
): Promise<readonly Attributes[]> {
  const partial = page.filter((item) => !isWhole(item)).map((item) => String(item["id"]));
  const fetched = await table.getAll(partial, call);
  return page.flatMap((item) => {
    const whole = isWhole(item) ? item : fetched.get(String(item["id"]));
    return whole === undefined ? [] : [whole];
  });
}
