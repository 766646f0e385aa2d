/**
 * A table's schema as data: its keys, its indexes and what they carry. An index must never carry
 * an attribute that changes often, or each change would pay for it again.
 *
 * @module
 */
import type { TableKind } from "./table_kind.ts";

/** Name of the attribute by which DynamoDB deletes records that have outlived their audit. */
export const TTL_ATTRIBUTE = "ttl";

/** One key of a table or an index, as `CreateTable` takes it. */
export interface TableKey {
  readonly AttributeName: string;
  readonly KeyType: "HASH" | "RANGE";
}

/** The input of DynamoDB's `CreateTable`, as far as the kind of table decides it. */
export interface TableDefinition {
  readonly TableName: string;
  readonly BillingMode: "PAY_PER_REQUEST";
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: "S";
  }[];
  readonly KeySchema: readonly TableKey[];
  readonly GlobalSecondaryIndexes: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly TableKey[];
    readonly Projection: { readonly ProjectionType: "KEYS_ONLY" };
  }[];
}

/** The definition of a table of this kind called `tableName`, as `CreateTable` takes it. */
export function tableDefinition({ indexes }: TableKind, tableName: string): TableDefinition {
  const attributes = new Set(["id"]);
  for (const { hashKey, rangeKey } of indexes) attributes.add(hashKey).add(rangeKey);
  return {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Array.from(attributes, (name) => ({
      AttributeName: name,
      AttributeType: "S",
    })),
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    GlobalSecondaryIndexes: indexes.map(({ name, hashKey, rangeKey }) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: hashKey, KeyType: "HASH" },
        { AttributeName: rangeKey, KeyType: "RANGE" },
      ],
      // A touch of a session changes expires_at, last_access_at, request_count, updated_at and ttl: with keys
      // alone it writes to no index (1 write unit instead of 5).
      Projection: { ProjectionType: "KEYS_ONLY" },
    })),
  };
}

/** Whether DynamoDB would take `name` as the name of a table. */
export function isDynamoDbTableName(name: string): boolean {
  return /^[a-zA-Z0-9_.-]{3,255}$/.test(name);
}
