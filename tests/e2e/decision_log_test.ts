/**
 * The decision log of a running server: one line a decision, whatever happens around it, and no
 * credentials without their line (P14).
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, PROGRAM, startProcess } from "../support/sandbox.ts";
import { ask, policyOf, readLog, serve, type Serving, told } from "../support/serving.ts";

const ALLOW = policyOf({ effect: "allow" });

/** Fields of every record of a server. */
const COMMON = [
  ...["timestamp", "request_id", "user", "arn", "account", "profile", "role_arn", "mode"],
  ...["effect", "outcome", "rule", "rule_index", "reason", "policy", "host", "pid", "command"],
];

Deno.test("every decision of a busy server has one line, with the id of its answer", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const log = `${sandbox.home}/decisions.jsonl`;
  await using server = await serve(sandbox, { flags: ["--log-file", log] });
  const load = () =>
    Promise.all(Array.from({ length: 50 }, async () => {
      const answers = [];
      for (let i = 0; i < 10; i++) answers.push(await server.ask());
      return answers;
    }));
  const allowed = (await load()).flat();
  await sandbox.writePolicy(policyOf({ effect: "deny", reason: 'a "quoted" reason' }));
  const denied = (await load()).flat();
  // Strangers are no decisions.
  assertEquals((await ask(server.url, "wrong")).status, 401);

  const [admission, ...records] = await readLog(log);
  assertEquals(admission?.["outcome"], "issued");
  const ids = records.map((record) => record["request_id"]);
  assertEquals(new Set([admission?.["request_id"], ...ids]).size, 1001);
  assertEquals(
    ids.toSorted(),
    [...allowed, ...denied].map((answer) => answer.requestId).toSorted(),
  );
  for (const record of records) {
    assertMatch(String(record["request_id"]), /^[0-9a-f]{16}$/);
    assertMatch(String(record["timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const issued = ["source_identity", "access_key_id", "expires_at", "duration_seconds"];
    const extra = record["outcome"] === "issued" ? issued : ["error_code"];
    assertEquals(Object.keys(record).toSorted(), [...COMMON, ...extra].toSorted());
    assertEquals([record["mode"], record["pid"]], ["server", server.process.pid]);
  }
  assertEquals(records.filter(({ outcome }) => outcome === "issued").length, 500);
  assertEquals(records.at(-1)?.["reason"], 'a "quoted" reason');
});

Deno.test("several servers write one log without tearing each other's lines", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const log = `${sandbox.home}/decisions.jsonl`;
  const start = () => serve(sandbox, { flags: ["--log-file", log] });
  const servers = await Promise.all([start(), start(), start()]);
  await using stack = new AsyncDisposableStack();
  for (const server of servers) stack.use(server);
  await Promise.all(servers.flatMap((server) =>
    Array.from({ length: 10 }, async () => {
      for (let i = 0; i < 20; i++) assertEquals((await server.ask()).status, 200);
    })
  ));
  const records = await readLog(log);
  assertEquals(new Set(records.map((record) => record["request_id"])).size, 603);
  for (const { process } of servers) {
    assertEquals(records.filter(({ pid }) => pid === process.pid).length, 201);
  }
});

/** Withheld, and told once, however often it is asked. */
async function assertWithheld(
  server: Pick<Serving, "ask" | "process">,
  ...reasons: readonly string[]
) {
  for (let i = 0; i < 5; i++) {
    const { status, body } = await server.ask();
    assertEquals([status, body["Code"]], [503, "LOG_UNWRITABLE"]);
    assert(!("SecretAccessKey" in body));
  }
  const errors = told(server.process.stderr(), "error");
  assertEquals(errors.length, reasons.length, errors.join("\n"));
  errors.forEach((error, index) => assertStringIncludes(error, reasons[index]!));
}

Deno.test("a log that is deleted while the server runs withholds credentials", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const log = `${sandbox.home}/decisions.jsonl`;
  await using server = await serve(sandbox, { flags: ["--log-file", log] });
  await Deno.rename(log, `${log}.1`);
  assertEquals((await server.ask()).status, 200, "a log that was rotated is still read");
  assertEquals((await readLog(`${log}.1`)).length, 2);
  await Deno.remove(`${log}.1`);
  await assertWithheld(server, "it was deleted");
  assertEquals((await server.end(6)).code, 6);
});

Deno.test("a log whose disk is full withholds credentials, until there is room", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const log = `${sandbox.home}/decisions.jsonl`;
  // A file may not grow beyond 4 KiB; the signal that says so is ignored.
  await using server = await serve(sandbox, {
    flags: ["--log-file", log],
    before: "trap '' XFSZ; ulimit -f 8",
  });
  let answer = await server.ask();
  while (answer.status === 200) answer = await server.ask();
  await assertWithheld(server, "the line was cut short", "system error 27");
  const { size } = await Deno.stat(log);
  assert(size <= 8 * 1024, `${size} bytes`);

  const before = await Deno.readTextFile(log);
  await Deno.truncate(log, 0);
  answer = await server.ask();
  assertEquals(answer.status, 200);
  const lines = (await Deno.readTextFile(log)).split("\n").filter((line) => line !== "");
  assertEquals(JSON.parse(lines[0]!).request_id, answer.requestId);
  // What was cut short is a line of its own, and only the last can be.
  const whole = before.split("\n").slice(0, -1);
  for (const line of whole) JSON.parse(line);
});

Deno.test("a log on standard error that cannot be written lets nothing start", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const { code, stdout } = await startProcess("/bin/sh", [
    ...["-c", 'exec "$@" 2>/dev/full', "sh", Deno.execPath(), ...PROGRAM],
    ...["exec", "-s", "--log-stderr", "--profile", "prod", "--", "echo", "ran"],
  ], sandbox).finished;
  assertEquals([code, stdout], [78, ""]);
});

Deno.test("both logs get the same lines, and the command's own output stays apart", async () => {
  await using sandbox = await openSandbox(ALLOW);
  const log = `${sandbox.home}/decisions.jsonl`;
  await using server = await serve(sandbox, { flags: ["--log-file", log, "--log-stderr"] });
  assertEquals((await server.ask()).status, 200);
  const { stderr, stdout } = await server.end();
  assertEquals(stderr, await Deno.readTextFile(log));
  assertEquals(stdout.trim().split("\n").length, 1);
});
