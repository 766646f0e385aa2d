/**
 * What lifts a refusal, at the three doors of the real program: how often the tables are asked, and
 * that nothing which was kept outlives what let it out.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openApprovalWorld, WHY } from "../support/approval_world.ts";
import { readLog, serve } from "../support/serving.ts";

const BREAK = [
  ...["breakglass", "--profile", "prod", "--reason-code", "incident", "--yes"],
  ...["--justification", "the importer is down and the queue is full"],
];

Deno.test("P9: a busy server under an approval asks STS once and the table twice a second", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const id = await world.request({ duration: "1h" });
  assertEquals((await world.as("bob", ["approve", id, "--yes"])).status, 0);
  await using server = await serve(world.sandbox, { env: world.env });
  world.dynamodb!.reset();
  const begun = performance.now();
  for (let i = 0; i < 400; i++) assertEquals((await server.ask()).status, 200);
  const seconds = (performance.now() - begun) / 1000;
  const calls = world.dynamodb!.requests.map(({ operation }) => operation);
  assert(calls.length <= 2 * seconds + 4, `${calls.length} calls in ${seconds} s`);
  assertEquals([...new Set(calls)].filter((operation) => operation !== "GetItem"), []);
  assertEquals(world.sandbox.sts.count("AssumeRole"), 1);
  assertEquals((await server.end()).code, 0);
});

Deno.test("what needs no override, and what none can lift, asks no table", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  world.dynamodb!.reset();
  const codes = await Promise.all(
    [["base", "--no-session"], ["locked"], ["served"], ["unapproved"]].map(async (
      [name, ...flags],
    ) => (await world.sentinel(["credentials", "--profile", name!, ...flags])).status),
  );
  assertEquals(codes, [0, 77, 77, 77]);
  assertEquals(world.dynamodb!.requests, []);
});

Deno.test("credentials: kept ones are handed out while the approval lasts, and not when it was ended", async () => {
  await using world = await openApprovalWorld();
  const { sandbox, env } = world;
  const id = await world.request({ duration: "1h" });
  assertEquals((await world.as("bob", ["approve", id, "--yes"])).status, 0);
  const run = () => sandbox.run(["credentials", "--profile", "prod"], { env });
  const first = await run();
  assertEquals([first.code, first.stderr], [0, ""]);
  const { Expiration } = JSON.parse(first.stdout);
  const { approvedAt } = (await world.requests.get(id))!;
  assert(Date.parse(Expiration) <= approvedAt! + 3_600_000 + 1000, "they end with the approval");
  assertEquals((await run()).stdout, first.stdout);
  assertEquals(sandbox.sts.count("AssumeRole"), 1);
  assertEquals((await world.as("carol", ["deny", id, "--comment", "enough", "--yes"])).status, 0);
  const last = await run();
  assertEquals([last.code, last.stdout], [77, ""]);
  assertStringIncludes(last.stderr, `request ${id} was ended`);
});

Deno.test("break-glass lifts at every door, is recorded, and ends when it is closed", async () => {
  await using world = await openApprovalWorld();
  const { sandbox, env } = world;
  const broken = await world.sentinel(BREAK);
  assertEquals(broken.status, 0, broken.stderr);
  const log = `${sandbox.home}/log.jsonl`;
  const flags = ["--log-file", log, "--profile", "prod"];
  const doors = [
    ["credentials", ...flags],
    ["exec", ...flags, "--", "true"],
    ["exec", "--server", ...flags, "--", "true"],
  ];
  for (const argv of doors) {
    const { code, stderr } = await sandbox.run(argv, { env });
    assertEquals(code, 0, stderr);
  }
  const records = await readLog(log);
  const [event] = await Array.fromAsync(world.events.listByUser("alice"));
  for (const record of records) {
    assertEquals([record["outcome"], record["break_glass_event_id"]], ["issued", event!.id]);
    assertMatch(String(record["source_identity"]), /^sentinel=alice=breakglass=/);
  }
  assertEquals(records.map(({ mode }) => mode), ["credential_process", "cli", "server"]);
  const closed = await world.sentinel(["breakglass-close", event!.id, "--reason", WHY]);
  assertEquals(closed.status, 0, closed.stderr);
  for (const argv of doors) {
    const { code, stderr } = await sandbox.run(argv, { env });
    assertEquals(code, 77);
    assertStringIncludes(stderr, `break-glass ${event!.id} was closed`);
  }
});
