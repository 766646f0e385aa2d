/**
 * Approval requests and break-glass events of a team: a DynamoDB table that requesters, approvers
 * and servers share. Who may write which attribute is for IAM to say (override_roles.ts).
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
import { DynamoDbTable } from "./dynamodb.ts";
import { openDynamoDbCaller, type TablePlace } from "./dynamodb_caller.ts";
import { itemPages } from "./dynamodb_listing.ts";
import { HISTORY_ID } from "./invocation_history.ts";
import type { FoundAttributes, RecordAttributes } from "./record_attributes.ts";
import type { RecordChange } from "./record_format.ts";
import type { StoreOptions } from "./store_options.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE } from "./table_kind.ts";

/** Opens the requests in the table `name` without calling it. Rejects with `CONFIG_INVALID`. */
export async function openDynamoDbRequests(
  name: string,
  options: StoreOptions,
): Promise<AttributeTable> {
  return new DynamoDbRecords(await openTable({ kind: REQUEST_TABLE, table: name }, options));
}

/** Opens the break-glass events in the table `name` without calling it. Rejects as above. */
export async function openDynamoDbBreakGlass(
  name: string,
  options: StoreOptions,
): Promise<GuardedTable> {
  const place = { kind: BREAKGLASS_TABLE, table: name };
  return new DynamoDbGuardedRecords(await openTable(place, options));
}

async function openTable(place: TablePlace, options: StoreOptions): Promise<DynamoDbTable> {
  return new DynamoDbTable(place.table, await openDynamoDbCaller(place, options));
}

/**
 * INVARIANT: a write mentions no attribute but those that it sets or compares, and never replaces an
 * item as a whole. IAM can then keep the others from whoever writes.
 */
class DynamoDbRecords implements AttributeTable {
  protected readonly table: DynamoDbTable;

  constructor(table: DynamoDbTable) {
    this.table = table;
  }

  async create(
    { id, ...attributes }: RecordAttributes & { readonly id: string },
    call: StoreCall,
  ): Promise<WriteResult> {
    const changed = Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) => value === null ? [] : [[name, value]]),
    );
    const applied = await this.write({ id, expected: { id: null }, changed }, call);
    return { applied, item: applied ? { id, ...changed } : await this.get(id, call) };
  }

  get(id: string, call: StoreCall): Promise<FoundAttributes | null> {
    return this.table.get(id, call);
  }

  async update(change: RecordChange, call: StoreCall): Promise<WriteResult> {
    const applied = await this.write(change, call);
    return { applied, item: await this.get(change.id, call) };
  }

  protected write(
    { id, expected, changed }: RecordChange,
    call: StoreCall,
  ): Promise<boolean> {
    const [olds, news] = [Object.entries(expected), Object.entries(changed)];
    return this.table.updateBlindly({
      id,
      update: `SET ${news.map(([name]) => `#${name} = :new_${name}`).join(", ")}`,
      condition: olds.map(([name, value]) =>
        value === null ? `attribute_not_exists(#${name})` : `#${name} = :old_${name}`
      ).join(" AND "),
      names: Object.fromEntries([...olds, ...news].map(([name]) => [`#${name}`, name])),
      values: {
        ...Object.fromEntries(news.map(([name, value]) => [`:new_${name}`, value])),
        ...Object.fromEntries(olds.map(([name, value]) => [`:old_${name}`, value])),
      },
    }, call);
  }

  pages(query: ListQuery, call: StoreCall): AsyncIterable<readonly FoundAttributes[]> {
    return itemPages(this.table, query, { call });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.table[Symbol.dispose]();
    return Promise.resolve();
  }
}

class DynamoDbGuardedRecords extends DynamoDbRecords implements GuardedTable {
  async readHistory(call: StoreCall): Promise<StoredHistory> {
    return historyOf(await this.table.get(HISTORY_ID, call));
  }

  async writeHistory(
    { version }: StoredHistory,
    invocations: string,
    call: StoreCall,
  ): Promise<StoredHistory | null> {
    const applied = await this.write({
      id: HISTORY_ID,
      expected: version === null ? { id: null } : { version },
      changed: { version: (version ?? 0) + 1, invocations },
    }, call);
    return applied ? null : await this.readHistory(call);
  }
}

function historyOf(item: FoundAttributes | null): StoredHistory {
  if (item === null) return { version: null, invocations: null };
  const version = item["version"];
  // NaN is no version: whoever reads it refuses the history.
  return {
    version: typeof version === "number" ? version : NaN,
    invocations: item["invocations"],
  };
}
