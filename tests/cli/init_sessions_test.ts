/**
 * `sentinel init sessions` against DynamoDB's API: what it makes, repairs, refuses and asks, and
 * what it says when AWS does not play along.
 *
 * @module
 */
import { openSessionStore } from "../../src/store/open.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { tableDefinition } from "../../src/store/tables.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "../support/assert.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import { openBench } from "../support/init_bench.ts";
import { waitFor } from "../support/wait.ts";

/** What the endpoint says of a table that matters to sessions. */
async function tableOf({ url }: DynamoDbEndpoint, TableName: string) {
  const ask = async (operation: string) => {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
        "x-amz-date": "20250101T000000Z",
        authorization: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
      },
      body: JSON.stringify({ TableName }),
    });
    return await response.json();
  };
  const { Table } = await ask("DescribeTable");
  const { TimeToLiveDescription } = await ask("DescribeTimeToLive");
  const { ContinuousBackupsDescription } = await ask("DescribeContinuousBackups");
  return {
    keys: Table.KeySchema,
    // deno-lint-ignore no-explicit-any
    indexes: (Table.GlobalSecondaryIndexes ?? []).map((index: any) => ({
      IndexName: index.IndexName,
      KeySchema: index.KeySchema,
      Projection: index.Projection,
      // deno-lint-ignore no-explicit-any
    })).toSorted((a: any, b: any) => a.IndexName < b.IndexName ? -1 : 1),
    billing: Table.BillingModeSummary?.BillingMode,
    ttl: TimeToLiveDescription.AttributeName ?? null,
    isProtected: Table.DeletionProtectionEnabled,
    key: Table.SSEDescription?.KMSMasterKeyArn ?? null,
    backups: ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus,
  };
}

const RIGHT = {
  keys: tableDefinition(SESSION_TABLE, "any").KeySchema,
  indexes: tableDefinition(SESSION_TABLE, "any").GlobalSecondaryIndexes
    .toSorted((a, b) => a.IndexName < b.IndexName ? -1 : 1),
  billing: "PAY_PER_REQUEST",
  ttl: "ttl",
  isProtected: true,
  key: null,
  backups: "ENABLED",
};

const CHANGES = ["CreateTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups"];
const changesOf = (calls: readonly string[]) => calls.filter((call) => CHANGES.includes(call));

Deno.test("--yes makes the table that sessions need; again, it already exists", async () => {
  await using bench = await openBench();
  const made = await bench.init(["--yes"]);
  assertEquals(made.code, 0, made.stderr);
  assertMatch(made.stdout, /^Sentinel Init Sessions\n/);
  for (
    const part of [
      "sentinel-sessions",
      "us-east-1",
      "PAY_PER_REQUEST",
      "gsi-server-instance",
      "TTL",
      "--session-table sentinel-sessions",
      "SENTINEL_SESSION_TABLE=sentinel-sessions",
    ]
  ) assertStringIncludes(made.stdout, part);
  assertEquals(await tableOf(bench.endpoint, "sentinel-sessions"), RIGHT);
  assertEquals(changesOf(made.calls), [
    "CreateTable",
    "UpdateTimeToLive",
    "UpdateContinuousBackups",
  ]);
  const again = await bench.init(["--yes"]);
  assertEquals([again.code, again.stderr, changesOf(again.calls)], [0, "", []]);
  assertStringIncludes(again.stdout, "already exists");
  await using store = await openSessionStore("sentinel-sessions", {
    region: "us-east-1",
    endpoint: bench.endpoint.url,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  });
  assertEquals(await store.get("0123456789abcdef"), null);
  assertEquals(await Array.fromAsync(store.listByStatus("active")), []);
});

Deno.test("the switches: what is not wanted is not done, and no permission for it is needed", async () => {
  await using bench = await openBench();
  bench.endpoint.inject("DescribeContinuousBackups", {
    kind: "error",
    status: 400,
    type: "AccessDeniedException",
  }, { times: 4 });
  const args = ["-y", "--no-deletion-protection", "--no-point-in-time-recovery"];
  const made = await bench.init([...args, "--table", "small"]);
  assertEquals(made.code, 0, made.stderr);
  assert(!made.calls.some((call) => call.includes("Backups")), made.calls.join());
  bench.endpoint.reset();
  const expected = { ...RIGHT, isProtected: false, backups: "DISABLED" };
  assertEquals(await tableOf(bench.endpoint, "small"), expected);
  const key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  assertEquals((await bench.init(["-y", "--table", "secret", "--kms-key", key])).code, 0);
  assertEquals(await tableOf(bench.endpoint, "secret"), { ...RIGHT, key });
  const repaired = await bench.init(["-y", "--table", "small", "--kms-key", key]);
  assertEquals(repaired.code, 0, repaired.stderr);
  assertEquals(await tableOf(bench.endpoint, "small"), { ...RIGHT, key });
});

Deno.test("--plan looks and changes nothing, whatever there is", async () => {
  await using bench = await openBench();
  const missing = await bench.init(["--plan"]);
  assertEquals([missing.code, missing.calls], [0, ["DescribeTable"]]);
  assertStringIncludes(missing.stdout, "does not exist");
  assertStringIncludes(missing.stdout, "+ create the table with its indexes");
  await createSessionTable(bench.endpoint, "wide", { projection: "all" });
  const wide = await bench.init(["--plan", "--table", "wide", "--yes"]);
  assertEquals([wide.code, changesOf(wide.calls)], [0, []], wide.stderr);
  assertStringIncludes(wide.stdout, "+ turn on deletion protection");
  assertMatch(wide.stdout, /note: its index gsi-user carries ALL instead of KEYS_ONLY: it works/);
  assert(!wide.stdout.includes("enable"), wide.stdout);
});

Deno.test("a table whose indexes carry more works: a note, and the rest is repaired", async () => {
  await using bench = await openBench();
  await createSessionTable(bench.endpoint, "wide", { projection: "all" });
  const repaired = await bench.init(["--yes", "--table", "wide"]);
  assertEquals(repaired.code, 0, repaired.stderr);
  assertEquals(changesOf(repaired.calls), ["UpdateTable", "UpdateContinuousBackups"]);
  assertStringIncludes(repaired.stdout, "note: its index");
});

/** A table with the key of a session table, and nothing else. */
async function createBareTable(
  { endpoint }: { readonly endpoint: DynamoDbEndpoint },
  name: string,
) {
  await endpoint.call("CreateTable", {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
  await waitFor("the table", async () => {
    const { Table } = await endpoint.call("DescribeTable", { TableName: name });
    return (Table as { readonly TableStatus: string }).TableStatus === "ACTIVE";
  });
}

Deno.test("a half-made table is repaired: indexes one at a time, its records kept", async () => {
  await using bench = await openBench();
  await createBareTable(bench, "half");
  await bench.endpoint.call("PutItem", {
    TableName: "half",
    Item: { id: { S: "0123456789abcdef" }, user: { S: "alice" } },
  });
  const { code, stderr, calls } = await bench.init(["--yes", "--table", "half"]);
  assertEquals(code, 0, stderr);
  assertEquals(await tableOf(bench.endpoint, "half"), RIGHT);
  assertEquals(changesOf(calls).filter((call) => call === "UpdateTable").length, 5);
  for (const { operation, body } of bench.endpoint.requests) {
    if (operation !== "UpdateTable") continue;
    const updates = (body["GlobalSecondaryIndexUpdates"] ?? []) as readonly unknown[];
    assert(updates.length <= 1, "more than one index at once");
  }
  const { Count } = await bench.endpoint.call("Scan", { TableName: "half" });
  assertEquals(Count, 1);
});

Deno.test("interrupted after each change and run again, it ends with the right table", async () => {
  for (const [index, operation] of CHANGES.entries()) {
    await using bench = await openBench();
    if (operation === "UpdateTable") await createBareTable(bench, "sentinel-sessions");
    // The change happens, its answer is lost on every attempt, and the program gives up.
    bench.endpoint.inject(operation, { kind: "lose-answer" }, { times: 4 });
    const first = await bench.init(["--yes"]);
    bench.endpoint.reset();
    const second = await bench.init(["--yes"]);
    assertEquals(second.code, 0, `${operation} (${index}): ${first.stderr} ${second.stderr}`);
    assertEquals(await tableOf(bench.endpoint, "sentinel-sessions"), RIGHT, operation);
  }
});

Deno.test("somebody else makes the same table at the same moment: both are content", async () => {
  await using bench = await openBench();
  bench.endpoint.before("CreateTable", () => createSessionTable(bench.endpoint, "shared"), {
    times: 1,
  });
  const { code, stderr } = await bench.init(["--yes", "--table", "shared"]);
  assertEquals(code, 0, stderr);
  assertEquals(await tableOf(bench.endpoint, "shared"), RIGHT);
  const both = await Promise.all([
    bench.init(["--yes", "--table", "twins"]),
    bench.init(["--yes", "--table", "twins"]),
  ]);
  assertEquals(both.map(({ code }) => code), [0, 0], both[0]!.stderr + both[1]!.stderr);
  assertEquals(await tableOf(bench.endpoint, "twins"), RIGHT);
});

Deno.test("a table with another key is refused, and nothing is changed", async () => {
  await using bench = await openBench();
  await bench.endpoint.call("CreateTable", {
    TableName: "orders",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "order", AttributeType: "N" }],
    KeySchema: [{ AttributeName: "order", KeyType: "HASH" }],
  });
  for (const args of [["--plan"], ["--yes"]]) {
    const { code, stderr, calls } = await bench.init([...args, "--table", "orders"]);
    assertEquals([code, changesOf(calls)], [78, []]);
    assertStringIncludes(stderr, 'its key is "order", not "id"');
    assertStringIncludes(stderr, "Choose another name");
  }
});

Deno.test("a person is asked; only yes changes anything", async () => {
  await using bench = await openBench();
  for (const lines of [["n"], [""], ["maybe"], []]) {
    const no = await bench.init([], { isTerminal: true, lines });
    assertEquals([no.code, changesOf(no.calls)], [0, []]);
    assertStringIncludes(no.stderr, "Create this table? [y/N]: ");
    assertMatch(no.stdout, /\nCancelled\.\n$/);
  }
  const yes = await bench.init([], { isTerminal: true, lines: ["y"] });
  assertEquals(yes.code, 0, yes.stderr);
  assertEquals(await tableOf(bench.endpoint, "sentinel-sessions"), RIGHT);
  await createBareTable(bench, "half");
  const repair = await bench.init(["--table", "half"], { isTerminal: true, lines: ["no"] });
  assertEquals([repair.code, changesOf(repair.calls)], [0, []]);
  assertStringIncludes(repair.stderr, "Make these changes? [y/N]: ");
  // Where there is nothing to do there is nothing to ask.
  const right = await bench.init([], { isTerminal: true });
  assertEquals([right.code, right.stderr], [0, ""]);
});

Deno.test("without a terminal and without --yes it refuses before it calls anybody", async () => {
  await using bench = await openBench();
  for (const args of [[], ["--table", `sqlite:${bench.home}/s.db`]]) {
    const { code, stdout, stderr, calls } = await bench.init(args);
    assertEquals([code, stdout, calls], [64, "", []]);
    assertStringIncludes(stderr, "--yes");
  }
  assertEquals([...Deno.readDirSync(bench.home)], []);
});

Deno.test("what AWS refuses or fails is told with what to do", async () => {
  const cases = [
    [
      "DescribeTable",
      "AccessDeniedException",
      69,
      /dynamodb:DescribeTable.*--generate-iam --table/,
    ],
    ["CreateTable", "AccessDeniedException", 69, /dynamodb:CreateTable.*--region us-east-1/],
    ["UpdateTimeToLive", "AccessDeniedException", 69, /dynamodb:UpdateTimeToLive/],
    ["UpdateContinuousBackups", "AccessDeniedException", 69, /dynamodb:UpdateContinuousBackups/],
    ["DescribeTable", "ThrottlingException", 69, /throttles/],
    ["DescribeTable", "UnrecognizedClientException", 69, /no credentials that AWS accepts/],
    ["DescribeTable", "ExpiredTokenException", 69, /have expired/],
    [
      "CreateTable",
      "ValidationException",
      78,
      /rejects the request \(CreateTable\).*\n.*--kms-key/,
    ],
    ["DescribeTable", "InternalServerError", 69, /InternalServerError/],
  ] as const;
  // Some wait before they try again: each has an AWS of its own.
  await Promise.all(cases.map(async ([operation, type, code, message]) => {
    await using bench = await openBench();
    bench.endpoint.inject(operation, {
      kind: "error",
      status: type === "InternalServerError" ? 500 : 400,
      type,
      message: "the words of AWS \x1b[2J",
    });
    const failed = await bench.init(["--yes", "--table", "sessions"]);
    assertEquals(failed.code, code, `${type}: ${failed.stderr}`);
    assertMatch(failed.stderr, message);
    assert(!(failed.stderr + failed.stdout).includes("the words of AWS"), failed.stderr);
    bench.endpoint.reset();
    assertEquals((await bench.init(["--yes"])).code, 0);
  }));
});

Deno.test("an endpoint that knows neither TTL nor backups gets a table and a note", async () => {
  await using bench = await openBench();
  for (const operation of ["DescribeTimeToLive", "DescribeContinuousBackups"]) {
    bench.endpoint.inject(operation, {
      kind: "error",
      status: 400,
      type: "UnknownOperationException",
    });
  }
  assertEquals((await bench.init(["--yes"])).code, 0);
  const again = await bench.init(["--plan"]);
  assertStringIncludes(again.stdout, "note: this endpoint does not know time to live");
  assertStringIncludes(again.stdout, "note: this endpoint does not know point-in-time recovery");
});

Deno.test("time-out: ends in time with the command that goes on", async () => {
  await using bench = await openBench();
  bench.endpoint.inject("CreateTable", {
    kind: "error",
    status: 400,
    type: "LimitExceededException",
  });
  const started = performance.now();
  const { code, stderr } = await bench.init(["--yes", "--timeout", "1s", "--table", "late"]);
  const seconds = (performance.now() - started) / 1000;
  assertEquals(code, 69);
  assert(seconds < 8, `${seconds} s`);
  assertStringIncludes(stderr, 'Table "late" is not ready after 1s');
  assertStringIncludes(stderr, "sentinel init sessions --table late --region us-east-1 --yes");
});

Deno.test("nobody there: says so, and says where", async () => {
  await using bench = await openBench();
  const gone = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" };
  const { code, stdout, stderr } = await bench.init(["--yes"], { env: gone });
  assertEquals(code, 69, stderr);
  assertMatch(stdout, /^Sentinel Init Sessions\n/);
  assertMatch(stderr, /Cannot look at session table "sentinel-sessions": no connection/);
});

Deno.test("--endpoint-url wins over every other place", async () => {
  await using bench = await openBench();
  const env = { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" };
  const args = ["--plan", "--endpoint-url", bench.endpoint.url];
  assertEquals((await bench.init(args, { env })).code, 0);
  const wrong = await bench.init(["--plan", "--endpoint-url", "http://u:p@example.com"], { env });
  assertEquals(wrong.code, 78);
  assertStringIncludes(wrong.stderr, "--endpoint-url");
  assert(!wrong.stderr.includes("u:p"), "the password is repeated");
});

Deno.test("sqlite:PATH makes the embedded store, private, and knows it again", async () => {
  await using bench = await openBench();
  const file = `${bench.home}/deep/sessions.db`;
  const table = `sqlite:${file}`;
  const env = { AWS_REGION: "", AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
  const plan = await bench.init(["--table", table, "--plan"], { env });
  assertEquals(plan.code, 0, plan.stderr);
  assertEquals([...Deno.readDirSync(bench.home)], []);
  const no = await bench.init(["--table", table], { env, isTerminal: true, lines: ["n"] });
  assertMatch(no.stdout, /\nCancelled\.\n$/);
  assertEquals([...Deno.readDirSync(bench.home)], []);
  const made = await bench.init(["--table", table, "--yes"], { env });
  assertEquals([made.code, made.stderr, made.calls], [0, "", []]);
  assertMatch(made.stdout, /^Sentinel Init Sessions\n/);
  assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const again = await bench.init(["--table", table, "--yes"], { env });
  assertEquals(again.code, 0, again.stderr);
  assertStringIncludes(again.stdout, "already exists");
  const foreign = `${bench.home}/notes.txt`;
  await Deno.writeTextFile(foreign, "not a database, but dear to somebody", { mode: 0o600 });
  const refused = await bench.init(["--table", `sqlite:${foreign}`, "--yes"], { env });
  assertEquals(refused.code, 78, refused.stderr);
  assertEquals(await Deno.readTextFile(foreign), "not a database, but dear to somebody");
});

Deno.test("SENTINEL_SESSION_TABLE names the table where --table does not", async () => {
  await using bench = await openBench();
  const env = { SENTINEL_SESSION_TABLE: "of-the-environment" };
  assertStringIncludes((await bench.init(["--plan"], { env })).stdout, "of-the-environment");
  const named = await bench.init(["--plan", "--table", "named"], { env });
  assertNotEquals(named.stdout.includes("of-the-environment"), true);
});
