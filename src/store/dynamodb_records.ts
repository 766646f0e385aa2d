/**
 * Approval requests and break-glass events of a team: a DynamoDB table that requesters, approvers
 * and servers share. Who may write which attribute is for IAM to say (iam_policy.ts).
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

class DynamoDbRecords implements AttributeTable {
  protected readonly table: DynamoDbTable;

  constructor(table: DynamoDbTable) {
    this.table = table;
  }

  create(
    attributes: RecordAttributes & { readonly id: string },
    call: StoreCall,
  ): Promise<WriteResult> {
    return this.table.create(attributes, call);
  }

  get(id: string, call: StoreCall): Promise<FoundAttributes | null> {
    return this.table.get(id, call);
  }

  /** INVARIANT: no attribute is mentioned but those of the change; IAM may forbid the others. */
  update({ id, expected, changed }: RecordChange, call: StoreCall): Promise<WriteResult> {
    const [olds, news] = [Object.entries(expected), Object.entries(changed)];
    return this.table.update({
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
    const { applied, item } = await this.table.update({
      id: HISTORY_ID,
      update: "SET #version = :next, #invocations = :invocations",
      condition: version === null ? "attribute_not_exists(id)" : "#version = :version",
      names: { "#version": "version", "#invocations": "invocations" },
      values: { ":next": (version ?? 0) + 1, ":version": version, ":invocations": invocations },
    }, call);
    return applied ? null : historyOf(item);
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
