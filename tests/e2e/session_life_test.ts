/**
 * The life of a session as an administrator sees it in the table, through the real program: what
 * it is created with, what is counted, and that every way out ends it.
 *
 * @module
 */
import type { SessionRecord } from "../../src/state/session.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import {
  ask,
  dynamoDbTable,
  policyOf,
  readLog,
  serve,
  type ServeOptions,
  sessionsIn,
  whileRunning,
} from "../support/serving.ts";
import { waitFor } from "../support/wait.ts";

const REQUIRED = policyOf({ effect: "require_server_session" });

/** One server from start to end: fields, counting, joins. */
async function liveOneLife(
  sandbox: Sandbox,
  options: {
    readonly table: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly sessions: () => Promise<SessionRecord[]>;
  },
): Promise<void> {
  const { table, sessions } = options;
  const log = `${sandbox.home}/decisions.jsonl`;
  const before = Date.now();
  await using server = await serve(sandbox, {
    flags: ["--session-table", table, "--server-duration", "30m", "--log-file", log],
    ...(options.env && { env: options.env }),
  });
  const started = Date.now();
  const [created, ...others] = await sessions();
  assertEquals(others, []);
  assert(created !== undefined);
  assertMatch(created.id, /^[0-9a-f]{16}$/);
  assertMatch(created.serverInstanceId, /^[0-9a-f]{16}$/);
  assert(created.serverInstanceId !== created.id);
  assertEquals(created.user, "alice");
  assertEquals(created.profile, "prod");
  assertEquals(created.status, "active");
  assertEquals(created.requestCount, 0, "the admission is no answer");
  assert(created.startedAt >= before && created.startedAt <= started);
  assert(created.createdAt >= created.startedAt && created.createdAt <= started);
  assertEquals(created.expiresAt, created.createdAt + 30 * 60_000);
  assertEquals(created.revokedBy, null);

  const [assumed, ...more] = sandbox.sts.calls.filter(({ action }) => action === "AssumeRole");
  assertEquals(more, []);
  const identity = `sentinel=alice=direct=${created.id}`;
  assertEquals(created.sourceIdentity, identity);
  assertEquals(assumed?.parameters["SourceIdentity"], identity);
  assertEquals(assumed?.parameters["RoleSessionName"], identity);
  assertEquals(assumed?.parameters["DurationSeconds"], "1800");

  // Only answers with credentials count.
  for (let i = 0; i < 3; i++) assertEquals((await server.ask()).status, 200);
  assertEquals((await ask(server.url, "wrong")).status, 401);
  assertEquals((await ask(`${server.url}/other`, server.token)).status, 400);
  await sandbox.writePolicy(policyOf({ effect: "deny" }));
  for (let i = 0; i < 2; i++) assertEquals((await server.ask()).status, 403);
  await sandbox.writePolicy("not a policy");
  assertEquals((await server.ask()).status, 503);
  await sandbox.writePolicy(REQUIRED);
  assertEquals((await server.ask()).status, 200);
  const { code, stderr } = await server.end(7);
  assertEquals(code, 7, stderr);

  const [ended] = await sessions();
  assertEquals(ended?.status, "expired");
  assertEquals(ended?.requestCount, 4);
  assert(ended!.lastAccessAt > created.startedAt && ended!.lastAccessAt <= Date.now());
  assert(ended!.expiresAt >= created.expiresAt, "the expiry never moves backwards");
  assertEquals(ended?.sourceIdentity, identity);

  const records = await readLog(log);
  assertEquals(
    records.map(({ outcome }) => outcome),
    ["issued", "issued", "issued", "issued", "denied", "denied", "failed", "issued"],
  );
  for (const { outcome, session_id, session_table, source_identity } of records) {
    if (outcome !== "issued") continue;
    assertEquals([session_id, session_table, source_identity], [created.id, table, identity]);
  }
  await Deno.remove(log);
}

Deno.test("a session in SQLite tells who, what, since when and until when, and counts answers", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await liveOneLife(sandbox, { table, sessions: () => sessionsIn(table) });
});

Deno.test("a session in DynamoDB tells the same", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await liveOneLife(sandbox, {
    table: "sessions",
    env,
    sessions: () => sessionsIn("sessions", { endpoint }),
  });
  const { Items } = await endpoint.call("Scan", { TableName: "sessions" });
  const [item] = Items as Record<string, Record<string, string>>[];
  for (const name of ["started_at", "last_access_at", "expires_at", "created_at", "updated_at"]) {
    assertMatch(item?.[name]?.["S"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  const expiry = Date.parse(item?.["expires_at"]?.["S"] ?? "");
  assertEquals(Number(item?.["ttl"]?.["N"]), Math.floor(expiry / 1000) + 30 * 86_400);
});

Deno.test("every signal that ends the program ends the session", async (t) => {
  await using sandbox = await openSandbox(REQUIRED);
  for (
    const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const
  ) {
    await t.step(signal, async () => {
      const table = `sqlite:${sandbox.home}/${signal}.db`;
      await using server = await serve(sandbox, { flags: ["--session-table", table] });
      assertEquals((await server.ask()).status, 200);
      server.process.kill(signal);
      const { code, stderr } = await server.process.finished;
      assertEquals([code, stderr], [status, ""]);
      const [session] = await sessionsIn(table);
      assertEquals([session?.status, session?.requestCount], ["expired", 1]);
      await assertGone(server.childPid);
    });
  }
});

Deno.test("a command that is killed ends the session, with 128 and its signal as status", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, { flags: ["--session-table", table] });
  Deno.kill(server.childPid, "SIGKILL");
  assertEquals((await server.process.finished).code, 137);
  assertEquals((await sessionsIn(table))[0]?.status, "expired");
});

Deno.test("a program that is killed leaves a session that expires by itself", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, { flags: ["--session-table", table] });
  assertEquals((await server.ask()).status, 200);
  await server.crash();
  const [session] = await sessionsIn(table);
  assertEquals(session?.status, "active");
  const lifeMs = session!.expiresAt - Date.now();
  assert(lifeMs > 14 * 60_000 && lifeMs <= 15 * 60_000, `${lifeMs} ms are left`);
});

Deno.test("a start that fails leaves no session that looks alive", async (t) => {
  await using sandbox = await openSandbox(REQUIRED);
  const start = async (name: string, command: readonly string[], env = {}) => {
    const table = `sqlite:${sandbox.home}/${name}.db`;
    const flags = ["exec", "--server", "--session-table", table, "--profile", "prod", "--"];
    const finished = await sandbox.run([...flags, ...command], { env });
    const exists = await Deno.stat(table.slice("sqlite:".length)).then(() => true, () => false);
    return { ...finished, sessions: exists ? await sessionsIn(table) : [] };
  };
  const statuses = (sessions: readonly SessionRecord[]) => sessions.map(({ status }) => status);

  await t.step("the command does not exist", async () => {
    const { code, stderr, sessions } = await start("missing", ["no-such-command"]);
    assertEquals([code, statuses(sessions)], [127, ["expired"]]);
    assertStringIncludes(stderr, 'Cannot run "no-such-command": not found in PATH');
  });
  await t.step("the command is not executable", async () => {
    await Deno.writeTextFile(`${sandbox.home}/plain`, "text", { mode: 0o600 });
    const { code, sessions } = await start("plain", [`${sandbox.home}/plain`]);
    assertEquals([code, statuses(sessions)], [126, ["expired"]]);
  });
  await t.step("STS refuses", async () => {
    const error = { kind: "error", status: 403, code: "AccessDenied" } as const;
    sandbox.sts.fault(error, { action: "AssumeRole" });
    const { code, sessions, stdout } = await start("refused", ["echo", "ran"]);
    sandbox.sts.fault(null);
    assertEquals([code, statuses(sessions), stdout], [78, ["expired"], ""]);
  });
  await t.step("the policy refuses", async () => {
    await sandbox.writePolicy(policyOf({ effect: "deny" }));
    const { code, sessions, stdout } = await start("denied", ["echo", "ran"]);
    await sandbox.writePolicy(REQUIRED);
    assertEquals([code, sessions, stdout], [77, [], ""]);
  });
});

Deno.test("a start that is interrupted ends at once, without a command and without a session", async (t) => {
  await using sandbox = await openSandbox(REQUIRED);
  // Who the caller is gets cached by a first run, so that the second hangs at its role.
  for (const action of ["GetCallerIdentity", "AssumeRole"]) {
    for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
      await t.step(`${signal} while ${action} hangs`, async () => {
        const table = `sqlite:${sandbox.home}/${action}-${signal}.db`;
        sandbox.sts.fault({ kind: "hang" }, { action });
        const hung = sandbox.sts.count(action);
        const process = sandbox.start([
          ...["exec", "--server", "--session-table", table, "--profile", "prod"],
          ...["--", "echo", "ran"],
        ]);
        await whileRunning(
          { process, what: `${action} was called` },
          () => sandbox.sts.count(action) > hung,
        );
        const interrupted = performance.now();
        process.kill(signal);
        const { code, stdout, stderr } = await process.finished;
        const ms = performance.now() - interrupted;
        sandbox.sts.fault(null);
        assertEquals([code, stdout, stderr], [status, "", ""]);
        assert(ms < 6000, `it took ${ms} ms`);
        const exists = await Deno.stat(table.slice("sqlite:".length)).then(() => true, () => false);
        if (exists) {
          assertEquals((await sessionsIn(table)).map((session) => session.status), ["expired"]);
        }
        assertEquals(exists, action === "AssumeRole");
      });
    }
    if (action === "GetCallerIdentity") {
      const options: ServeOptions = {
        flags: ["--session-table", `sqlite:${sandbox.home}/warm.db`],
      };
      await using server = await serve(sandbox, options);
      assertEquals((await server.end()).code, 0);
    }
  }
});

async function assertGone(pid: number): Promise<void> {
  await waitFor(`process ${pid} to be gone`, async () => {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => null);
    return stat === null || stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  });
}
