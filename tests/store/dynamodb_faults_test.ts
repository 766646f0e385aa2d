import { SentinelError } from "../../src/errors.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  createSessionTable,
  type DynamoDbFault,
  startDynamoDbEndpoint,
} from "../support/dynamodb_endpoint.ts";
import { openTableAt, startDynamoDbSubject } from "./dynamodb_subject.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

const TOUCH = { now: T0 + 1, lastAccessAt: T0 + 1, requests: 1, expiresAt: T0 + 20 * MINUTE };
const REVOCATION = { now: T0 + 2, by: "root", reason: "laptop stolen" };
/** Stands in whatever the service says; must stand in nothing that we say. */
const CANARY = "wJalrXUtnFEMI-CANARY-arn:aws:iam::111122223333:user/alice";

function everyCall(store: SessionStore): (() => Promise<unknown>)[] {
  return [
    () => store.create(sampleSession({ id: idOf(9) })),
    () => store.get(idOf(1)),
    () => store.touch(idOf(1), TOUCH),
    () => store.expire(idOf(1), T0),
    () => store.revoke(idOf(1), REVOCATION),
    () => Array.fromAsync(store.listByUser("alice")),
    () => Array.fromAsync(store.listByStatus("active")),
    () => Array.fromAsync(store.listByProfile("prod")),
    () => store.findActiveByServerInstance("server-1", T0),
  ];
}

/** Awaits the error and proves that it repeats nothing that the service said. */
async function faultOf(call: () => Promise<unknown>): Promise<SentinelError> {
  const error = await assertRejects(call, SentinelError);
  const { message, suggestion, details } = error;
  const said = JSON.stringify({ message, suggestion, details });
  assert(!said.includes("CANARY") && !said.includes("arn:"), said);
  assert(
    /^Cannot \w+ .+ in session table "|^Cannot \w+ .+ of session table "/.test(message),
    message,
  );
  assert(suggestion.length > 0);
  return error;
}

Deno.test("every answer of the service has a meaning, and its words are not repeated", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  const meanings: readonly [status: number, type: string, code: string, part: string][] = [
    [
      400,
      "ResourceNotFoundException",
      "SESSION_TABLE_INVALID",
      "no such table in region us-east-1",
    ],
    [400, "ValidationException", "SESSION_TABLE_INVALID", "keys or indexes"],
    [400, "AccessDeniedException", "SESSION_STORE_UNAVAILABLE", "denies access"],
    [400, "ExpiredTokenException", "SESSION_STORE_UNAVAILABLE", "have expired"],
    [400, "UnrecognizedClientException", "SESSION_STORE_UNAVAILABLE", "no credentials that"],
    [400, "InvalidSignatureException", "SESSION_STORE_UNAVAILABLE", "signature"],
    [400, "SerializationException", "SESSION_STORE_UNAVAILABLE", "400 (SerializationException)"],
    [403, "Odd\u001b[31mException", "SESSION_STORE_UNAVAILABLE", "answers 403"],
  ];
  for (const [status, type, code, part] of meanings) {
    for (const call of everyCall(store)) {
      subject.service.reset();
      subject.service.inject("*", { kind: "error", status, type, message: CANARY });
      const error = await faultOf(call);
      assertEquals(error.code, code, type);
      assertStringIncludes(error.message, part);
      assert(!error.message.includes("\u001b"), "printable");
      assertEquals(error.details["table"], "sessions");
    }
  }
  subject.service.reset();
  subject.service.inject("*", { kind: "error", status: 400, type: "AccessDeniedException" });
  const denied = await faultOf(() => store.touch(idOf(1), TOUCH));
  assertStringIncludes(denied.suggestion, "dynamodb:UpdateItem");
});

Deno.test("what passes is tried again once; what stays is told", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  const { service } = subject;
  await store.create(sampleSession());
  const faults: readonly [fault: DynamoDbFault, part: string][] = [
    [{ kind: "throttle" }, "throttles"],
    [{ kind: "error", status: 500, type: "InternalServerError", message: CANARY }, "answers 500"],
    [{ kind: "error", status: 503, type: "ServiceUnavailable", message: CANARY }, "answers 503"],
    [{ kind: "reset" }, "no connection (ECONNRESET)"],
  ];
  for (const [fault, part] of faults) {
    service.reset();
    service.inject("GetItem", fault, { times: 1 });
    assertEquals((await store.get(idOf(1)))?.status, "active");
    // Two reads, of the record and of its mark, and one of them again.
    assertEquals(service.count("GetItem"), 3);

    service.reset();
    service.inject("GetItem", fault);
    const error = await faultOf(() => store.get(idOf(1)));
    assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
    assertStringIncludes(error.message, part);
    assertEquals(service.count("GetItem"), 4, "two attempts of both reads");
  }
});

Deno.test("an answer that was lost does not undo what was done", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  const { service } = subject;
  service.inject("*", { kind: "lose-answer" }, { times: 1 });
  await store.create(sampleSession());
  assertEquals(service.count("PutItem"), 2);
  assertEquals(await store.get(idOf(1)), sampleSession());

  service.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  const result = await store.revoke(idOf(1), REVOCATION);
  assert(result.outcome !== "missing");
  assertEquals(result.record.status, "revoked");
  assertEquals(result.record.revokedBy, "root");
  assertEquals(await store.get(idOf(1)), result.record);
});

Deno.test("a call ends when its time is up, whatever the service does", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  const faults: readonly DynamoDbFault[] = [
    { kind: "hang" },
    { kind: "slow", ms: 5000 },
    { kind: "throttle" },
  ];
  for (const fault of faults) {
    subject.service.reset();
    subject.service.inject("*", fault);
    const started = performance.now();
    const calls = [
      (signal: AbortSignal) => store.create(sampleSession(), signal),
      (signal: AbortSignal) => store.get(idOf(1), signal),
      (signal: AbortSignal) => store.touch(idOf(1), TOUCH, signal),
      (signal: AbortSignal) => store.expire(idOf(1), T0, signal),
      (signal: AbortSignal) => store.revoke(idOf(1), REVOCATION, signal),
    ];
    await Promise.all(calls.map(async (call) => {
      const error = await faultOf(() => call(AbortSignal.timeout(30)));
      assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
    }));
    const tookMs = performance.now() - started;
    assert(tookMs < 1000, `${fault.kind} took ${tookMs} ms`);
  }
});

Deno.test("a read on a request's path survives a connection that died unseen", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  await store.create(sampleSession());
  subject.service.inject("GetItem", { kind: "hang" }, { times: 1 });
  const record = await store.get(idOf(1), AbortSignal.timeout(2000));
  assertEquals(record?.status, "active");
  assertEquals(subject.service.count("GetItem"), 3, "record, mark, and one of them again");
});

Deno.test("a service that is not there is told", async () => {
  const subject = await startDynamoDbSubject();
  await using store = await subject.open();
  await subject[Symbol.asyncDispose]();
  for (const call of everyCall(store)) {
    const error = await faultOf(call);
    assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
    assertStringIncludes(error.message, "no connection (ECONNREFUSED)");
  }
});

Deno.test("a table that is missing, or not one of sessions, is told", async () => {
  await using service = await startDynamoDbEndpoint();
  await service.call("CreateTable", {
    TableName: "other-key",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  });
  await service.call("CreateTable", {
    TableName: "no-index",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
  await createSessionTable(service, "sessions");
  for (const table of ["missing", "other-key", "no-index"]) {
    await using store = await openTableAt(service.url, table);
    for (const call of everyCall(store).slice(table === "no-index" ? 5 : 0)) {
      assertEquals((await faultOf(call)).code, "SESSION_TABLE_INVALID", table);
    }
  }
});

Deno.test("credentials that cannot be had end the call with their reason", async () => {
  await using subject = await startDynamoDbSubject();
  const expired = new SentinelError("AWS_REFUSED", "Cannot assume the role: denied", {
    suggestion: "Ask for it.",
  });
  await using refused = await subject.open({ credentials: () => Promise.reject(expired) });
  const error = await faultOf(() => refused.get(idOf(1)));
  assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
  assertStringIncludes(error.message, "Cannot assume the role: denied");
  assertEquals(error.suggestion, "Ask for it.");

  await using broken = await subject.open({
    credentials: () => Promise.reject(new Error(CANARY)),
  });
  await faultOf(() => broken.get(idOf(1)));

  await using silent = await subject.open({ credentials: () => new Promise(() => {}) });
  await faultOf(() => silent.get(idOf(1), AbortSignal.timeout(30)));
  assertEquals(subject.service.count(), 0);
});

Deno.test("keys that stay unprocessed end the listing", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  await store.create(sampleSession());
  const fault: DynamoDbFault = { kind: "unprocessed" };
  subject.service.inject("BatchGetItem", fault, { times: 2 });
  assertEquals((await Array.fromAsync(store.listByUser("alice"))).length, 1);
  assertEquals(subject.service.count("BatchGetItem"), 3);
  subject.service.inject("BatchGetItem", fault);
  const error = await faultOf(() => Array.fromAsync(store.listByUser("alice")));
  assertStringIncludes(error.message, "throttles");
});
