/**
 * One DynamoDB table with the partition key `id`: plain attributes in, plain attributes out. It
 * changes items under conditions only; it never reads, changes and writes back.
 *
 * @module
 */
import type { StoreCall } from "./store_call.ts";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { ConditionFailed, type DynamoDbCaller } from "./dynamodb_caller.ts";

/** Values by attribute: text, number, or `null` where there is none. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A change that happens only under a condition. */
export interface ConditionalUpdate {
  readonly id: string;
  readonly update: string;
  readonly condition: string;
  /** Names that stand for reserved words. */
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
}

/** `item` is the item after the change, or the one that did not meet the condition. */
export type ConditionalResult =
  | { readonly applied: true; readonly item: Attributes }
  | { readonly applied: false; readonly item: Attributes | null };

/** A question to an index, answered from the greatest range key down. */
export interface TableQuery {
  readonly index: string;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
  /** Items of a page: 1–100. */
  readonly pageSize: number;
}

/** How often keys that DynamoDB left unprocessed are asked for. */
const BATCH_ATTEMPTS = 6;

/** An open table. */
export class DynamoDbTable implements Disposable {
  readonly name: string;
  readonly #caller: DynamoDbCaller;

  constructor(name: string, caller: DynamoDbCaller) {
    this.name = name;
    this.#caller = caller;
  }

  /** The item, strongly consistent, or `null`. */
  async get(id: string, call: StoreCall): Promise<Attributes | null> {
    const { Item } = await this.#caller.getItem({
      TableName: this.name,
      Key: { id: { S: id } },
      ConsistentRead: true,
    }, call);
    return Item === undefined ? null : fromItem(Item);
  }

  /** Writes a new item; not applied when there is one of the same id. */
  create(
    item: Attributes & { readonly id: string },
    call: StoreCall,
  ): Promise<ConditionalResult> {
    return this.#conditionally(item.id, call, async () => {
      await this.#caller.putItem({
        TableName: this.name,
        Item: toItem(item),
        ConditionExpression: "attribute_not_exists(id)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }, call);
      return item;
    });
  }

  /** Changes an item in place; not applied when it does not meet the condition or is missing. */
  update(change: ConditionalUpdate, call: StoreCall): Promise<ConditionalResult> {
    return this.#conditionally(change.id, call, async () => {
      const { Attributes } = await this.#caller.updateItem({
        ...this.#updateInput(change),
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }, call);
      return fromItem(Attributes ?? {});
    });
  }

  /**
   * The same for whoever may write some attributes only: nothing is asked for in return, because
   * what a write returns counts as accessed by it (`dynamodb:ReturnValues`,
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html).
   * Resolves to whether it was applied.
   */
  async updateBlindly(change: ConditionalUpdate, call: StoreCall): Promise<boolean> {
    try {
      await this.#caller.updateItem(this.#updateInput(change), call);
      return true;
    } catch (thrown) {
      if (thrown instanceof ConditionFailed) return false;
      throw thrown;
    }
  }

  #updateInput({ id, update, condition, names, values }: ConditionalUpdate) {
    return {
      TableName: this.name,
      Key: { id: { S: id } },
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: toItem(values),
    };
  }

  /** Pages of an index: what it carries of the items, eventually consistent. */
  async *query(query: TableQuery, call: StoreCall): AsyncGenerator<readonly Attributes[]> {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.#caller.query({
        TableName: this.name,
        IndexName: query.index,
        KeyConditionExpression: query.condition,
        ExpressionAttributeNames: query.names,
        ExpressionAttributeValues: toItem(query.values),
        ScanIndexForward: false,
        Limit: query.pageSize,
        ExclusiveStartKey: start,
      }, call);
      yield (page.Items ?? []).map(fromItem);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  /** The items of up to 100 ids, strongly consistent, by id; one that is gone is not among them. */
  async getAll(
    ids: readonly string[],
    call: StoreCall,
  ): Promise<ReadonlyMap<string, Attributes>> {
    const found = new Map<string, Attributes>();
    let keys: Record<string, AttributeValue>[] = [...new Set(ids)].map((id) => ({ id: { S: id } }));
    for (let attempt = 0; keys.length > 0; attempt++) {
      if (attempt === BATCH_ATTEMPTS) throw this.#caller.throttled("BatchGetItem", call);
      if (attempt > 0) await pause(20 * 2 ** attempt);
      const { Responses, UnprocessedKeys } = await this.#caller.batchGetItem({
        RequestItems: { [this.name]: { Keys: keys, ConsistentRead: true } },
      }, call);
      for (const item of Responses?.[this.name] ?? []) {
        found.set(item["id"]?.S ?? "", fromItem(item));
      }
      keys = UnprocessedKeys?.[this.name]?.Keys ?? [];
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.#caller[Symbol.dispose]();
  }

  async #conditionally(
    id: string,
    call: StoreCall,
    change: () => Promise<Attributes>,
  ): Promise<ConditionalResult> {
    try {
      return { applied: true, item: await change() };
    } catch (thrown) {
      if (!(thrown instanceof ConditionFailed)) throw thrown;
      // Without an old item there is none, or the endpoint is too old to give it: look.
      const item = thrown.item === undefined ? await this.get(id, call) : fromItem(thrown.item);
      return { applied: false, item };
    }
  }
}

function toItem(attributes: Attributes): Record<string, AttributeValue> {
  const item: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") item[name] = { S: value };
    else if (typeof value === "number") item[name] = { N: String(value) };
  }
  return item;
}

/**
 * Text and numbers. What has another type stays as it came: no record has such, and it must not be
 * taken for an attribute that is not there.
 */
function fromItem(item: Readonly<Record<string, AttributeValue>>): Attributes {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, fromValue(value)]),
  );
}

function fromValue(value: AttributeValue): unknown {
  const { S, N, NULL } = value;
  if (N !== undefined) return Number(N);
  return S ?? (NULL === true ? null : value);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
