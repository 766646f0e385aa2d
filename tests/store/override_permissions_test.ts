/**
 * The IAM documents of tables of overrides, put to the test: each part can do its work with its own,
 * and a hostile requester with nothing but theirs can neither approve nor undo what approvers said.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { formatIamPolicy, tablePolicy, tableRoles } from "../../src/store/iam_policy.ts";
import { openBreakGlassStore, openRequestStore } from "../../src/store/open.ts";
import type { BreakGlassStore, RequestStore } from "../../src/store/override_store.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE, type TableKind } from "../../src/store/table_kind.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  createTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import {
  closed,
  decided,
  decisionOn,
  sampleEvent,
  sampleInvocation,
  sampleRequest,
} from "./override_samples.ts";
import { idOf, T0 } from "./session_samples.ts";

const REGION = "us-east-1";

/** Credentials that may do only what the printed IAM document says. */
function restricted(endpoint: DynamoDbEndpoint, kind: TableKind, role: string | null) {
  const accessKeyId = `AKIA${(role ?? "everything").toUpperCase().padEnd(16, "X")}`;
  const policy = tablePolicy({ kind, table: "overrides", region: REGION, role, kmsKey: null });
  endpoint.restrict(accessKeyId, formatIamPolicy(policy));
  return {
    region: REGION,
    endpoint: endpoint.url,
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey: "x" }),
  };
}

async function startTable(kind: TableKind) {
  const endpoint = await startDynamoDbEndpoint();
  await createTable(endpoint, { kind, name: "overrides" });
  return endpoint;
}

function ownerOf(endpoint: DynamoDbEndpoint) {
  return {
    region: REGION,
    endpoint: endpoint.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  };
}

const PENDING = sampleRequest();
const APPROVED = decided({ ...PENDING, id: idOf(2) }, decisionOn(PENDING));
const ENDED = { ...APPROVED, status: "ended", updatedAt: T0 + 9 } as const;
const HALF = sampleRequest({ id: idOf(3) });
const SELF = sampleRequest({ id: idOf(4), status: "approved", approvedAt: T0 });

type Work<Store> = Readonly<Record<string, (store: Store) => Promise<unknown>>>;

const REQUEST_WORK: Work<RequestStore> = {
  read: (store) => store.get(PENDING.id),
  listByUser: (store) => Array.fromAsync(store.listByUser("alice")),
  listByStatus: (store) => Array.fromAsync(store.listByStatus("pending")),
  listByProfile: (store) => Array.fromAsync(store.listByProfile("prod")),
  file: (store) => store.create(sampleRequest({ id: idOf(9) })),
  fileSelfApproved: (store) => store.create({ ...SELF, id: idOf(8) }),
  end: (store) => store.replace(APPROVED, ENDED),
  cancel: (store) => store.replace(PENDING, { ...PENDING, status: "cancelled", updatedAt: T0 + 1 }),
  approveHalf: (store) => store.replace(HALF, decided(HALF, decisionOn(HALF), 2)),
  approve: (store) => {
    const half = decided(HALF, decisionOn(HALF), 2);
    return store.replace(half, decided(half, decisionOn(HALF, { user: "carol" }), 2));
  },
  endByApprover: (store) => store.replace(SELF, decided(SELF, decisionOn(SELF, { kind: "end" }))),
};

const READS = ["read", "listByUser", "listByStatus", "listByProfile"];

const REQUEST_ALLOWED: Readonly<Record<string, readonly string[]>> = {
  requester: [...READS, "file", "fileSelfApproved", "cancel", "end"],
  // Whoever may end may also cancel: IAM does not look at values.
  approver: [...READS, "cancel", "end", "approveHalf", "approve", "endByApprover"],
  auditor: READS,
  server: READS,
};

const CLOSED = closed(sampleEvent());

const EVENT_WORK: Work<BreakGlassStore> = {
  read: (store) => store.get(idOf(1)),
  listByUser: (store) => Array.fromAsync(store.listByUser("alice")),
  listByStatus: (store) => Array.fromAsync(store.listByStatus("active")),
  listByProfile: (store) => Array.fromAsync(store.listByProfile("prod")),
  // The gate judges limits by it, whoever it runs as.
  invocations: (store) => store.invocations(),
  count: (store) => store.countInvocation(sampleInvocation({ id: idOf(7) }), () => null),
  countAgain: (store) => store.countInvocation(sampleInvocation({ id: idOf(8) }), () => null),
  invoke: (store) => store.create(sampleEvent({ id: idOf(9) })),
  close: (store) => store.replace(sampleEvent(), CLOSED),
};

const EVENT_ALLOWED: Readonly<Record<string, readonly string[]>> = {
  invoker: [...READS, "invocations", "count", "countAgain", "invoke", "close"],
  closer: [...READS, "invocations", "close"],
  auditor: [...READS, "invocations"],
  server: [...READS, "invocations"],
};

async function assertWork<Store>(
  store: Store,
  work: Work<Store>,
  allowed: readonly string[],
): Promise<void> {
  for (const [name, each] of Object.entries(work)) {
    if (allowed.includes(name)) {
      const { outcome = "applied" } = (await each(store) ?? {}) as { readonly outcome?: string };
      assertEquals(outcome, "applied", name);
      continue;
    }
    const error = await assertRejects(() => each(store), SentinelError);
    assertEquals(error.code, "OVERRIDE_STORE_UNAVAILABLE", name);
    assertStringIncludes(error.message, "AWS denies access", name);
  }
}

for (const role of tableRoles(REQUEST_TABLE)) {
  Deno.test(`permissions: a request table's ${role} can do its work, and no other's`, async () => {
    await using endpoint = await startTable(REQUEST_TABLE);
    await using owner = await openRequestStore("overrides", ownerOf(endpoint));
    for (const record of [PENDING, APPROVED, HALF, SELF]) await owner.create(record);
    const options = restricted(endpoint, REQUEST_TABLE, role);
    await using store = await openRequestStore("overrides", options);
    await assertWork(store, REQUEST_WORK, REQUEST_ALLOWED[role]!);
  });
}

for (const role of tableRoles(BREAKGLASS_TABLE)) {
  Deno.test(`permissions: a break-glass table's ${role} can do its work, and no other's`, async () => {
    await using endpoint = await startTable(BREAKGLASS_TABLE);
    await using owner = await openBreakGlassStore("overrides", ownerOf(endpoint));
    await owner.create(sampleEvent());
    await owner.countInvocation(sampleInvocation(), () => null);
    const options = restricted(endpoint, BREAKGLASS_TABLE, role);
    await using store = await openBreakGlassStore("overrides", options);
    await assertWork(store, EVENT_WORK, EVENT_ALLOWED[role]!);
  });
}

/** Sends what no program of ours sends; resolves to the name of the refusal, or `null`. */
async function send(
  { endpoint, credentials }: ReturnType<typeof restricted>,
  operation: string,
  body: Record<string, unknown>,
): Promise<string | null> {
  const { accessKeyId } = await credentials();
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260301T120000Z",
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260301/${REGION}/dynamodb/` +
        "aws4_request, SignedHeaders=host, Signature=00",
    },
    body: JSON.stringify({ TableName: "overrides", ...body }),
  });
  const answer = await response.json();
  return response.ok ? null : String(answer.__type).split("#").at(-1)!;
}

const KEY = (id: string) => ({ Key: { id: { S: id } } });
const VALUE = { ExpressionAttributeValues: { ":x": { S: "x" } } };

/** Ways to write the attribute `name` of the item `id`, or to get rid of it. */
function attacks(
  id: string,
  name: string,
): readonly (readonly [string, Record<string, unknown>])[] {
  const named = { ExpressionAttributeNames: { "#x": name } };
  return [
    ["UpdateItem", { ...KEY(id), ...VALUE, UpdateExpression: `SET ${name} = :x` }],
    ["UpdateItem", { ...KEY(id), ...VALUE, ...named, UpdateExpression: "SET #x = :x" }],
    ["UpdateItem", { ...KEY(id), UpdateExpression: `REMOVE ${name}` }],
    ["UpdateItem", { ...KEY(id), UpdateExpression: `SET updated_at = ${name}` }],
    ["UpdateItem", {
      ...KEY(id),
      AttributeUpdates: { [name]: { Action: "PUT", Value: { S: "x" } } },
    }],
    ["UpdateItem", { ...KEY(id), AttributeUpdates: { [name]: { Action: "DELETE" } } }],
    ["PutItem", { Item: { id: { S: id }, [name]: { S: "x" } } }],
    // It would erase what was decided.
    ["PutItem", { Item: { id: { S: id }, user: { S: "alice" } } }],
    ["DeleteItem", KEY(id)],
    ["BatchWriteItem", {
      RequestItems: { overrides: [{ PutRequest: { Item: { id: { S: id } } } }] },
    }],
  ];
}

Deno.test("permissions: a hostile requester writes no decision and no approval, and erases none", async () => {
  await using endpoint = await startTable(REQUEST_TABLE);
  await using owner = await openRequestStore("overrides", ownerOf(endpoint));
  await owner.create(PENDING);
  await owner.create({ ...APPROVED, status: "pending", approvedAt: null, decisions: [] });
  const denied = decided({ ...PENDING, id: idOf(2) }, decisionOn(PENDING, { kind: "deny" }));
  await owner.replace({ ...PENDING, id: idOf(2) }, denied);
  const requester = restricted(endpoint, REQUEST_TABLE, "requester");
  for (const id of [PENDING.id, denied.id, "guard"]) {
    for (const name of ["decisions", "approved_at"]) {
      for (const [operation, body] of attacks(id, name)) {
        const refusal = await send(requester, operation, body);
        assertEquals(refusal, "AccessDeniedException", `${operation} ${JSON.stringify(body)}`);
      }
    }
  }
  assertEquals(await owner.get(PENDING.id), PENDING);
  assertEquals(await owner.get(denied.id), denied);
  // What is left: a status that says more than any decision. The gate does not believe it.
  const forged = {
    ...KEY(PENDING.id),
    UpdateExpression: "SET #s = :x",
    ExpressionAttributeNames: { "#s": "status" },
    ExpressionAttributeValues: { ":x": { S: "approved" } },
  };
  assertEquals(await send(requester, "UpdateItem", forged), null);
  const record = (await owner.get(PENDING.id))!;
  assertEquals([record.status, record.decisions.length], ["approved", 0]);
});

Deno.test("permissions: an approver changes no scope; nobody but the invoker writes the history", async () => {
  await using endpoint = await startTable(REQUEST_TABLE);
  const approver = restricted(endpoint, REQUEST_TABLE, "approver");
  for (const name of ["user", "arn", "profile", "role_arn", "account", "duration_seconds", "ttl"]) {
    for (const [operation, body] of attacks(idOf(1), name)) {
      assertEquals(await send(approver, operation, body), "AccessDeniedException", name);
    }
  }
  await using events = await startTable(BREAKGLASS_TABLE);
  for (const role of tableRoles(BREAKGLASS_TABLE)) {
    const options = restricted(events, BREAKGLASS_TABLE, role);
    const write = { ...KEY("guard"), ...VALUE };
    const count = { ...write, UpdateExpression: "SET invocations = :x" };
    const refusal = await send(options, "UpdateItem", count);
    assertEquals(refusal, role === "invoker" ? null : "AccessDeniedException", role);
    for (const [operation, body] of attacks("guard", "closed_reason")) {
      assertEquals(await send(options, operation, body), "AccessDeniedException", role);
    }
    const elsewhere = { ...KEY(idOf(1)), ...VALUE, UpdateExpression: "SET invocations = :x" };
    assertEquals(await send(options, "UpdateItem", elsewhere), "AccessDeniedException", role);
  }
});

Deno.test("permissions: whoever makes a table of overrides writes no record in it", () => {
  for (const kind of [REQUEST_TABLE, BREAKGLASS_TABLE]) {
    const { Statement } = tablePolicy({
      kind,
      table: "overrides",
      region: null,
      role: null,
      kmsKey: null,
    });
    const actions = Statement.flatMap(({ Action }) => Action);
    assert(actions.includes("dynamodb:DeleteItem"));
    assert(!actions.some((action) => /PutItem|UpdateItem|BatchWrite/.test(action)));
    for (const role of tableRoles(kind)) {
      const { Statement } = tablePolicy({
        kind,
        table: "overrides",
        region: null,
        role,
        kmsKey: null,
      });
      const ofRole = Statement.flatMap(({ Action }) => Action);
      assert(!ofRole.some((action) => /PutItem|Delete|BatchWrite|Scan|Table/.test(action)), role);
    }
  }
});
