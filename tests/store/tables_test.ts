import { isDynamoDbTableName, tableDefinition, TTL_ATTRIBUTE } from "../../src/store/tables.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { assert, assertEquals } from "../support/assert.ts";

const TOUCHED = ["last_access_at", "expires_at", "request_count", "updated_at", "ttl"];

Deno.test("the table is the one that exists already, on demand", () => {
  const definition = tableDefinition(SESSION_TABLE, "prod-sessions");
  assertEquals(definition.TableName, "prod-sessions");
  assertEquals(definition.BillingMode, "PAY_PER_REQUEST");
  assertEquals(definition.KeySchema, [{ AttributeName: "id", KeyType: "HASH" }]);
  assertEquals(
    definition.GlobalSecondaryIndexes.map(({ IndexName, KeySchema }) =>
      `${IndexName}: ${KeySchema.map((key) => `${key.AttributeName} ${key.KeyType}`).join(", ")}`
    ),
    [
      "gsi-user: user HASH, created_at RANGE",
      "gsi-status: status HASH, created_at RANGE",
      "gsi-profile: profile HASH, created_at RANGE",
      "gsi-server-instance: server_instance_id HASH, status RANGE",
    ],
  );
  assertEquals(TTL_ATTRIBUTE, "ttl");
});

Deno.test("every key is declared, and nothing but keys", () => {
  const definition = tableDefinition(SESSION_TABLE, "sessions");
  const keys = [definition, ...definition.GlobalSecondaryIndexes]
    .flatMap(({ KeySchema }) => KeySchema.map((key) => key.AttributeName));
  const declared = definition.AttributeDefinitions.map((attribute) => attribute.AttributeName);
  assertEquals(declared.toSorted(), [...new Set(keys)].sort());
});

Deno.test("no index carries what a touch changes", () => {
  for (
    const { KeySchema, Projection } of tableDefinition(SESSION_TABLE, "x").GlobalSecondaryIndexes
  ) {
    assertEquals(Projection, { ProjectionType: "KEYS_ONLY" });
    for (const { AttributeName } of KeySchema) assert(!TOUCHED.includes(AttributeName));
  }
  assertEquals(SESSION_TABLE.indexes.length, 4);
});

Deno.test("table names are DynamoDB's", () => {
  for (const name of ["abc", "A.b_c-1", "x".repeat(255)]) assert(isDynamoDbTableName(name), name);
  for (const name of ["", "ab", "x".repeat(256), "a b c", "a/b", "abc\n", "tablé"]) {
    assert(!isDynamoDbTableName(name), name);
  }
});
