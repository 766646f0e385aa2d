/**
 * A session table in memory in the place of the AWS SDK's client: it understands the commands that
 * the store sends, keeps their conditions, and counts what they cost by partition. It refuses what
 * it does not understand, so that the store cannot change without it.
 *
 * @module
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDbTable } from "../../src/store/dynamodb.ts";
import { DynamoDbCaller } from "../../src/store/dynamodb_caller.ts";
import { DynamoDbSessionStore } from "../../src/store/dynamodb_sessions.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { tableDefinition } from "../../src/store/tables.ts";
import {
  indexWrites,
  itemSize,
  tableWriteUnits,
  type WireItem,
  type WireValue,
} from "../../tests/support/dynamodb_capacity.ts";
import type { PartitionLoad } from "./partition_load.ts";

type Sdk = typeof import("@aws-sdk/client-dynamodb");

/** What the commands of the store carry. */
interface Input {
  readonly Key?: WireItem;
  readonly Item?: WireItem;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: WireItem;
}

const DEFINITION = tableDefinition(SESSION_TABLE, "simulated");

/** Name of the table itself among the groups of a {@linkcode PartitionLoad}. */
export const TABLE_WRITES = "table";
/** Name of the reads of the table. */
export const TABLE_READS = "reads";

/** A table that many stores can be opened on. */
export class CountingTable {
  readonly #items = new Map<string, WireItem>();
  readonly #sdk: Sdk;
  readonly #load: PartitionLoad;
  readonly #elapsed: () => number;

  /** `elapsed` gives milliseconds since the start of the simulation. */
  constructor(sdk: Sdk, load: PartitionLoad, elapsed: () => number) {
    this.#sdk = sdk;
    this.#load = load;
    this.#elapsed = elapsed;
  }

  /** Opens the real store on this table. */
  openStore(): SessionStore {
    const client = {
      send: (command: { readonly input: Input }) => Promise.try(() => this.#perform(command)),
      destroy: () => {},
    } as unknown as DynamoDBClient;
    const caller = new DynamoDbCaller({
      kind: SESSION_TABLE,
      sdk: this.#sdk,
      client,
      table: "simulated",
      region: "-",
    });
    return new DynamoDbSessionStore(new DynamoDbTable("simulated", caller));
  }

  /** Ids of the sessions that are stored as active. */
  activeIds(): string[] {
    return [...this.#items].filter(([, item]) => item["status"]?.["S"] === "active")
      .map(([id]) => id);
  }

  #perform(command: { readonly input: Input }): Record<string, unknown> {
    const { input } = command;
    const id = String((input.Key ?? input.Item)?.["id"]?.["S"]);
    const before = this.#items.get(id) ?? null;
    if (command instanceof this.#sdk.GetItemCommand) {
      const units = Math.max(1, Math.ceil(itemSize(before ?? {}) / 4096));
      this.#count(TABLE_READS, id, units);
      return { Item: before ?? undefined };
    }
    if (!holds(before, input)) {
      this.#count(TABLE_WRITES, id, tableWriteUnits(before, null));
      throw new this.#sdk.ConditionalCheckFailedException({
        message: "",
        $metadata: {},
        ...(before !== null && { Item: before as never }),
      });
    }
    const after = input.Item ?? updated(before ?? { id: { S: id } }, input);
    this.#items.set(id, after);
    this.#count(TABLE_WRITES, id, tableWriteUnits(before, after));
    for (const { index, partition, units } of indexWrites(DEFINITION, before, after)) {
      this.#count(index, String(partition["S"]), units);
    }
    return { Attributes: after };
  }

  #count(group: string, partition: string, units: number): void {
    this.#load.add(group, partition, { units, ms: this.#elapsed() });
  }
}

/** An expression, taken apart once: each part is a list of words. */
const parsed = new Map<string, readonly (readonly string[])[]>();

function partsOf(expression: string, pattern: RegExp, separator: RegExp): readonly string[][] {
  const known = parsed.get(expression) as string[][] | undefined;
  if (known !== undefined) return known;
  const parts = expression.split(separator).map((part) => {
    const match = pattern.exec(part.trim());
    if (match === null) throw new Error(`not understood: ${part}`);
    return match.slice(1);
  });
  parsed.set(expression, parts);
  return parts;
}

const nameIn = (input: Input, word: string) => input.ExpressionAttributeNames?.[word] ?? word;

function valueIn(input: Input, word: string): WireValue {
  const value = input.ExpressionAttributeValues?.[word];
  if (value === undefined) throw new Error(`no value ${word}`);
  return value;
}

function holds(item: WireItem | null, input: Input): boolean {
  const { ConditionExpression = "" } = input;
  if (ConditionExpression === "attribute_not_exists(id)") return item === null;
  return partsOf(ConditionExpression, /^(#?\w+) (=|>|<=) (:\w+)$/, / AND /)
    .every(([name, operator, word]) => {
      const actual = item?.[nameIn(input, name!)]?.["S"] as string | undefined;
      const expected = valueIn(input, word!)["S"] as string;
      if (actual === undefined) return false;
      if (operator === "=") return actual === expected;
      return operator === ">" ? actual > expected : actual <= expected;
    });
}

function updated(item: WireItem, input: Input): WireItem {
  const after: Record<string, WireValue> = { ...item };
  const parts = partsOf(
    input.UpdateExpression ?? "",
    /^(SET |ADD )?(#?\w+) (?:= )?(:\w+)$/,
    /, | (?=ADD )/,
  );
  for (const [verb, word, valueWord] of parts) {
    const name = nameIn(input, word!);
    const value = valueIn(input, valueWord!);
    const sum = Number(after[name]?.["N"] ?? 0) + Number(value["N"]);
    after[name] = verb === "ADD " ? { N: String(sum) } : value;
  }
  return after;
}
