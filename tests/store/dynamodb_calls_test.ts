import { SentinelError } from "../../src/errors.ts";
import { writeSession } from "../../src/store/session_attributes.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { type DynamoDbSubject, startDynamoDbSubject } from "./dynamodb_subject.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

const TOUCH = { now: T0 + 1, lastAccessAt: T0 + 1, requests: 3, expiresAt: T0 + 20 * MINUTE };
const HEARTBEAT = { ...TOUCH, now: T0 + 2, lastAccessAt: null, requests: 0 };
const REVOCATION = { now: T0 + 2, by: "root", reason: "laptop stolen" };

/** Puts an item into the table as another program might have. */
async function put(subject: DynamoDbSubject, attributes: Record<string, unknown>): Promise<void> {
  const item: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") item[name] = { S: value };
    else if (typeof value === "number") item[name] = { N: String(value) };
    else if (value !== null && value !== undefined) item[name] = value;
  }
  await subject.service.call("PutItem", { TableName: subject.table, Item: item });
}

async function ids(sessions: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  return (await Array.fromAsync(sessions)).map((session) => session.id);
}

const COSTS = {
  narrow: { create: 5, touch: 1, heartbeat: 1, expire: 5, revoke: 5, refused: 1 },
  all: { create: 5, touch: 5, heartbeat: 5, expire: 7, revoke: 7, refused: 1 },
} as const;

for (const projection of ["narrow", "all"] as const) {
  Deno.test(`each change of a record is one call and costs what it must (${projection})`, async () => {
    await using subject = await startDynamoDbSubject({ projection });
    await using store = await subject.open();
    const { service } = subject;
    const costs = COSTS[projection];
    async function cost(change: () => Promise<unknown>, calls = 1): Promise<number> {
      service.reset();
      await change();
      assertEquals(service.count(), calls, "calls");
      assertEquals(service.readUnits(), 0);
      return service.writeUnits();
    }
    assertEquals(await cost(() => store.create(sampleSession())), costs.create);
    assertEquals(await cost(() => store.touch(idOf(1), TOUCH)), costs.touch);
    assertEquals(await cost(() => store.touch(idOf(1), HEARTBEAT)), costs.heartbeat);
    // The record and its mark.
    assertEquals(await cost(() => store.revoke(idOf(1), REVOCATION), 2), costs.revoke + 1);
    assertEquals(await cost(() => store.touch(idOf(1), TOUCH)), costs.refused);
    assertEquals(await cost(() => store.expire(idOf(1), T0)), costs.refused);
    await store.create(sampleSession({ id: idOf(2) }));
    assertEquals(await cost(() => store.expire(idOf(2), T0)), costs.expire);

    service.reset();
    assertEquals((await store.get(idOf(1)))?.status, "revoked");
    // The record and its mark, at the same time.
    assertEquals([service.count("GetItem"), service.count(), service.readUnits()], [2, 2, 2]);
    for (const { body } of service.requests) assertEquals(body["ConsistentRead"], true);
  });
}

Deno.test("a listing of whole index entries costs no second call, one of keys a call a page", async () => {
  for (const projection of ["narrow", "all"] as const) {
    await using subject = await startDynamoDbSubject({ projection });
    await using store = await subject.open();
    for (let number = 0; number < 5; number++) {
      await store.create(sampleSession({ id: idOf(number), createdAt: T0 + number }));
    }
    await store.revoke(idOf(2), REVOCATION);
    subject.service.reset();
    assertEquals(await ids(store.listByUser("alice")), [4, 3, 2, 1, 0].map(idOf));
    assertEquals(await ids(store.listByStatus("revoked")), [idOf(2)]);
    assertEquals(subject.service.count("Query"), 2);
    assertEquals(subject.service.count("BatchGetItem"), projection === "narrow" ? 2 : 0);
    assertEquals(subject.service.count(), projection === "narrow" ? 4 : 2);
  }
});

Deno.test("a touch that would take the expiry back is counted by a second call", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  await store.create(sampleSession());
  subject.service.reset();
  // Between the two calls somebody revokes the session: the second must see it.
  let updates = 0;
  subject.service.before("UpdateItem", async () => {
    if (++updates === 2) await revokeBehindTheBack(subject);
  });
  const result = await store.touch(idOf(1), { ...TOUCH, expiresAt: T0 });
  assertEquals(result.outcome, "unchanged");
  assertEquals((await store.get(idOf(1)))?.requestCount, 0);
  assertEquals(subject.service.count("UpdateItem"), 2);
});

async function revokeBehindTheBack({ service, table }: DynamoDbSubject): Promise<void> {
  await service.call("UpdateItem", {
    TableName: table,
    Key: { id: { S: idOf(1) } },
    UpdateExpression: "SET #status = :revoked, revoked_by = :by",
    ExpressionAttributeNames: { "#status": "status" },
    ExpressionAttributeValues: { ":revoked": { S: "revoked" }, ":by": { S: "eve" } },
  });
}

Deno.test("a revocation that comes just before another change prevents it", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  const changes = [
    () => store.touch(idOf(1), TOUCH),
    () => store.touch(idOf(1), { ...TOUCH, expiresAt: T0 }),
    () => store.expire(idOf(1), T0),
    () => store.revoke(idOf(1), REVOCATION),
  ];
  for (const change of changes) {
    await put(subject, writeSession(sampleSession()));
    subject.service.before("UpdateItem", () => revokeBehindTheBack(subject), { times: 1 });
    const result = await change();
    assertEquals(result.outcome, "unchanged");
    const record = sampleSession({ status: "revoked", revokedBy: "eve" });
    assertEquals(result, { outcome: "unchanged", record });
    assertEquals(await store.get(idOf(1)), record);
  }
});

Deno.test("an endpoint that keeps the old item to itself is asked again", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  await store.create(sampleSession());
  subject.service.inject("*", { kind: "without-old-item" });
  await store.create(sampleSession());
  const error = await assertRejects(
    () => store.create(sampleSession({ serverInstanceId: "other" })),
    SentinelError,
    "belongs to another server",
  );
  assertEquals(error.code, "SESSION_STORE_UNAVAILABLE");
  assertEquals((await store.touch(idOf(1), { ...TOUCH, expiresAt: T0 })).outcome, "applied");
  assertEquals(
    (await store.touch(idOf(1), { ...TOUCH, now: T0 + 60 * MINUTE })).outcome,
    "unchanged",
  );
  assertEquals((await store.revoke(idOf(1), REVOCATION)).outcome, "applied");
  const revoked = await store.get(idOf(1));
  assertEquals(await store.touch(idOf(1), TOUCH), { outcome: "unchanged", record: revoked! });
  assertEquals(await store.expire(idOf(1), T0), { outcome: "unchanged", record: revoked! });
  assertEquals(await store.revoke(idOf(1), REVOCATION), { outcome: "unchanged", record: revoked! });
  assertEquals(await store.revoke(idOf(2), REVOCATION), { outcome: "missing" });
});

Deno.test("records of the earlier program are read, listed, expired and revoked", async () => {
  for (const projection of ["narrow", "all"] as const) {
    await using subject = await startDynamoDbSubject({ projection });
    await using store = await subject.open();
    const old = {
      user: "alice",
      profile: "prod",
      server_instance_id: "server-1",
      status: "active",
      started_at: "2026-03-01T12:00:00Z",
      last_access_at: "2026-03-01T12:00:00.123456789Z",
      expires_at: "2026-03-01T14:15:00+02:00",
      created_at: "2026-03-01T12:00:00Z",
      updated_at: "2026-03-01T12:00:00Z",
      request_count: 4,
      origin: { M: { host: { S: "laptop" } } },
      tags: { SS: ["a"] },
    };
    await put(subject, { ...old, id: idOf(1) });
    await put(subject, { ...old, id: idOf(2) });
    const record = sampleSession({
      requestCount: 4,
      lastAccessAt: T0 + 123,
      sourceIdentity: null,
    });
    assertEquals(await store.get(idOf(1)), record);
    assertEquals((await ids(store.listByUser("alice"))).sort(), [idOf(1), idOf(2)]);
    const revoked = await store.revoke(idOf(1), REVOCATION);
    assertEquals(revoked.outcome, "applied");
    assertEquals((await store.expire(idOf(2), T0)).outcome, "applied");
    assertEquals(await ids(store.listByStatus("revoked")), [idOf(1)]);
    const { body } = await subject.service.call("GetItem", {
      TableName: subject.table,
      Key: { id: { S: idOf(1) } },
    }).then(({ Item }) => ({ body: Item as Record<string, unknown> }));
    assertEquals(body["tags"], { SS: ["a"] }, "what is not ours stays");
  }
});

Deno.test("a record that cannot be judged is an error by id and no line of a list", async () => {
  const stored = writeSession(sampleSession());
  const faults: Record<string, unknown>[] = [
    { status: "paused" },
    { expires_at: T0 / 1000 },
    { expires_at: undefined },
    { expires_at: { S: "tomorrow" } },
    { expires_at: { BOOL: true } },
    { expires_at: { NULL: true } },
    { expires_at: { L: [] } },
  ];
  for (const projection of ["narrow", "all"] as const) {
    await using subject = await startDynamoDbSubject({ projection });
    await using store = await subject.open();
    for (const [index, fault] of faults.entries()) {
      const id = idOf(100 + index);
      await put(subject, { ...stored, ...fault, id });
      const uses: (() => Promise<unknown>)[] = [() => store.get(id), () => store.touch(id, TOUCH)];
      if (fault["status"] !== undefined) {
        uses.push(() => store.expire(id, T0), () => store.revoke(id, REVOCATION));
      }
      for (const use of uses) {
        assertEquals((await assertRejects(use, SentinelError)).code, "SESSION_RECORD_INVALID");
      }
    }
    await store.create(sampleSession());
    assertEquals(await ids(store.listByUser("alice")), [idOf(1)]);
    assertEquals(await ids(store.listByUser("alice", { limit: 1 })), [idOf(1)]);
    assertEquals(await ids(store.listByStatus("active")), [idOf(1)]);
    assertEquals((await store.findActiveByServerInstance("server-1", T0))?.id, idOf(1));
  }
});

Deno.test("a record that goes while it is listed is passed over; one that moves on too", async () => {
  await using subject = await startDynamoDbSubject();
  await using store = await subject.open();
  for (const number of [1, 2, 3]) {
    await store.create(sampleSession({ id: idOf(number), createdAt: T0 + number }));
  }
  subject.service.before("BatchGetItem", async () => {
    await revokeBehindTheBack(subject);
    await subject.service.call("DeleteItem", {
      TableName: subject.table,
      Key: { id: { S: idOf(2) } },
    });
  }, { times: 1 });
  assertEquals(await ids(store.listByStatus("active")), [idOf(3)]);
  assertEquals(await ids(store.listByUser("alice")), [idOf(3), idOf(1)]);
});

Deno.test("pages that end at a megabyte and keys that were left over lose nothing", async () => {
  for (const projection of ["narrow", "all"] as const) {
    await using subject = await startDynamoDbSubject({ projection });
    await using store = await subject.open();
    const total = 150;
    const ballast = "x".repeat(15_000);
    for (let number = 0; number < total; number++) {
      const session = sampleSession({ id: idOf(number), createdAt: T0 + number });
      await put(subject, { ...writeSession(session), ballast });
    }
    subject.service.reset();
    const expected = Array.from({ length: total }, (_, index) => idOf(total - 1 - index));
    assertEquals(await ids(store.listByUser("alice")), expected);
    const { service } = subject;
    if (projection === "narrow") {
      assert(service.count("BatchGetItem") > service.count("Query"), "some keys were left over");
    } else assert(service.count("Query") > 2, "a page ended before its hundredth item");
    assertEquals(await ids(store.listByUser("alice", { limit: 120 })), expected.slice(0, 120));
  }
});
