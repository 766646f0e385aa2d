import { SentinelError } from "../../src/errors.ts";
import { formatIamPolicy, tablePolicy } from "../../src/store/iam_policy.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { openSessionStore } from "../../src/store/open.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
} from "../support/dynamodb_endpoint.ts";
import { idOf, MINUTE, sampleSession, T0 } from "./session_samples.ts";
import { describeSessionStore } from "./session_store_contract.ts";

type Role = "server" | "revoker" | "auditor";

/** The table as somebody sees it who may do only what the printed IAM document says. */
async function openRestricted(endpoint: DynamoDbEndpoint, role: Role | null) {
  const accessKeyId = `AKIA${(role ?? "everything").toUpperCase().padEnd(16, "X")}`;
  endpoint.restrict(
    accessKeyId,
    formatIamPolicy(
      tablePolicy({
        kind: SESSION_TABLE,
        table: "sessions",
        region: "us-east-1",
        role,
        kmsKey: null,
      }),
    ),
  );
  return await openSessionStore("sessions", {
    region: "us-east-1",
    endpoint: endpoint.url,
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey: "x" }),
  });
}

describeSessionStore("DynamoDB (with no more than its IAM document allows)", {
  async setup() {
    const endpoint = await startDynamoDbEndpoint();
    await createSessionTable(endpoint, "sessions");
    return {
      table: "sessions",
      endpoint: endpoint.url,
      open: () => openRestricted(endpoint, null),
      [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
    };
  },
  histories: 5,
});

const REVOCATION = { now: T0 + MINUTE, by: "root", reason: "laptop stolen" };

/** What each part of the program does to a table. */
const WORK = {
  create: (store) => store.create(sampleSession({ id: idOf(9) })),
  get: (store) => store.get(idOf(1)),
  touch: (store) =>
    store.touch(idOf(1), { now: T0, lastAccessAt: T0, requests: 1, expiresAt: T0 + 15 * MINUTE }),
  expire: (store) => store.expire(idOf(2), T0),
  revoke: (store) => store.revoke(idOf(1), REVOCATION),
  revokeAgain: (store) => store.revoke(idOf(1), REVOCATION),
  listByUser: (store) => Array.fromAsync(store.listByUser("alice")),
  listByProfile: (store) => Array.fromAsync(store.listByProfile("prod")),
  listByStatus: (store) => Array.fromAsync(store.listByStatus("revoked")),
} as const satisfies Record<string, (store: SessionStore) => Promise<unknown>>;

// IAM cannot tell one update of an item from another: who may touch may also revoke.
const READS = ["get", "listByUser", "listByProfile", "listByStatus"];
const ALLOWED: Readonly<Record<Role, readonly string[]>> = {
  server: ["create", "get", "touch", "expire", "revoke", "revokeAgain"],
  revoker: [...READS, "touch", "expire", "revoke", "revokeAgain"],
  auditor: READS,
};

for (const role of ["server", "revoker", "auditor"] as const) {
  Deno.test(`permissions: a ${role} can do its work with its IAM document, and no other's`, async () => {
    await using endpoint = await startDynamoDbEndpoint();
    await createSessionTable(endpoint, "sessions");
    await using owner = await openRestricted(endpoint, null);
    await owner.create(sampleSession());
    await owner.create(sampleSession({ id: idOf(2) }));
    await using store = await openRestricted(endpoint, role);
    for (const [name, work] of Object.entries(WORK)) {
      if (ALLOWED[role].includes(name)) {
        await work(store);
        continue;
      }
      const error = await assertRejects(() => work(store), SentinelError);
      assertEquals(error.code, "SESSION_STORE_UNAVAILABLE", name);
      assertStringIncludes(error.message, "AWS denies access", name);
    }
  });
}

Deno.test("permissions: who may not write sees a revocation that a replica undid all the same", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions");
  await using owner = await openRestricted(endpoint, null);
  await owner.create(sampleSession());
  const key = { TableName: "sessions", Key: { id: { S: idOf(1) } } };
  const before = await endpoint.call("GetItem", key);
  await owner.revoke(idOf(1), REVOCATION);
  // The other region's version of the whole item came last.
  await endpoint.call("PutItem", { TableName: "sessions", Item: before["Item"] });
  await using auditor = await openRestricted(endpoint, "auditor");
  assertEquals((await auditor.get(idOf(1)))?.status, "revoked");
});
