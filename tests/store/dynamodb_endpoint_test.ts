import { assertEquals, assertRejects } from "../support/assert.ts";
import { type CapacityTable, itemSize, writeUnits } from "../support/dynamodb_capacity.ts";
import {
  createSessionTable,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";

Deno.test("the endpoint keeps TTL as AWS does", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  const { DescribeTimeToLiveCommand, DynamoDBClient, UpdateTimeToLiveCommand } = await import(
    "@aws-sdk/client-dynamodb"
  );
  const client = new DynamoDBClient({
    region: "us-east-1",
    endpoint: endpoint.url,
    credentials: TEST_CREDENTIALS,
  });
  const update = (TableName: string, AttributeName: string, Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName, Enabled },
      }),
    );
  const describe = async () =>
    (await client.send(new DescribeTimeToLiveCommand({ TableName: "sessions" })))
      .TimeToLiveDescription;
  assertEquals(await describe(), { TimeToLiveStatus: "ENABLED", AttributeName: "ttl" });
  await assertRejects(() => update("sessions", "ttl", true), Error, "already enabled");
  await assertRejects(() => update("sessions", "other", false), Error, "different AttributeName");
  await assertRejects(() => update("sessions", "", true), Error, "AttributeName");
  await assertRejects(() => update("missing", "ttl", true), Error, "not found");
  await update("sessions", "ttl", false);
  assertEquals(await describe(), { TimeToLiveStatus: "DISABLED" });
  client.destroy();
});

Deno.test("the endpoint counts what was called, and forgets it when told", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  assertEquals(endpoint.count("CreateTable"), 1);
  assertEquals(endpoint.requests.at(-1)?.operation, "UpdateTimeToLive");
  endpoint.reset();
  await endpoint.call("ListTables", {});
  assertEquals([endpoint.count(), endpoint.writeUnits(), endpoint.readUnits()], [0, 0, 0]);
  await assertRejects(() => endpoint.call("GetItem", {}), Error, "ValidationException");
});

Deno.test("sizes and write units are AWS's", () => {
  assertEquals(itemSize({ id: { S: "abc" } }), 5);
  assertEquals(itemSize({ é: { S: "漢" } }), 5);
  assertEquals(itemSize({ n: { N: "-12345" } }), 5);
  assertEquals(itemSize({ b: { BOOL: true }, z: { NULL: true } }), 4);
  assertEquals(itemSize({ m: { M: { a: { S: "b" } } } }), 1 + 3 + 2 + 1);

  const table: CapacityTable = {
    KeySchema: [{ AttributeName: "id" }],
    GlobalSecondaryIndexes: [{
      IndexName: "by-state",
      KeySchema: [{ AttributeName: "state" }],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["note"] },
    }],
  };
  const item = (attributes: Record<string, string>) =>
    Object.fromEntries(Object.entries(attributes).map(([name, text]) => [name, { S: text }]));
  const plain = item({ id: "1" });
  const open = item({ id: "1", state: "open", note: "x", other: "y" });
  const costs: readonly [before: typeof open | null, after: typeof open | null, units: number][] = [
    [null, plain, 1],
    [null, open, 2],
    [plain, open, 2],
    [open, plain, 2],
    [open, null, 2],
    [open, { ...open, other: { S: "z" } }, 1],
    [open, { ...open, note: { S: "z" } }, 2],
    [open, { ...open, state: { S: "shut" } }, 3],
    [open, { ...open, other: { S: "x".repeat(2048) } }, 3],
    [{ ...open, other: { S: "x".repeat(2048) } }, open, 3],
    [open, { ...open, note: { S: "x".repeat(2048) } }, 6],
  ];
  for (const [before, after, units] of costs) assertEquals(writeUnits(table, before, after), units);
});
