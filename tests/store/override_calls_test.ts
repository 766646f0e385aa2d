/**
 * What the stores of overrides say to DynamoDB and what they make of its answers: which attributes a
 * change mentions, what it costs, that a lost answer is no lost change, and that faults have the
 * words of their own kind of table.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { DynamoDbRequest } from "../support/dynamodb_endpoint.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { closed, decided, decisionOn, sampleEvent, sampleRequest } from "./override_samples.ts";
import { OVERRIDE_SETUPS } from "./override_subject.ts";
import { idOf, T0 } from "./session_samples.ts";

const { requests, breakGlass } = OVERRIDE_SETUPS.find(({ where }) => where === "DynamoDB")!;

const PENDING = sampleRequest();
const APPROVED = decided(PENDING, decisionOn(PENDING));
const CANCELLED = { ...PENDING, status: "cancelled", updatedAt: T0 + 1 } as const;

/** Every attribute that a write mentions. */
function mentioned({ body }: DynamoDbRequest): string[] {
  const names = Object.values(body["ExpressionAttributeNames"] ?? {}) as string[];
  const keys = Object.keys((body["Key"] ?? body["Item"]) as object);
  const text = `${body["UpdateExpression"] ?? ""} ${body["ConditionExpression"] ?? ""}`;
  const plain = (text.match(/(?<![#:\w])[a-z_]+(?= ?[=<>)])/g) ?? [])
    .filter((word) => word !== "attribute_not_exists");
  return [...new Set([...names, ...keys, ...plain])].toSorted();
}

Deno.test("a change mentions what it changes and compares, and nothing else", async () => {
  await using subject = await requests();
  await using store = await subject.open();
  const service = subject.service!;
  const last = () =>
    mentioned(service.requests.findLast(({ operation }) => operation === "UpdateItem")!);
  await store.create(PENDING);
  assertEquals(last(), [
    ...["account", "arn", "created_at", "duration_seconds", "id", "justification"],
    ...["pending_until", "profile", "role_arn", "status", "ttl", "updated_at", "user"],
  ]);
  await store.replace(PENDING, APPROVED);
  assertEquals(last(), ["approved_at", "decisions", "id", "status", "updated_at"]);
  await store.replace(APPROVED, { ...APPROVED, status: "ended", updatedAt: T0 + 9 });
  assertEquals(last(), ["id", "status", "updated_at"]);
  await store.create({ ...PENDING, id: idOf(2) });
  await store.replace({ ...PENDING, id: idOf(2) }, { ...CANCELLED, id: idOf(2) });
  assertEquals(last(), ["id", "status", "updated_at"]);
  // Approved by itself: nobody decided.
  await store.create({ ...PENDING, id: idOf(3), status: "approved", approvedAt: T0 });
  assert(!last().includes("decisions") && !last().includes("approved_at"));
  assertEquals(
    await store.get(idOf(3)),
    { ...PENDING, id: idOf(3), status: "approved", approvedAt: T0 },
  );
  for (const { operation, body } of service.requests) {
    assert(operation === "UpdateItem" || operation === "GetItem", operation);
    if (operation === "GetItem") continue;
    assert(body["ConditionExpression"] !== undefined);
    // What a write returns would count as accessed.
    assertEquals(body["ReturnValues"], undefined);
  }
});

Deno.test("a change is a write and a look; a listing is a call of the index and one of the table", async () => {
  await using subject = await requests();
  await using store = await subject.open();
  const service = subject.service!;
  service.reset();
  await store.create(PENDING);
  // The table and three indexes.
  assertEquals([service.count(), service.writeUnits()], [1, 4]);
  service.reset();
  await store.get(PENDING.id);
  assertEquals(service.requests.map(({ body }) => body["ConsistentRead"]), [true]);
  service.reset();
  assertEquals((await Array.fromAsync(store.listByStatus("pending"))).length, 1);
  assertEquals(service.requests.map(({ operation }) => operation), ["Query", "BatchGetItem"]);
  service.reset();
  await store.replace(PENDING, APPROVED);
  assertEquals(service.requests.map(({ operation }) => operation), ["UpdateItem", "GetItem"]);
  service.reset();
  assertEquals(await store.replace(PENDING, CANCELLED), { outcome: "conflict", record: APPROVED });
  assertEquals(service.requests.map(({ operation }) => operation), ["UpdateItem", "GetItem"]);
});

Deno.test("what an index still says of a record does not count", async () => {
  await using subject = await requests();
  await using store = await subject.open();
  await store.create(PENDING);
  const service = subject.service!;
  service.before("BatchGetItem", () => store.replace(PENDING, CANCELLED), { times: 1 });
  assertEquals(await Array.fromAsync(store.listByStatus("pending")), []);
});

Deno.test("a change whose answer was lost was made, once, and is told as made", async () => {
  await using subject = await requests();
  await using store = await subject.open();
  const service = subject.service!;
  service.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  await store.create(PENDING);
  service.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  assertEquals(await store.replace(PENDING, APPROVED), { outcome: "applied", record: APPROVED });
  assertEquals(service.count("UpdateItem"), 4);
  // The same where somebody was faster in truth.
  service.inject("UpdateItem", { kind: "reset" }, { times: 1 });
  assertEquals(await store.replace(PENDING, CANCELLED), { outcome: "conflict", record: APPROVED });
});

/** Stands in whatever the service says; must stand in nothing that we say. */
const CANARY = "CANARY arn:aws:iam::111122223333:user/alice";

Deno.test("faults are told in the words and with the codes of their kind of table", async () => {
  await using requestTable = await requests();
  await using eventTable = await breakGlass();
  await using requestStore = await requestTable.open();
  await using eventStore = await eventTable.open();
  const invocation = {
    id: idOf(1),
    user: "alice",
    profile: "prod",
    account: "123456789012",
    at: T0,
  };
  const calls = [
    ...[
      () => requestStore.create(PENDING),
      () => requestStore.get(PENDING.id),
      () => requestStore.replace(PENDING, APPROVED),
      () => Array.fromAsync(requestStore.listByUser("alice")),
    ].map((call) => ["request", requestTable, call] as const),
    ...[
      () => eventStore.create(sampleEvent()),
      () => eventStore.get(idOf(1)),
      () => eventStore.replace(sampleEvent(), closed(sampleEvent())),
      () => Array.fromAsync(eventStore.listByStatus("active")),
      () => eventStore.countInvocation(invocation, () => null),
    ].map((call) => ["break-glass", eventTable, call] as const),
  ];
  const meanings = [
    ["ResourceNotFoundException", "OVERRIDE_TABLE_INVALID", "there is no such table"],
    ["ValidationException", "OVERRIDE_TABLE_INVALID", "its keys or indexes are not those of a "],
    ["AccessDeniedException", "OVERRIDE_STORE_UNAVAILABLE", "AWS denies access"],
  ] as const;
  for (const [name, { service, table }, call] of calls) {
    for (const [type, code, reason] of meanings) {
      service!.reset();
      service!.inject("*", { kind: "error", status: 400, type, message: CANARY });
      const { code: found, message, suggestion } = await assertRejects(call, SentinelError);
      assertEquals(found, code, message);
      assertStringIncludes(message, `${name} table "${table}"`);
      assertStringIncludes(message, reason);
      const said = `${message} ${suggestion}`;
      assert(!said.includes("CANARY") && !/sessions?\b/.test(said), said);
    }
  }
});
