import { assertEquals } from "./assert.ts";
import { iamRequestsOf, isAllowed } from "./iam_evaluator.ts";

const TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/sessions";

function allows(statements: object[], action: string, resource = TABLE): boolean {
  return isAllowed(JSON.stringify({ Version: "2012-10-17", Statement: statements }), {
    action: `dynamodb:${action}`,
    resource,
  });
}

Deno.test("IAM evaluator: allows what stands there, and nothing else", () => {
  const get = { Effect: "Allow", Action: "dynamodb:GetItem", Resource: TABLE };
  assertEquals(allows([], "GetItem"), false);
  assertEquals(allows([get], "GetItem"), true);
  assertEquals(allows([get], "getitem"), true);
  assertEquals(allows([get], "GetItems"), false);
  assertEquals(allows([get], "GetItem", `${TABLE}2`), false);
  assertEquals(allows([get], "GetItem", `${TABLE}/index/gsi-user`), false);
  assertEquals(allows([get, { ...get, Effect: "Deny" }], "GetItem"), false);
  const indexes = { ...get, Action: ["dynamodb:Query"], Resource: [`${TABLE}/index/*`] };
  assertEquals(allows([indexes], "Query", `${TABLE}/index/gsi-user`), true);
  assertEquals(allows([indexes], "Query"), false);
  assertEquals(allows([{ ...get, Action: "dynamodb:Get?tem" }], "GetItem"), true);
  assertEquals(allows([{ ...get, Resource: TABLE.replace("i", ".") }], "GetItem"), false);
  assertEquals(
    allows([{ ...get, NotAction: "dynamodb:Scan" }], "GetItem"),
    false,
    "not understood",
  );
});

Deno.test("IAM evaluator: a call is asked for its table, its index, and each table of a batch", () => {
  const place = { region: "eu-west-1", account: "123456789012" };
  const query = { TableName: "sessions", IndexName: "gsi-user" };
  assertEquals(iamRequestsOf({ operation: "Query", body: query }, place), [
    { action: "dynamodb:Query", resource: `${TABLE}/index/gsi-user` },
  ]);
  const batch = { RequestItems: { sessions: {}, other: {} } };
  assertEquals(
    iamRequestsOf({ operation: "BatchGetItem", body: batch }, place).map(({ resource }) =>
      resource.split("/")[1]
    ),
    ["sessions", "other"],
  );
});

Deno.test("IAM evaluator: a write is asked for the item and every attribute that it names", () => {
  const place = { region: "eu-west-1", account: "123456789012" };
  const attributes = (body: Record<string, unknown>) =>
    iamRequestsOf({ operation: "UpdateItem", body: { TableName: "sessions", ...body } }, place)
      .flatMap(({ context }) => context?.["dynamodb:Attributes"] ?? []).toSorted();
  const key = { Key: { id: { S: "1" } } };
  assertEquals(attributes(key), ["id"]);
  assertEquals(
    attributes({
      ...key,
      UpdateExpression: "SET #s = :s, plain = if_not_exists(other, :x), m.inner = :x REMOVE gone",
      ConditionExpression: "attribute_not_exists(missing) AND #c = :c OR begins_with(start, :x)",
      ExpressionAttributeNames: { "#s": "status", "#c": "compared" },
    }),
    ["compared", "gone", "id", "m", "missing", "other", "plain", "start", "status"],
  );
  assertEquals(attributes({ ...key, AttributeUpdates: { a: {} }, Expected: { b: {} } }), [
    "a",
    "b",
    "id",
  ]);
  assertEquals(attributes({ ...key, ReturnValues: "ALL_NEW" }), ["*", "id"]);
  assertEquals(attributes({ Item: { id: { S: "1" }, a: { S: "" } } }), ["a", "id"]);
});

Deno.test("IAM evaluator: conditions must all hold, and an unknown one never does", () => {
  const statement = (Condition: object) => ({
    Effect: "Allow",
    Action: "dynamodb:UpdateItem",
    Resource: TABLE,
    Condition,
  });
  const decide = (Condition: object, context?: Record<string, string[]>) =>
    isAllowed(JSON.stringify({ Statement: [statement(Condition)] }), {
      action: "dynamodb:UpdateItem",
      resource: TABLE,
      ...(context !== undefined && { context }),
    });
  const equals = { "ForAllValues:StringEquals": { k: ["a", "b"] } };
  assertEquals(decide(equals, { k: ["a"] }), true);
  assertEquals(decide(equals, { k: ["a", "c"] }), false);
  assertEquals(decide(equals), true, "for all of none");
  assertEquals(decide({ ...equals, Null: { k: "false" } }), false);
  assertEquals(decide({ ...equals, Null: { k: "false" } }, { k: ["b"] }), true);
  const differs = { "ForAllValues:StringNotEquals": { k: ["a"] } };
  assertEquals(decide(differs, { k: ["a"] }), false);
  assertEquals(decide(differs, { k: ["b"] }), true);
  assertEquals(decide({ StringSounds: { k: "a" } }, { k: ["a"] }), false);
});
