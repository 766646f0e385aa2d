/**
 * A server that is asked without pause, and several at once: what that costs at AWS, and that
 * nobody waits for anybody (P9). Ports and the first credentials belong here, too.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox } from "../support/sandbox.ts";
import { dynamoDbTable, policyOf, serve, sessionsIn, timed, told } from "../support/serving.ts";

const REQUIRED = policyOf({ effect: "require_server_session" });

Deno.test("10,000 requests of 50 clients cost one AssumeRole and few calls of DynamoDB", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await using server = await serve(sandbox, { flags: ["--session-table", "sessions"], env });
  const statuses = new Map<number, number>();
  const { ms } = await timed(() =>
    Promise.all(Array.from({ length: 50 }, async () => {
      for (let i = 0; i < 200; i++) {
        const { status } = await server.ask();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }))
  );
  assertEquals([...statuses], [[200, 10_000]]);
  const { stderr } = await server.end();
  assertEquals(stderr, "");
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
  // The record and the mark of a revocation, at the same time.
  const looks = endpoint.count("GetItem") / 2;
  assert(looks <= 2 + ms / 400, `${looks} reads in ${ms} ms`);
  const units = endpoint.writeUnits();
  assert(units <= 20, `${units} write units`);
  const [session] = await sessionsIn("sessions", { endpoint });
  assertEquals([session?.status, session?.requestCount], ["expired", 10_000]);
});

Deno.test("two servers of one profile have a session each", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  const start = () => serve(sandbox, { flags: ["--session-table", table] });
  const [first, second] = await Promise.all([start(), start()]);
  await using _first = first;
  await using _second = second;
  assert(first.url !== second.url && first.token !== second.token);
  const [mine, other] = [await first.ask(), await second.ask()];
  assertEquals([mine.status, other.status], [200, 200]);
  assert(mine.body["AccessKeyId"] !== other.body["AccessKeyId"]);
  const sessions = await sessionsIn(table);
  assertEquals(sessions.map(({ status }) => status), ["active", "active"]);
  assertEquals(new Set(sessions.map(({ serverInstanceId }) => serverInstanceId)).size, 2);
  await first.end();
  assertEquals((await sessionsIn(table)).map(({ status }) => status).sort(), ["active", "expired"]);
  assertEquals((await second.ask()).status, 200);
});

Deno.test("a port that is in use is an error before anything else is done", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stdout, stderr } = await sandbox.run([
    ...["exec", "-s", "--server-port", String(listener.addr.port)],
    ...["--session-table", `sqlite:${sandbox.home}/sessions.db`, "--profile", "prod"],
    ...["--", "echo", "ran"],
  ]);
  assertEquals([code, stdout], [69, ""]);
  assertStringIncludes(
    stderr,
    `error: Cannot listen on 127.0.0.1:${listener.addr.port}: the port is in use\nhint: `,
  );
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assertEquals(await Deno.stat(`${sandbox.home}/sessions.db`).catch(() => null), null);
});

/** A port that nobody gets who asks for any: below the ephemeral ones. */
function freePort(): number {
  for (let port = 20_000 + Deno.pid % 10_000;; port++) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

Deno.test("a port that is free is taken", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "require_server" }));
  const port = freePort();
  await using server = await serve(sandbox, { flags: ["--server-port", String(port)] });
  assertEquals(server.url, `http://127.0.0.1:${port}/v1/credentials`);
  assertEquals((await server.ask()).status, 200);
});

Deno.test("a lazy server asks for credentials when the first client does, once for all", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, { flags: ["--lazy", "--session-table", table] });
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assertEquals((await sessionsIn(table)).map(({ status }) => status), ["active"]);
  const answers = await Promise.all(Array.from({ length: 50 }, () => server.ask()));
  assertEquals(new Set(answers.map(({ status }) => status)), new Set([200]));
  assertEquals(new Set(answers.map(({ body }) => body["AccessKeyId"])).size, 1);
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
  assertEquals((await server.end()).stderr, "");
});

Deno.test("a lazy server is refused at once where the policy refuses", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "deny", reason: "no" }));
  const { code, stdout } = await sandbox.run(
    ["exec", "-s", "--lazy", "--profile", "prod", "--", "echo", "ran"],
  );
  assertEquals([code, stdout], [77, ""]);
});

Deno.test("an STS that is slow is waited for once, and nobody waits longer than an SDK does", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "allow" }));
  await using server = await serve(sandbox, { flags: ["--lazy"] });
  sandbox.sts.fault({ kind: "slow", ms: 3000 }, { action: "AssumeRole" });
  const first = await Promise.all(Array.from({ length: 10 }, () => server.ask()));
  for (const { status, body, begun, ended } of first) {
    assertEquals([status, body["Code"]], [503, "TIMED_OUT"]);
    assert(ended - begun < 1900, `${ended - begun} ms`);
  }
  while ((await server.ask()).status !== 200);
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
  const { stderr } = await server.end();
  assertEquals(told(stderr, "error").length, 1, stderr);
  assertMatch(stderr, /^error: credentials withheld: Cannot decide within 900 ms\nhint: /);
});

Deno.test("an STS that refuses a running server withholds credentials, until it does not", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "allow" }));
  await using server = await serve(sandbox, { flags: ["--lazy"] });
  const denial = { kind: "error", status: 403, code: "AccessDenied" } as const;
  sandbox.sts.fault(denial, { action: "AssumeRole" });
  for (let i = 0; i < 30; i++) {
    const { status, body } = await server.ask();
    assertEquals([status, body["Code"]], [503, "AWS_REFUSED"]);
  }
  assert(sandbox.sts.count("AssumeRole") <= 2, "STS is not asked at every request");
  sandbox.sts.fault(null);
  let answer = await server.ask();
  while (answer.status !== 200) answer = await server.ask();
  const { stderr } = await server.end();
  assertEquals(told(stderr, "error").length, 1, stderr);
});
