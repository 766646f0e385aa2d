/**
 * Reads what DynamoDB says of a table: what is absent there is said plainly here. Pure.
 *
 * @module
 */
import type { TableDescription } from "@aws-sdk/client-dynamodb";
import type { ExistingTable } from "./provision_plan.ts";
import type { TableKey } from "./tables.ts";

/** What the SDK says of a table, whole. */
export function readTable(
  table: TableDescription,
): Omit<ExistingTable, "ttl" | "pointInTimeRecovery"> {
  return {
    status: table.TableStatus ?? "",
    billingMode: table.BillingModeSummary?.BillingMode ?? "PROVISIONED",
    keys: readKeys(table.KeySchema),
    attributeTypes: new Map(
      (table.AttributeDefinitions ?? []).map((
        { AttributeName: name = "", AttributeType: type = "" },
      ) => [name, type]),
    ),
    indexes: (table.GlobalSecondaryIndexes ?? []).map((index) => ({
      name: index.IndexName ?? "",
      keys: readKeys(index.KeySchema),
      projection: index.Projection?.ProjectionType ?? "",
      attributes: index.Projection?.NonKeyAttributes ?? [],
      status: index.IndexStatus ?? "",
    })),
    deletionProtection: table.DeletionProtectionEnabled ?? false,
    kmsKeyArn: table.SSEDescription?.KMSMasterKeyArn ?? null,
  };
}

function readKeys(schema: TableDescription["KeySchema"]): TableKey[] {
  return (schema ?? []).map(({ AttributeName = "", KeyType }) => ({
    AttributeName,
    KeyType: KeyType === "RANGE" ? "RANGE" : "HASH",
  }));
}
