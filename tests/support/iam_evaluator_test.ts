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
  assertEquals(allows([{ ...get, Condition: {} }], "GetItem"), false, "not understood");
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
