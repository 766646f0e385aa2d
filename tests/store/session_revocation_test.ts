import { SentinelError } from "../../src/errors.ts";
import { openSessionStore } from "../../src/store/open.ts";
import {
  type RevocationOutcome,
  revokeEach,
  revokeSession,
} from "../../src/store/session_revocation.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

const REVOCATION = { now: T0 + MINUTE, by: "root", reason: "laptop stolen" };

function open(endpoint: DynamoDbEndpoint): Promise<SessionStore> {
  return openSessionStore("sessions", {
    region: "us-east-1",
    endpoint: endpoint.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  });
}

Deno.test("revokeSession() tells what it stopped, what was over, and what does not exist", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  await using store = await open(endpoint);
  await store.create(sampleSession());
  await store.create(sampleSession({ id: idOf(2), expiresAt: T0 + 1 }));
  await store.create(sampleSession({ id: idOf(3), status: "expired" }));
  const kinds: (readonly [string, string])[] = [];
  for (const id of [1, 1, 2, 3, 4].map(idOf)) {
    const now = REVOCATION.now + kinds.length;
    const outcome = await revokeSession(store, id, { ...REVOCATION, now });
    kinds.push([
      outcome.kind,
      outcome.kind === "failed" ? outcome.error.code : outcome.record.status,
    ]);
  }
  assertEquals(kinds, [
    ["stopped", "revoked"],
    ["over", "revoked"],
    // It had run out, and is revoked all the same.
    ["over", "revoked"],
    ["over", "expired"],
    ["failed", "SESSION_NOT_FOUND"],
  ]);
});

Deno.test("revokeSession() knows its own work again when the answer to it was lost", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  await using store = await open(endpoint);
  await store.create(sampleSession());
  endpoint.inject("UpdateItem", { kind: "lose-answer" }, { times: 1 });
  const outcome = await revokeSession(store, idOf(1), REVOCATION);
  assertEquals(outcome.kind, "stopped");
});

Deno.test("two administrators at once: each session is stopped by exactly one of them", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  await using store = await open(endpoint);
  const ids = Array.from({ length: 24 }, (_, index) => idOf(index));
  for (const id of ids) await store.create(sampleSession({ id }));
  const administrators = await Promise.all(["ann", "ben"].map(async (by) => {
    await using own = await open(endpoint);
    const order = by === "ann" ? ids : ids.toReversed();
    const revoke = (id: string) => revokeSession(own, id, { ...REVOCATION, by });
    return await Array.fromAsync(revokeEach(order, revoke));
  }));
  const stopped = administrators.flat().filter(({ kind }) => kind === "stopped");
  assertEquals(stopped.map(({ id }) => id).sort(), ids);
  assert(administrators.flat().every(({ kind }) => kind !== "failed"));
  for (const outcome of stopped) {
    const record = await store.get(outcome.id);
    assert(outcome.kind !== "failed" && record !== null);
    assertEquals(record.revokedBy, outcome.record.revokedBy, "who stopped it stands in the record");
  }
});

for (const kind of ["DynamoDB", "SQLite"]) {
  Deno.test(`a server that touches without pause cannot outrun a revocation: ${kind}`, async () => {
    const directory = await Deno.makeTempDir();
    await using endpoint = await startDynamoDbEndpoint();
    try {
      const handle = () =>
        kind === "SQLite" ? openSessionStore(`sqlite:${directory}/s.db`) : open(endpoint);
      if (kind === "DynamoDB") await createSessionTable(endpoint, "sessions");
      await using server = await handle();
      await using administrator = await handle();
      await server.create(sampleSession());
      let now = T0;
      let acknowledged = false;
      let applied = 0;
      let appliedAfterwards = 0;
      const touch = async () => {
        const begunAfterwards = acknowledged;
        now++;
        const result = await server.touch(idOf(1), {
          now,
          lastAccessAt: now,
          requests: 1,
          expiresAt: now + 15 * MINUTE,
        });
        if (result.outcome !== "applied") return;
        applied++;
        if (begunAfterwards) appliedAfterwards++;
      };
      let stop = false;
      const touching = Array.from({ length: 8 }, async () => {
        while (!stop) {
          await touch();
          // SQLite answers without leaving the turn; the others must have theirs.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      });
      while (applied < 50) await new Promise((resolve) => setTimeout(resolve, 1));
      const outcome = await revokeSession(administrator, idOf(1), { ...REVOCATION, now: T0 + 1 });
      acknowledged = true;
      for (let late = 0; late < 30; late++) await touch();
      stop = true;
      await Promise.all(touching);
      assertEquals(outcome.kind, "stopped");
      assertEquals(appliedAfterwards, 0);
      const record = await server.get(idOf(1));
      assertEquals([record?.status, record?.revokedBy], ["revoked", "root"]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

const failed = (id: string): RevocationOutcome => ({
  kind: "failed",
  id,
  error: new SentinelError("SESSION_STORE_UNAVAILABLE", "away"),
});
const stopped = (id: string): RevocationOutcome => ({
  kind: "stopped",
  id,
  record: sampleSession({ id }),
});

Deno.test("revokeEach() goes on after failures, and gives up on a store that is gone", async () => {
  const ids = Array.from({ length: 200 }, (_, index) => idOf(index));
  const sometimes = await Array.fromAsync(
    revokeEach(
      ids,
      (id) => Promise.resolve(Number(`0x${id}`) % 5 === 0 ? stopped(id) : failed(id)),
    ),
  );
  assertEquals(sometimes.map(({ id }) => id).sort(), ids);
  const never = await Array.fromAsync(revokeEach(ids, (id) => Promise.resolve(failed(id))));
  assert(never.length >= 16 && never.length <= 24, `${never.length} tries`);
  assertEquals(await Array.fromAsync(revokeEach([], () => Promise.reject(new Error()))), []);
});

Deno.test("revokeEach() has a bounded number under way, and one that hangs holds up no other", async () => {
  const ids = Array.from({ length: 40 }, (_, index) => idOf(index));
  const hanging = Promise.withResolvers<RevocationOutcome>();
  let underway = 0;
  let most = 0;
  const outcomes: string[] = [];
  for await (
    const { id } of revokeEach(ids, async (id) => {
      most = Math.max(most, ++underway);
      await Promise.resolve();
      const outcome = id === idOf(0) ? await hanging.promise : stopped(id);
      underway--;
      return outcome;
    })
  ) {
    outcomes.push(id);
    if (outcomes.length === 39) hanging.resolve(stopped(idOf(0)));
  }
  assertEquals(outcomes.at(-1), idOf(0));
  assertEquals(outcomes.length, 40);
  assertEquals(most, 8);
});
