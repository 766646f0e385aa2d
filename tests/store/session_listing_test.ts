import fc from "fast-check";
import { SESSION_STATUSES, type SessionRecord } from "../../src/state/session.ts";
import { matches, type SessionQuery } from "../../src/state/session_query.ts";
import { openSessionStore } from "../../src/store/open.ts";
import { listSessions } from "../../src/store/session_listing.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { assertEquals } from "../support/assert.ts";
import {
  createSessionTable,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const NOW = T0 + 60 * MINUTE;
const ANY: SessionQuery = { user: null, profile: null, status: null, since: null };

/** Sessions of all kinds; no two begin at the same moment. */
function population(count: number): SessionRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const createdAt = T0 + index * 1000;
    const status = SESSION_STATUSES[index % 3]!;
    return sampleSession({
      id: idOf(index),
      user: ["alice", "bob"][index % 2]!,
      profile: ["prod", "dev", "test"][Math.floor(index / 2) % 3]!,
      status,
      createdAt,
      // Every fifth that is stored as active has run out.
      expiresAt: index % 5 === 0 ? NOW - 1 : NOW + MINUTE,
      ...(status === "revoked" && { revokedBy: "root", revokedReason: "x" }),
    });
  });
}

async function check(store: SessionStore, all: readonly SessionRecord[], runs: number) {
  const optional = <T>(...values: T[]) => fc.constantFrom(null, ...values);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        user: optional("alice", "bob", "nobody"),
        profile: optional("prod", "dev"),
        status: optional(...SESSION_STATUSES),
        since: optional(T0 + 20_000, T0 + 100_000),
      }),
      fc.constantFrom(undefined, 0, 1, 7, 1000),
      async (query, limit) => {
        const expected = all.filter((record) => matches(query, record, NOW))
          .sort((a, b) => b.createdAt - a.createdAt).slice(0, limit)
          .map(({ id }) => id);
        const options = { now: NOW, ...(limit !== undefined && { limit }) };
        const found = await Array.fromAsync(listSessions(store, query, options));
        assertEquals(found.map(({ id }) => id), expected);
      },
    ),
    { numRuns: runs },
  );
}

Deno.test("listSessions() gives what matches, newest first, up to the limit: SQLite", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using store = await openSessionStore(`sqlite:${directory}/s.db`);
    const all = population(250);
    for (const record of all) await store.create(record);
    await check(store, all, 60);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

for (const projection of ["narrow", "all"] as const) {
  Deno.test(`listSessions() gives what matches, newest first: DynamoDB, ${projection} indexes`, async () => {
    await using endpoint = await startDynamoDbEndpoint();
    await createSessionTable(endpoint, "sessions", { projection });
    await using store = await openSessionStore("sessions", {
      region: "us-east-1",
      endpoint: endpoint.url,
      credentials: () => Promise.resolve(TEST_CREDENTIALS),
    });
    const all = population(130);
    for (const record of all) await store.create(record);
    await check(store, all, 25);
  });
}

/** A store that lists what it is told and remembers which lists were left open. */
function listingStore(lists: Readonly<Record<string, SessionRecord[]>>) {
  const open = new Set<string>();
  const fault = () => {
    throw new Error("not listed here");
  };
  const store: Partial<SessionStore> = {
    listByUser: fault,
    listByProfile: fault,
    async *listByStatus(status) {
      open.add(status);
      try {
        yield* lists[status] ?? [];
      } finally {
        open.delete(status);
      }
    },
  };
  return { store: store as SessionStore, open };
}

Deno.test("listSessions(): a session that changes under the listing is given once", async () => {
  const at = (id: number, minute: number, changes: Partial<SessionRecord> = {}) =>
    sampleSession({
      id: idOf(id),
      createdAt: T0 + minute * MINUTE,
      expiresAt: NOW * 2,
      ...changes,
    });
  const { store, open } = listingStore({
    active: [at(4, 4), at(3, 3), at(2, 3), at(1, 1)],
    revoked: [at(3, 3, { status: "revoked" }), at(5, 3, { status: "revoked" })],
    expired: [at(2, 3, { status: "expired" }), at(0, 0, { status: "expired" })],
  });
  const found = await Array.fromAsync(listSessions(store, ANY, { now: NOW }));
  assertEquals(found.map(({ id }) => id).sort(), [0, 1, 2, 3, 4, 5].map(idOf));
  assertEquals(open.size, 0);
});

Deno.test("listSessions() closes every list when its reader has enough", async () => {
  const many = Array.from({ length: 9 }, (_, index) => sampleSession({ id: idOf(index) }));
  const { store, open } = listingStore({ active: many, revoked: [], expired: many });
  for await (const _ of listSessions(store, ANY, { now: T0, limit: 1 })) { /* one */ }
  assertEquals(open.size, 0);
});
