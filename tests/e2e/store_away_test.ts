/**
 * A session store that is away when the program starts: where the policy does not require the
 * session it costs one warning (P7); where it does, nothing runs.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import {
  type DynamoDbEndpoint,
  type DynamoDbFault,
  startDynamoDbEndpoint,
} from "../support/dynamodb_endpoint.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import {
  dynamoDbTable,
  latencies,
  policyOf,
  serve,
  timed,
  told,
  whileRunning,
} from "../support/serving.ts";
import { waitFor } from "../support/wait.ts";

const ALLOWED = policyOf({ effect: "allow" });
const REQUIRED = policyOf({ effect: "require_server_session" });
const ECHO = ["--profile", "prod", "--", "echo", "ran"] as const;
const TRACKED = ["--session-table", "sessions"] as const;

/** Ways in which DynamoDB may be away, and how the program ends when it needs it at the start. */
const OUTAGES: readonly {
  readonly name: string;
  readonly fault: DynamoDbFault | "no table" | "wrong keys" | "nobody listens";
  readonly exitStatus: number;
  readonly reason: RegExp;
}[] = [
  { name: "silent", fault: { kind: "hang" }, exitStatus: 69, reason: /no answer/ },
  { name: "throttled", fault: { kind: "throttle" }, exitStatus: 69, reason: /throttles the table/ },
  {
    name: "failing",
    fault: { kind: "error", status: 500, type: "InternalServerError" },
    exitStatus: 69,
    reason: /DynamoDB answers 500/,
  },
  { name: "cut off", fault: { kind: "reset" }, exitStatus: 69, reason: /no connection|failed/ },
  { name: "not there", fault: "nobody listens", exitStatus: 69, reason: /no connection/ },
  {
    name: "without the table",
    fault: "no table",
    exitStatus: 78,
    reason: /there is no such table/,
  },
  { name: "of other keys", fault: "wrong keys", exitStatus: 78, reason: /its keys or indexes/ },
];

/** Arranges an outage; returns the environment that leads the program into it. */
async function arrange(
  { fault }: typeof OUTAGES[number],
  endpoint: DynamoDbEndpoint,
): Promise<Readonly<Record<string, string>>> {
  const env = { AWS_ENDPOINT_URL_DYNAMODB: endpoint.url };
  switch (fault) {
    case "nobody listens": {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      return { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${listener.addr.port}` };
    }
    case "no table":
      return env;
    case "wrong keys":
      await createForeignTable(endpoint);
      return env;
    default:
      await dynamoDbTable(endpoint, "sessions");
      endpoint.inject("*", fault);
      return env;
  }
}

async function createForeignTable(endpoint: DynamoDbEndpoint): Promise<void> {
  await endpoint.call("CreateTable", {
    TableName: "sessions",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  });
  await waitFor("the table", async () => {
    const { Table } = await endpoint.call("DescribeTable", { TableName: "sessions" });
    return (Table as Record<string, string>)["TableStatus"] === "ACTIVE";
  });
}

/** What a healthy program needs on this machine, now. */
async function startTime(sandbox: Sandbox): Promise<number> {
  const { value, ms } = await timed(() => serve(sandbox));
  await value[Symbol.asyncDispose]();
  return ms;
}

Deno.test("a store that is away at the start delays and withholds nothing that does not need it", async () => {
  await using sandbox = await openSandbox(ALLOWED);
  await startTime(sandbox); // The caller's identity is cached by it.
  const healthy = await startTime(sandbox);
  await using stack = new AsyncDisposableStack();
  const started = [];
  for (const outage of OUTAGES) {
    const { name } = outage;
    const endpoint = stack.use(await startDynamoDbEndpoint());
    const env = await arrange(outage, endpoint);
    const { value, ms } = await timed(() => serve(sandbox, { flags: TRACKED, env }));
    const server = stack.use(value);
    assert(ms < healthy + 4000, `${name}: ${ms} ms to start instead of ${healthy}`);
    const times = await latencies(server, 100);
    assert(times[0]! < 2000, `${name}: a request took ${times[0]} ms`);
    assert(times[10]! < 240, `${name}: many requests took ${times[10]} ms`);
    started.push({ outage, server });
  }
  await Promise.all(started.map(async ({ outage: { name, reason }, server }) => {
    const { value: { code, stderr }, ms } = await timed(() => server.end(5));
    assert(ms < 8000, `${name}: ${ms} ms to end`);
    assertEquals(code, 5);
    assertEquals([told(stderr, "warning").length, told(stderr, "error").length], [1, 0], stderr);
    assertMatch(stderr, /^warning: Session tracking is disturbed: Cannot /);
    assertMatch(stderr, reason);
  }));
});

/** A start that waits for its store can be interrupted. */
async function interruptStart(sandbox: Sandbox): Promise<void> {
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  endpoint.inject("*", { kind: "hang" });
  const process = sandbox.start(
    ["exec", "-s", ...TRACKED, ...ECHO],
    { env },
  );
  await whileRunning({ process, what: "the record" }, () => endpoint.count("PutItem") > 0);
  const { value: { code, stdout }, ms } = await timed(() => {
    process.kill("SIGINT");
    return process.finished;
  });
  assertEquals([code, stdout], [130, ""]);
  assert(ms < 8000, `it took ${ms} ms`);
}

Deno.test("a store that is away at the start refuses what needs it, says why, and can be interrupted", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const interrupted = interruptStart(sandbox);
  await Promise.all(OUTAGES.map(async (outage) => {
    const { name, exitStatus, reason } = outage;
    await using endpoint = await startDynamoDbEndpoint();
    const env = await arrange(outage, endpoint);
    const { value: { code, stdout, stderr }, ms } = await timed(() =>
      sandbox.run(["exec", "-s", ...TRACKED, ...ECHO], { env })
    );
    assertEquals([code, stdout], [exitStatus, ""], `${name}: ${stderr}`);
    assertEquals(told(stderr, "error").length, 1, `${name}: ${stderr}`);
    assertMatch(stderr, /error: Cannot /);
    assertMatch(stderr, /hint: /);
    assertMatch(stderr, reason);
    assert(ms < 15_000, `${name}: it took ${ms} ms`);
  }));
  await interrupted;
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("a name that can be no table's is an error, also where no session is required", async () => {
  await using sandbox = await openSandbox(ALLOWED);
  const arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/sessions";
  for (
    const [name, reason] of [["x", "3–255 letters"], [arn, "it is an ARN"], ["sqlite:", "no file"]]
  ) {
    const results = await Promise.all([
      sandbox.run(["exec", "-s", "--session-table", name!, ...ECHO]),
      sandbox.run(["exec", "-s", ...ECHO], { env: { SENTINEL_SESSION_TABLE: name! } }),
    ]);
    for (const { code, stdout, stderr } of results) {
      assertEquals([code, stdout], [78, ""], stderr);
      assertStringIncludes(stderr, `error: Cannot use "${name}" as a session table: `);
      assertStringIncludes(stderr, reason!);
      assertEquals(stderr.split("\n").length, 3, stderr);
    }
  }
  const plain = await sandbox.run(["exec", ...ECHO], { env: { SENTINEL_SESSION_TABLE: "x" } });
  assertEquals([plain.code, plain.stdout, plain.stderr], [0, "ran\n", ""]);
});
