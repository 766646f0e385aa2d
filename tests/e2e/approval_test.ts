/**
 * Approvals with real processes: one terminal asks and waits, another decides, and the command runs,
 * or does not, as it was decided.
 *
 * @module
 */
import {
  type ApprovalWorld,
  openApprovalWorld,
  type Other,
  WHY,
} from "../support/approval_world.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { hasPseudoTerminals, startOnTerminal } from "../support/pseudo_terminal.ts";
import { PROGRAM, type Running } from "../support/sandbox.ts";
import { readLog, serve, told, whileRunning } from "../support/serving.ts";
import { startWebhookReceiver } from "../support/webhook_receiver.ts";

const EXEC = ["exec", "--profile", "prod"];
const WHOAMI = ["--", "/bin/sh", "-c", "echo key $AWS_ACCESS_KEY_ID"];

function start(world: ApprovalWorld, args: readonly string[]): Running {
  return world.sandbox.start(args, { env: world.env });
}

/** Somebody else decides, in a process of their own. */
async function decide(world: ApprovalWorld, who: Other, args: readonly string[]): Promise<void> {
  const env = { ...world.env, AWS_PROFILE: who };
  const { code, stderr } = await world.sandbox.run([...args, "--yes"], { env });
  assertEquals(code, 0, stderr);
}

/** The id of the request that a process says it has filed. */
async function filedBy(process: Running): Promise<string> {
  return await whileRunning({ process, what: "it filed a request" }, () => {
    const [, id = null] = /sentinel approve ([0-9a-f]{16})/
      .exec(process.stdout() + process.stderr()) ?? [];
    return id;
  });
}

const hasTerminals = await hasPseudoTerminals();

for (const tables of ["sqlite", "dynamodb"] as const) {
  Deno.test({
    name: `asked in one terminal, approved in another, it goes on (${tables})`,
    ignore: !hasTerminals,
    async fn() {
      await using world = await openApprovalWorld({ tables });
      const log = `${world.sandbox.home}/log.jsonl`;
      const args = [...EXEC, "--log-file", log, ...WHOAMI];
      await using terminal = startOnTerminal([Deno.execPath(), ...PROGRAM, ...args], {
        env: { ...world.sandbox.env, ...world.env },
      });
      const { process } = terminal;
      const shows = (text: string) =>
        whileRunning({ process, what: text }, () => process.stdout().includes(text));
      await shows("File a request and wait for up to 10m? [y/N]: ");
      await terminal.type("y\n");
      await shows("Justification (10 to 500 characters): ");
      await terminal.type("too short\n");
      await shows("It is too short: it needs 10 characters at least, and has 9.");
      await terminal.type(`${WHY}\n`);
      const id = await filedBy(process);
      await shows("Waiting for approval: 0 of 1, 9m5");
      await decide(world, "bob", ["approve", id, "--comment", "go on"]);
      const { code, stdout } = await process.finished;
      assertEquals(code, 0, stdout);
      assertStringIncludes(stdout, `Request ${id} is approved by "bob": "go on".`);
      assertMatch(stdout, /key ASIA/);
      assertEquals((await world.requests.get(id))?.justification, WHY);
      const records = await readLog(log);
      assertEquals(records.map(({ outcome, event }) => outcome ?? event), [
        "denied",
        "request.created",
        "issued",
      ]);
      assertEquals(records[2]!["approved_request_id"], id);
      assertMatch(String(records[2]!["source_identity"]), /^sentinel=alice=approved=/);
      if (world.dynamodb !== null) {
        const reads = world.dynamodb.requests.filter(({ operation, body }) =>
          operation === "GetItem" && JSON.stringify(body).includes(id)
        );
        assert(reads.length <= 8, `${reads.length} reads of the request`);
      }
    },
  });
}

Deno.test("an approver ends the access: the running server refuses at its next request", async () => {
  await using world = await openApprovalWorld();
  const { sandbox, env } = world;
  const flags = ["--wait", "--justification", WHY];
  const starting = serve(sandbox, { env, flags });
  const id = await pendingId(world);
  await decide(world, "carol", ["approve", id]);
  await using server = await starting;
  assertEquals((await server.ask()).status, 200);
  assertEquals((await server.ask()).status, 200);
  await decide(world, "bob", ["deny", id, "--comment", "enough"]);
  const deadline = performance.now() + 3000;
  let answer = await server.ask();
  while (answer.status === 200 && performance.now() < deadline) answer = await server.ask();
  assertEquals([answer.status, answer.body["Code"]], [403, "APPROVAL_REQUIRED"]);
  await server.ask();
  const { code, stderr } = await server.end();
  assertEquals(code, 0);
  const errors = told(stderr, "error");
  assertEquals(errors.length, 1, "a refusal is told once");
  assertStringIncludes(errors[0]!, `request ${id} was ended`);
  assertStringIncludes(stderr, "hint: Ask: sentinel request --profile prod");
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
});

/** The id of the one request that waits. */
async function pendingId(world: ApprovalWorld): Promise<string> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    for await (const { id } of world.requests.listByStatus("pending")) return id;
    assert(performance.now() < deadline, "no request was filed");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("a denial, the end of the time and Ctrl-C end the waiting, each as it should", async () => {
  await using world = await openApprovalWorld();
  const ask = (time: string, wait: string) =>
    start(world, [...EXEC, `--wait=${wait}`, "-j", WHY, "--request-duration", time, ...WHOAMI]);
  const denied = ask("15m", "1m");
  const late = ask("20m", "1s");
  const stopped = ask("25m", "1m");
  const [deniedId, lateId, stoppedId] = await Promise.all([denied, late, stopped].map(filedBy));
  stopped.kill("SIGINT");
  await decide(world, "bob", ["deny", deniedId!, "--comment", "not \u202etoday"]);
  const ends = await Promise.all([denied.finished, late.finished, stopped.finished]);
  assertEquals(ends.map(({ code }) => code), [77, 77, 130]);
  assertEquals(ends.map(({ stdout }) => stdout), ["", "", ""]);
  const [no, later, away] = ends.map(({ stderr }) => stderr);
  assertStringIncludes(no!, `error: request ${deniedId} is denied by "bob": "not \\u{202e}today"`);
  assertStringIncludes(
    later!,
    `error: nobody decided on request ${lateId} within 1s; it stays open`,
  );
  assertStringIncludes(later!, `Withdraw it: sentinel cancel ${lateId}`);
  assertStringIncludes(away!, `Request ${stoppedId} stays open.`);
  for (const id of [lateId!, stoppedId!]) {
    assertEquals((await world.requests.get(id))?.status, "pending");
  }
  assertEquals(world.sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("a receiver that hangs holds up neither Ctrl-C nor the command, and the command lacks its secret", async () => {
  await using world = await openApprovalWorld();
  await using receiver = startWebhookReceiver();
  receiver.answer("hang");
  const env = { ...world.env, ...receiver.env };
  const asking = world.sandbox.start([...EXEC, "--wait", "-j", WHY, ...WHOAMI], { env });
  const id = await filedBy(asking);
  await whileRunning({ process: asking, what: "it told" }, () => receiver.received.length > 0);
  asking.kill("SIGINT");
  const { code, stderr } = await asking.finished;
  assertEquals(code, 130);
  assertStringIncludes(stderr, "warning: request.created was not told to the webhook at ");
  assertStringIncludes(stderr, "it was interrupted");
  receiver.answer("hang");
  const filing = world.sandbox.start(["request", "--profile", "vault", "-j", WHY], { env });
  await whileRunning({ process: filing, what: "it told" }, () => receiver.received.length > 1);
  filing.kill("SIGINT");
  const filed = await filing.finished;
  assertEquals(filed.code, 0, "what happened has happened");
  assertStringIncludes(filed.stdout, "is filed");
  assertStringIncludes(filed.stderr, "it was interrupted");
  await decide(world, "bob", ["approve", id]);
  const child = ["--", "/bin/sh", "-c", "env"];
  const run = await world.sandbox.run([...EXEC, ...child], { env });
  assertEquals(run.code, 0, run.stderr);
  const secret = receiver.env["SENTINEL_WEBHOOK_SECRET"]!;
  for (const text of [run.stdout, run.stderr, stderr]) assert(!text.includes(secret));
});

Deno.test("who does not want to wait, or has nothing to say, is refused at once", async () => {
  await using world = await openApprovalWorld();
  const [quiet, unasked, unjustified, tableless] = await Promise.all([
    start(world, [...EXEC, "--no-wait", ...WHOAMI]).finished,
    start(world, [...EXEC, ...WHOAMI]).finished,
    start(world, [...EXEC, "--wait", ...WHOAMI]).finished,
    world.sandbox.start([...EXEC, "--wait", "-j", WHY, ...WHOAMI], {
      env: { ...world.env, SENTINEL_REQUEST_TABLE: "" },
    }).finished,
  ]);
  for (const { code, stderr } of [quiet, unasked]) {
    assertEquals(code, 77);
    assertStringIncludes(stderr, "sentinel request --profile prod --request-table sqlite:");
  }
  assertEquals(unjustified.code, 64);
  assertStringIncludes(unjustified.stderr, "--justification");
  assertEquals(tableless.code, 77);
  assertStringIncludes(tableless.stderr, "--request-table TABLE");
  assertEquals(await Array.fromAsync(world.requests.listByStatus("pending")), []);
});

Deno.test("a broken glass lets one in by every door, marked, until it is closed", async () => {
  await using world = await openApprovalWorld();
  const { sandbox, env } = world;
  const log = `${sandbox.home}/log.jsonl`;
  const withLog = { env: { ...env, SENTINEL_LOG_FILE: log } };
  const broken = await sandbox.run([
    ...["breakglass", "--profile", "prod", "-c", "incident", "-j", "the importer is down again"],
    "--yes",
  ], withLog);
  assertEquals(broken.code, 0, broken.stderr);
  const id = broken.stdout.trim();
  const [exec, credentials] = await Promise.all([
    sandbox.run([...EXEC, ...WHOAMI], withLog),
    sandbox.run(["credentials", "--profile", "prod"], withLog),
  ]);
  assertEquals([exec.code, credentials.code], [0, 0], exec.stderr + credentials.stderr);
  const closed = await sandbox.run(["breakglass-close", id, "-r", "resolved"], withLog);
  assertEquals(closed.code, 0, closed.stderr);
  const after = await Promise.all([
    sandbox.run([...EXEC, ...WHOAMI], withLog),
    sandbox.run(["credentials", "--profile", "prod"], withLog),
  ]);
  assertEquals(after.map(({ code, stdout }) => [code, stdout]), [[77, ""], [77, ""]]);
  assertStringIncludes(after[0]!.stderr, `break-glass ${id} was closed`);
  const records = await readLog(log);
  const issued = records.filter(({ outcome }) => outcome === "issued");
  assertEquals(issued.length, 2);
  for (const record of issued) {
    assertEquals(record["break_glass_event_id"], id);
    assertMatch(String(record["source_identity"]), /^sentinel=alice=breakglass=/);
  }
  const who = await sandbox.run(["audit", "who", id, "--output", "json"], {
    env: { ...withLog.env, SENTINEL_SESSION_TABLE: `sqlite:${sandbox.home}/overrides.db` },
  });
  assertEquals(who.code, 0, who.stderr);
  assertEquals(JSON.parse(who.stdout).accesses.length, 2, "an audit finds both by the event");
  const events = records.map(({ event }) => event).filter((event) => event !== undefined);
  assertEquals(events, ["breakglass.invoked", "breakglass.closed"]);
});

Deno.test("Ctrl-C while the glass is being broken hides nothing: it is broken loudly, and told", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  await using receiver = startWebhookReceiver();
  const log = `${world.sandbox.home}/log.jsonl`;
  const args = [
    "breakglass",
    "--profile",
    "prod",
    "-c",
    "incident",
    "-j",
    `${WHY}, INC-4711`,
    "-y",
  ];
  const env = { ...world.env, ...receiver.env, SENTINEL_LOG_FILE: log };
  const breaking = world.sandbox.start(args, { env });
  // Both writes: the one that counts, and the record.
  world.dynamodb!.before("UpdateItem", () => breaking.kill("SIGINT"), { times: 2 });
  const { code, stdout, stderr } = await breaking.finished;
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, "THE GLASS IS BROKEN");
  assertEquals((await world.events.get(stdout.trim()))?.status, "active");
  assertEquals(receiver.events, ["breakglass.invoked"]);
  assertEquals((await readLog(log)).map(({ event }) => event), ["breakglass.invoked"]);
});
