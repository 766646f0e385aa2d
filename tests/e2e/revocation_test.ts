/**
 * Taking a session back while its command runs: what an administrator does to the record decides
 * within a second, and nothing that happens to the record later undoes it (P6).
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openSessionStore } from "../../src/store/open.ts";
import { assert, assertEquals, fail } from "../support/assert.ts";
import { type DynamoDbEndpoint, startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import {
  type Answer,
  dynamoDbTable,
  policyOf,
  Pressure,
  serve,
  type Serving,
  sessionsIn,
  storeOptions,
  whileRunning,
} from "../support/serving.ts";
import { waitFor } from "../support/wait.ts";

const REQUIRED = policyOf({ effect: "require_server_session" });

/** Waits until the server's answers are refusals; fails if one that begins a second late is not. */
async function refusedWithinASecond(server: Serving, acknowledged: number): Promise<Answer> {
  for (;;) {
    const answer = await server.ask();
    if (answer.status !== 200) return answer;
    assert(answer.begun <= acknowledged + 1000, "credentials more than a second later");
  }
}

/** The session whose credentials `answer` holds. */
function sessionIdOf(answer: Answer, sandbox: Sandbox): string {
  const call = sandbox.sts.calls.find(({ issuedAccessKeyId }) =>
    issuedAccessKeyId === answer.body["AccessKeyId"]
  );
  return call?.parameters["SourceIdentity"]?.split("=").at(-1) ?? fail("nobody issued these");
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

Deno.test("a revoked session gets nothing a second later, for good", async (t) => {
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await dynamoDbTable(endpoint, "elsewhere");

  for (const kind of ["SQLite", "DynamoDB"] as const) {
    await t.step(kind, async () => {
      await using sandbox = await openSandbox(REQUIRED);
      const table = kind === "SQLite" ? `sqlite:${sandbox.home}/sessions.db` : "sessions";
      const where = kind === "SQLite" ? {} : { endpoint };
      const log = `${sandbox.home}/decisions.jsonl`;
      await using server = await serve(sandbox, {
        flags: ["--session-table", table, "--log-file", log],
        env,
      });
      await using pressure = new Pressure(server, 4);
      await waitFor("some answers", () => pressure.answers.length > 50);
      const [session] = await sessionsIn(table, where);
      const { id } = session!;
      await using store = await openSessionStore(
        table,
        kind === "SQLite" ? {} : storeOptions(endpoint),
      );
      const revocation = { now: Date.now(), by: "bob", reason: "left the company" };
      assertEquals((await store.revoke(id, revocation)).outcome, "applied");
      const acknowledged = performance.now();

      await waitFor("the first refusal", () => pressure.answers.at(-1)?.status === 403);
      // The record is put back, as a hostile writer or a merge of two regions might do it.
      if (kind === "SQLite") {
        using database = new DatabaseSync(`${sandbox.home}/sessions.db`);
        database.prepare("UPDATE sessions SET status = 'active' WHERE id = ?").run(id);
      } else await setAttribute(endpoint, id, { status: "active" });
      await waitFor("late requests", () => pressure.since(acknowledged + 1300).length > 20);
      // And the policy moves the session to a table in which nobody revoked it.
      const other = kind === "SQLite" ? `sqlite:${sandbox.home}/other.db` : "elsewhere";
      await sandbox.writePolicy(
        policyOf({ effect: "require_server_session", session_table: other }),
      );
      const moved = performance.now();
      await waitFor("requests after the move", () => pressure.since(moved).length > 50);
      await pressure.stop();

      const late = pressure.since(acknowledged + 1000);
      assertEquals(late.filter(({ status }) => status === 200).length, 0);
      assertEquals(
        [...new Set(late.map(({ status, body }) => `${status} ${body["Code"]}`))],
        ["403 SESSION_REVOKED"],
      );

      const { code, stderr } = await server.end();
      assertEquals(code, 0);
      assertEquals(occurrences(stderr, "was revoked"), 1, stderr);
      const ended = await store.get(id);
      assertEquals([ended?.revokedBy, ended?.revokedReason], ["bob", "left the company"]);
      const records = (await Deno.readTextFile(log)).trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      const issued = records.filter(({ outcome }) => outcome === "issued").length;
      // The first stands for the admission.
      assertEquals(issued, 1 + pressure.answers.filter(({ status }) => status === 200).length);
      assertEquals(sandbox.sts.count("AssumeRole"), 1);
    });
  }
});

Deno.test("a client that seldom asks is refused a second later, too", async () => {
  await Promise.all((["require_server_session", "allow"] as const).map(async (effect) => {
    await using sandbox = await openSandbox(policyOf({ effect }));
    const table = `sqlite:${sandbox.home}/sessions.db`;
    await using server = await serve(sandbox, { flags: ["--session-table", table] });
    await using store = await openSessionStore(table);
    const id = sessionIdOf(await server.ask(), sandbox);
    // Until the answer is counted: the next count, which would see the end too, is far away.
    await waitFor("the count", async () => (await store.get(id))?.requestCount === 1);
    assertEquals((await server.ask()).status, 200);
    // Nobody asks meanwhile, so that nothing is looked at ahead of time.
    await store.revoke(id, { now: Date.now(), by: "bob", reason: "left" });
    const acknowledged = performance.now();
    await waitFor("a second", () => performance.now() > acknowledged + 1000);
    const { status, body } = await server.ask();
    assertEquals([status, body["Code"]], [403, "SESSION_REVOKED"], effect);
  }));
});

Deno.test("a policy that names no table any more does not undo a revocation", async () => {
  await using sandbox = await openSandbox("");
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await sandbox.writePolicy(policyOf({ effect: "require_server_session", session_table: table }));
  await using server = await serve(sandbox);
  const id = sessionIdOf(await server.ask(), sandbox);
  await using store = await openSessionStore(table);
  await store.revoke(id, { now: Date.now(), by: "bob", reason: "left" });
  const refused = await refusedWithinASecond(server, performance.now());
  assertEquals(refused.body["Code"], "SESSION_REVOKED");
  for (const effect of ["allow", "require_server"] as const) {
    await sandbox.writePolicy(policyOf({ effect }));
    const { status, body } = await server.ask();
    assertEquals([status, body["Code"]], [403, "SESSION_REVOKED"], effect);
  }
});

/** What may happen to a record, and what a server makes of it. */
interface Fate {
  readonly name: string;
  readonly befall: (endpoint: DynamoDbEndpoint, id: string) => Promise<unknown>;
  /** Code of the refusal where the session is required. */
  readonly required: string;
  /** The same where it is not; `null`: credentials go on. */
  readonly optional: string | null;
  /** What the terminal says where it is not required. */
  readonly warning?: string;
}

const FATES: readonly Fate[] = [
  {
    name: "revoked",
    befall: (endpoint, id) => setAttribute(endpoint, id, { status: "revoked" }),
    required: "SESSION_REVOKED",
    optional: "SESSION_REVOKED",
  },
  {
    name: "expired by somebody",
    befall: (endpoint, id) => setAttribute(endpoint, id, { status: "expired" }),
    required: "SESSION_EXPIRED",
    optional: "SESSION_EXPIRED",
  },
  {
    name: "of an unknown status",
    befall: (endpoint, id) => setAttribute(endpoint, id, { status: "paused" }),
    required: "SESSION_REVOKED",
    optional: "SESSION_REVOKED",
  },
  {
    name: "deleted",
    befall: (endpoint, id) =>
      endpoint.call("DeleteItem", { TableName: "sessions", Key: { id: { S: id } } }),
    required: "SESSION_REVOKED",
    optional: null,
    warning: 'the record in session table "sessions" is gone',
  },
  {
    name: "past its expiry",
    befall: (endpoint, id) =>
      setAttribute(endpoint, id, { expires_at: "2020-01-01T00:00:00.000Z" }),
    required: "SESSION_EXPIRED",
    optional: null,
    warning: 'the record in session table "sessions" has run out',
  },
];

Deno.test("a record that is not plainly active refuses where the session is required", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await using sandbox = await openSandbox(REQUIRED);
  await Promise.all(FATES.map(async (fate) => {
    await using server = await serve(sandbox, { flags: ["--session-table", "sessions"], env });
    const id = sessionIdOf(await server.ask(), sandbox);
    await fate.befall(endpoint, id);
    const refused = await refusedWithinASecond(server, performance.now());
    assertEquals([refused.status, refused.body["Code"]], [403, fate.required], fate.name);
    assertEquals((await server.end()).code, 0);
  }));
});

Deno.test("where it is not, what somebody decided counts and what a store lost does not", async () => {
  await using endpoint = await startDynamoDbEndpoint();
  const env = await dynamoDbTable(endpoint, "sessions");
  await using sandbox = await openSandbox(policyOf({ effect: "allow" }));
  await Promise.all(FATES.map(async (fate) => {
    await using server = await serve(sandbox, { flags: ["--session-table", "sessions"], env });
    const id = sessionIdOf(await server.ask(), sandbox);
    await waitFor(`session ${id}`, async () => (await sessionIds(endpoint)).includes(id));
    await fate.befall(endpoint, id);
    const done = performance.now();
    if (fate.optional === null) {
      await whileRunning({ process: server.process, what: "the warning" }, async () => {
        assertEquals((await server.ask()).status, 200, fate.name);
        return server.process.stderr().includes(fate.warning!);
      });
      for (let i = 0; i < 20; i++) assertEquals((await server.ask()).status, 200, fate.name);
    } else {
      const refused = await refusedWithinASecond(server, done);
      assertEquals([refused.status, refused.body["Code"]], [403, fate.optional], fate.name);
    }
    const { code, stderr } = await server.end();
    assertEquals(code, 0, stderr);
    assert(occurrences(stderr, "warning:") <= 1, stderr);
  }));
});

async function sessionIds(endpoint: DynamoDbEndpoint): Promise<readonly string[]> {
  return (await sessionsIn("sessions", { endpoint })).map(({ id }) => id);
}

async function setAttribute(
  endpoint: DynamoDbEndpoint,
  id: string,
  attribute: Readonly<Record<string, string>>,
): Promise<void> {
  const [[name, value]] = Object.entries(attribute) as [[string, string]];
  await endpoint.call("UpdateItem", {
    TableName: "sessions",
    Key: { id: { S: id } },
    UpdateExpression: "SET #name = :value",
    ExpressionAttributeNames: { "#name": name },
    ExpressionAttributeValues: { ":value": { S: value } },
  });
}
