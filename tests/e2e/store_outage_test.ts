/**
 * A session store that goes away while the command runs or before it ends: where the policy does
 * not require the session it costs one warning (P7); where it does, credentials wait for it.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { type DynamoDbFault, startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox } from "../support/sandbox.ts";
import {
  dynamoDbTable,
  latencies,
  policyOf,
  serve,
  sessionsIn,
  timed,
  told,
  whileRunning,
} from "../support/serving.ts";

const ALLOWED = policyOf({ effect: "allow" });
const REQUIRED = policyOf({ effect: "require_server_session" });
const TRACKED = ["--session-table", "sessions"] as const;

/** Outages that may begin while the server runs. */
const FAULTS: readonly DynamoDbFault[] = [
  { kind: "hang" },
  { kind: "throttle" },
  { kind: "error", status: 500, type: "InternalServerError" },
  { kind: "reset" },
];

/** Whether the SDK knows at once that a call has failed: after a throttled one it waits. */
const isPrompt = ({ kind }: DynamoDbFault) => kind === "error" || kind === "reset";

Deno.test("a store that goes away while the command runs holds up what needs it, until it is back", async () => {
  await using sandbox = await openSandbox(ALLOWED);
  await using stack = new AsyncDisposableStack();
  const worlds = [];
  for (const fault of FAULTS) {
    const endpoint = stack.use(await startDynamoDbEndpoint());
    const env = await dynamoDbTable(endpoint, "sessions");
    const server = stack.use(await serve(sandbox, { flags: TRACKED, env }));
    worlds.push({ fault, endpoint, server });
  }

  // Not required: nobody waits for it but one request, for a quarter of a second.
  await Promise.all(worlds.map(async ({ fault, endpoint, server }) => {
    await whileRunning({ process: server.process, what: "the record" }, async () => {
      assertEquals((await server.ask()).status, 200);
      return endpoint.count("PutItem") > 0 &&
        (await sessionsIn("sessions", { endpoint })).length > 0;
    });
    endpoint.inject("*", fault);
    const times: number[] = [];
    await whileRunning({ process: server.process, what: "the warning" }, async () => {
      times.push(...await latencies(server, 1));
      return told(server.process.stderr(), "warning").length > 0;
    });
    times.push(...await latencies(server, 50));
    const [first = 0, ...others] = times.sort((a, b) => b - a);
    const waited = others.filter((ms) => ms > 240).length;
    assert(first < 2000 && waited < 10, `${fault.kind}: ${first} ms, and ${waited} that waited`);
  }));

  // Required: withheld, in time for the SDKs.
  await sandbox.writePolicy(REQUIRED);
  await Promise.all(worlds.map(async ({ fault, server }) => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => server.ask()));
    for (const { status, body, begun, ended } of answers) {
      assertEquals(status, 503, fault.kind);
      // A store that takes its time is given up at about the time at which the answer is due.
      const codes = ["SESSION_STORE_UNAVAILABLE", ...(isPrompt(fault) ? [] : ["TIMED_OUT"])];
      assert(codes.includes(body["Code"]!), `${fault.kind}: ${body["Code"]}`);
      assert(ended - begun < 1900, `${fault.kind}: ${ended - begun} ms to refuse`);
    }
  }));

  // Back again.
  await Promise.all(worlds.map(async ({ fault, endpoint, server }) => {
    endpoint.reset();
    await whileRunning(
      { process: server.process, what: `${fault.kind} is over` },
      async () => (await server.ask()).status === 200,
    );
    const [session] = await sessionsIn("sessions", { endpoint });
    const { code, stderr } = await server.end(3);
    assertEquals(code, 3);
    assertEquals(told(stderr, "warning").length, 1, stderr);
    const errors = told(stderr, "error").length;
    assert(errors === 1 || (errors === 2 && !isPrompt(fault)), stderr);
    assertStringIncludes(stderr, "error: credentials withheld: Cannot ");
    const [ended] = await sessionsIn("sessions", { endpoint });
    assertEquals([ended?.id, ended?.status], [session?.id, "expired"]);
    // A write without an answer may have been done, so it is not repeated.
    if (fault.kind !== "hang") assert(ended!.requestCount > 50, `${ended!.requestCount} counted`);
  }));
});

Deno.test("a store that goes away before the end does not keep the program", async () => {
  await Promise.all([ALLOWED, REQUIRED].map(async (policy) => {
    await using sandbox = await openSandbox(policy);
    await Promise.all(FAULTS.map(async (fault) => {
      await using endpoint = await startDynamoDbEndpoint();
      const env = await dynamoDbTable(endpoint, "sessions");
      await using server = await serve(sandbox, { flags: TRACKED, env });
      await whileRunning({ process: server.process, what: "the record" }, async () => {
        assertEquals((await server.ask()).status, 200);
        return (await sessionsIn("sessions", { endpoint })).length > 0;
      });
      endpoint.inject("*", fault);
      const { value: { code, stderr }, ms } = await timed(() => server.end(4));
      assertEquals(code, 4);
      assert(ms < 9000, `${fault.kind}: ${ms} ms to end`);
      assertEquals(told(stderr, "warning").length, 1, `${fault.kind}: ${stderr}`);
      endpoint.reset();
      const [session] = await sessionsIn("sessions", { endpoint });
      assertEquals(session?.status, "active");
      assert(session!.expiresAt < Date.now() + 15 * 60_000, "it expires by itself");
    }));
  }));
});

Deno.test("a SQLite table that another program has locked delays no request", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, { flags: ["--session-table", table] });
  {
    using database = new DatabaseSync(`${sandbox.home}/sessions.db`);
    database.exec("BEGIN IMMEDIATE");
    const begun = performance.now();
    // For longer than a touch is put off and a look at the record lasts.
    while (performance.now() < begun + 1300) {
      const [longest] = await latencies(server, 20);
      assert(longest! < 1000, `a request took ${longest} ms`);
    }
    database.exec("ROLLBACK");
  }
  assertEquals((await server.end()).stderr, "");
  const [session] = await sessionsIn(table);
  assertEquals(session?.status, "expired");
  assert(session!.requestCount >= 20);
});
