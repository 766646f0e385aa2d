/**
 * `sentinel init approvals`, `init breakglass` and `init status` against DynamoDB's API and in files:
 * what they make is what the stores work in, and what they say of it is true.
 *
 * @module
 */
import { openBreakGlassStore, openRequestStore } from "../../src/store/open.ts";
import {
  BREAKGLASS_TABLE,
  REQUEST_TABLE,
  SESSION_TABLE,
  type TableKind,
} from "../../src/store/table_kind.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { createTable, TEST_CREDENTIALS } from "../support/dynamodb_endpoint.ts";
import { openBench } from "../support/init_bench.ts";
import { sampleEvent, sampleInvocation, sampleRequest } from "../store/override_samples.ts";

type Bench = Awaited<ReturnType<typeof openBench>>;

function optionsOf({ endpoint }: Bench) {
  return {
    region: "us-east-1",
    endpoint: endpoint.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  };
}

async function writePolicy({ home }: Bench, text: string): Promise<string> {
  const path = `${home}/policy.yaml`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

/** A table that somebody made without an index. */
async function createWithout(
  { endpoint }: Bench,
  missing: string,
  { kind, name }: { readonly kind: TableKind; readonly name: string },
): Promise<void> {
  const indexes = kind.indexes.filter((index) => index.name !== missing);
  await createTable(endpoint, { kind: { ...kind, indexes }, name });
}

const FULL_POLICY = `
version: "1"
rules:
  - { name: tracked, effect: require_server_session, session_table: prod-sessions }
  - { name: other, effect: require_approval }
approvals:
  - { name: leads, approvers: [lead] }
break_glass:
  - { name: oncall, users: [alice] }
`;

async function statusOf(bench: Bench, args: readonly string[]) {
  const { code, stdout, stderr } = await bench.run(["init", "status", "-o", "json", ...args]);
  assertEquals(stderr, "");
  const status = JSON.parse(stdout);
  const tables = status.tables.map((
    { kind, table, state, needed }: Record<string, unknown>,
  ) => `${kind} ${table}: ${state}${needed ? "" : ", not needed"}`);
  return { code, status, tables };
}

for (const command of ["approvals", "breakglass"] as const) {
  Deno.test(`init ${command}: makes the table, knows it again, repairs it`, async () => {
    await using bench = await openBench();
    const { endpoint } = bench;
    const made = await bench.run(["init", command, "--yes"]);
    assertEquals(made.code, 0, made.stderr);
    assertMatch(made.stdout, /^Sentinel Init (Approvals|Breakglass)\n/);
    const variable = command === "approvals"
      ? "SENTINEL_REQUEST_TABLE=sentinel-requests"
      : "SENTINEL_BREAKGLASS_TABLE=sentinel-breakglass";
    assertStringIncludes(made.stdout, `export ${variable}`);
    if (command === "approvals") {
      await using store = await openRequestStore("sentinel-requests", optionsOf(bench));
      await store.create(sampleRequest());
      assertEquals(await Array.fromAsync(store.listByStatus("pending")), [sampleRequest()]);
    } else {
      await using store = await openBreakGlassStore("sentinel-breakglass", optionsOf(bench));
      assertEquals(await store.countInvocation(sampleInvocation(), () => null), null);
      await store.create(sampleEvent());
      assertEquals(await Array.fromAsync(store.listByProfile("prod")), [sampleEvent()]);
    }
    const again = await bench.run(["init", command, "--yes"]);
    assertStringIncludes(again.stdout, "already exists and has all it needs.");
    assert(!again.calls.some((call) => /Create|Update/.test(call)));

    // A table without an index gets it; what is no such table is left alone.
    const kind = command === "approvals" ? REQUEST_TABLE : BREAKGLASS_TABLE;
    await createWithout(bench, "gsi-user", { kind, name: "half" });
    const repaired = await bench.run(["init", command, "--yes", "--table", "half"]);
    assertEquals(repaired.code, 0, repaired.stderr);
    assertStringIncludes(repaired.stdout, "add index gsi-user (user, created_at)");
    await endpoint.call("CreateTable", {
      TableName: "foreign",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    });
    const refused = await bench.run(["init", command, "--yes", "--table", "foreign"]);
    assertEquals(refused.code, 78);
    const [word, records] = command === "approvals"
      ? ["request", "approval requests"]
      : ["break-glass", "break-glass events"];
    assertStringIncludes(refused.stdout, `already exists and is no ${word} table:`);
    assertStringIncludes(refused.stderr, `Cannot use table "foreign" for ${records}: its key is`);
  });
}

Deno.test("init: one file holds sessions, approvals and break-glass events", async () => {
  await using bench = await openBench();
  const table = `sqlite:${bench.home}/all.db`;
  for (const command of ["sessions", "approvals", "breakglass"]) {
    const plan = await bench.run(["init", command, "--table", table, "--plan"]);
    assertStringIncludes(plan.stdout, "The table does not exist.\nTo do:\n  + create the ");
    const made = await bench.run(["init", command, "--table", table, "--yes"]);
    assertEquals(made.code, 0, made.stderr);
    assertStringIncludes(made.stdout, "is ready.");
    const again = await bench.run(["init", command, "--table", table, "--plan"]);
    assertStringIncludes(again.stdout, "The table already exists.");
  }
  await using requests = await openRequestStore(table);
  await using events = await openBreakGlassStore(table);
  await requests.create(sampleRequest());
  await events.create(sampleEvent());
  assertEquals(await requests.get(sampleRequest().id), sampleRequest());
  assertEquals(await events.get(sampleEvent().id), sampleEvent());
  const policy = await writePolicy(bench, 'version: "1"\nrules: [{ name: a, effect: allow }]\n');
  const { code, tables } = await statusOf(bench, [
    ...["--policy", policy, "--session-table", table],
    ...["--request-table", table, "--breakglass-table", table],
  ]);
  assertEquals([code, tables], [0, [
    `sessions ${table}: whole`,
    `approvals ${table}: whole`,
    `breakglass ${table}: whole`,
  ]]);
});

Deno.test("init status: looking at a file makes nothing", async () => {
  await using bench = await openBench();
  const file = `${bench.home}/none.db`;
  const { code, tables } = await statusOf(bench, ["--request-table", `sqlite:${file}`]);
  assertEquals(code, 1);
  assertEquals(tables[1], `approvals sqlite:${file}: missing`);
  const other = `${bench.home}/other.db`;
  await bench.run(["init", "sessions", "--table", `sqlite:${other}`, "--yes"]);
  const before = await Deno.readFile(other);
  const lacking = await statusOf(bench, ["--request-table", `sqlite:${other}`]);
  assertEquals(lacking.tables[1], `approvals sqlite:${other}: missing`);
  assertEquals(lacking.status.tables[1].findings, ["the file holds other tables"]);
  assertEquals(await Deno.readFile(other), before);
  await Deno.writeTextFile(`${bench.home}/text.db`, "no database, but dear to somebody", {
    mode: 0o600,
  });
  const foreign = await statusOf(bench, ["--request-table", `sqlite:${bench.home}/text.db`]);
  assertEquals(foreign.status.tables[1].state, "foreign");
  const names = Array.from(Deno.readDirSync(bench.home), ({ name }) => name);
  assert(!names.includes("none.db"), names.join());
});

Deno.test("init status: what the policy asks for is needed, and its own tables are looked at", async () => {
  await using bench = await openBench();
  const policy = await writePolicy(bench, FULL_POLICY);
  const first = await statusOf(bench, ["--policy", policy]);
  assertEquals([first.code, first.status.whole, first.tables], [1, false, [
    "sessions sentinel-sessions: missing, not needed",
    "sessions prod-sessions: missing",
    "approvals sentinel-requests: missing",
    "breakglass sentinel-breakglass: missing",
  ]]);
  const { valid, rules, approvals, break_glass, digest } = first.status.policy;
  assertEquals([valid, rules, approvals, break_glass], [true, 2, 1, 1]);
  assertMatch(digest, /^sha256:[0-9a-f]{64}$/);
  const commands = first.status.tables.map(({ command }: { readonly command: string }) => command);
  assertEquals(commands, [
    "sentinel init sessions --region us-east-1",
    "sentinel init sessions --table prod-sessions --region us-east-1",
    "sentinel init approvals --region us-east-1",
    "sentinel init breakglass --region us-east-1",
  ]);
  // Each command that it names does what is missing.
  for (const command of commands.slice(1)) {
    const done = await bench.run([...command.split(" ").slice(1), "--yes"]);
    assertEquals(done.code, 0, done.stderr);
  }
  const whole = await bench.run(["init", "status", "--policy", policy]);
  assertEquals(whole.code, 0, whole.stdout);
  assertStringIncludes(whole.stdout, "valid: 2 in rules, 1 in approvals, 1 in break_glass\n");
  assertStringIncludes(whole.stdout, "sentinel-requests in us-east-1: has all it needs\n");
  assertStringIncludes(whole.stdout, "sentinel-sessions in us-east-1: does not exist (not needed)");
  assertStringIncludes(whole.stdout, "\nNothing to do.\n");
  assert(!whole.calls.some((call) => /Create|Update|Put|Delete/.test(call)));
});

Deno.test("init status: what lacks, what changes, what is something else, what cannot be seen", async () => {
  await using bench = await openBench();
  const { endpoint } = bench;
  const policy = await writePolicy(bench, FULL_POLICY);
  await createWithout(bench, "gsi-profile", { kind: REQUEST_TABLE, name: "sentinel-requests" });
  await createTable(endpoint, { kind: SESSION_TABLE, name: "prod-sessions" }, {
    projection: "all",
  });
  await endpoint.call("CreateTable", {
    TableName: "sentinel-breakglass",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "B" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
  const { code, status, tables } = await statusOf(bench, ["--policy", policy]);
  assertEquals([code, tables.slice(1)], [1, [
    "sessions prod-sessions: whole",
    "approvals sentinel-requests: incomplete",
    "breakglass sentinel-breakglass: foreign",
  ]]);
  const [, sessions, requests, events] = status.tables;
  assertMatch(sessions.notes.join(), /carries ALL instead of KEYS_ONLY/);
  assertEquals(requests.findings, ["add index gsi-profile (profile, created_at)"]);
  assertEquals(requests.command, "sentinel init approvals --region us-east-1");
  assertEquals([events.findings, events.command], [
    ['its attribute "id" is of type B, not S'],
    null,
  ]);
  // One that AWS keeps from us hides none of the others.
  endpoint.inject("DescribeTable", { kind: "error", status: 400, type: "AccessDeniedException" }, {
    times: 1,
  });
  const partly = await statusOf(bench, ["--policy", policy]);
  const states = partly.tables.map((line: string) => line.split(": ")[1]!.split(",")[0]!);
  assertEquals(states.filter((state: string) => state === "unknown").length, 1);
});

Deno.test("init status: a policy with mistakes grants nothing, and that is the first thing to do", async () => {
  await using bench = await openBench();
  const policy = await writePolicy(bench, FULL_POLICY.replace("approvers", "aprovers"));
  const { code, stdout } = await bench.run(["init", "status", "--policy", policy]);
  assertEquals(code, 1);
  assertMatch(stdout, /! grants nothing: .*line 7/);
  assertStringIncludes(stdout, "\nTo do:\n  mend the policy\n");
  const { status } = await statusOf(bench, ["--policy", policy]);
  assertEquals(status.policy.valid, false);
  assertMatch(status.policy.digest, /^sha256:/);
});

Deno.test("the three kinds of table are told apart by words, codes and names", () => {
  for (const kind of [SESSION_TABLE, REQUEST_TABLE, BREAKGLASS_TABLE]) {
    assertMatch(kind.defaultTable, /^sentinel-[a-z]+$/);
    assertEquals(kind.variable, `SENTINEL${kind.flag.slice(1).replaceAll("-", "_").toUpperCase()}`);
  }
});
