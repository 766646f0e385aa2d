/**
 * The commands of break-glass in this process, against tables in a file and at DynamoDB's API.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { type ApprovalWorld, openApprovalWorld } from "../support/approval_world.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { readLog } from "../support/serving.ts";
import { startWebhookReceiver } from "../support/webhook_receiver.ts";

const WHY = "the importer is down, INC-4711";
const BREAK = ["breakglass", "--profile", "prod", "-c", "incident", "-j", WHY, "--yes"];

function overBoth(name: string, test: (world: ApprovalWorld) => Promise<void>): void {
  for (const tables of ["sqlite", "dynamodb"] as const) {
    Deno.test(`${name} (${tables})`, async () => {
      await using world = await openApprovalWorld({ tables });
      await test(world);
    });
  }
}

overBoth("the glass is broken loudly, shown, and closed once", async (world) => {
  const broken = await world.sentinel(BREAK);
  assertEquals(broken.status, 0, broken.stderr);
  const id = broken.stdout.trim();
  assertMatch(id, /^[0-9a-f]{16}$/);
  assertStringIncludes(broken.stderr, 'THE GLASS IS BROKEN: emergency access to profile "prod"');
  assertMatch(broken.stderr, /Lifts +the need for an approval, and the refusal where no rule/);
  assertMatch(
    broken.stderr,
    new RegExp(`sentinel breakglass-close ${id}.* --profile prod --reason TEXT\\n`),
  );
  const again = await world.sentinel(BREAK);
  assertEquals(again.stdout.trim(), id, "what gives the same access already does not count twice");
  assertStringIncludes(again.stderr, "THE GLASS IS BROKEN ALREADY");
  const check = await world.sentinel(["breakglass-check", id]);
  assertStringIncludes(check.stdout, "It gives access until ");
  const closed = await world.as("bob", ["breakglass-close", id, "-r", "resolved"]);
  assertEquals(closed.stdout, `Break-glass event ${id} is closed.\n`);
  const twice = await world.sentinel(["breakglass-close", id, "-r", "resolved"]);
  assertEquals(twice.status, 77);
  assertStringIncludes(twice.stderr, "it is closed already");
  const after = await world.sentinel(["breakglass-check", id, "-o", "json"]);
  const { gives_access, closed_by, closed_reason } = JSON.parse(after.stdout);
  assertEquals([gives_access, closed_by, closed_reason], [false, "bob", "resolved"]);
  const list = await world.sentinel(["breakglass-list", "--status", "closed", "--user", "alice"]);
  assertStringIncludes(list.stdout, id);
  const active = await world.sentinel(["breakglass-list", "--status", "active"]);
  assertEquals([active.stdout, active.stderr], ["", "No break-glass events.\n"]);
});

overBoth("limits count every invocation, however early it was closed", async (world) => {
  for (let number = 0; number < 3; number++) {
    const { status, stdout, stderr } = await world.sentinel(BREAK);
    assertEquals(status, 0, stderr);
    await world.sentinel(["breakglass-close", stdout.trim(), "-r", "resolved"]);
  }
  const refused = await world.sentinel(BREAK);
  assertEquals([refused.status, refused.stdout], [77, ""]);
  assertStringIncludes(refused.stderr, "you may break it 3 times within 24h, and have");
  assertMatch(refused.stderr, /hint: It is possible again at \d{4}-.* UTC\.\n$/);
  const elsewhere = await world.sentinel(BREAK.with(2, "chain"));
  assertEquals(elsewhere.status, 77, "the limit of a user holds for all profiles together");
  assertEquals((await Array.fromAsync(world.events.listByUser("alice"))).length, 3);
});

Deno.test("what the policy does not foresee is refused, and nothing is counted", async () => {
  await using world = await openApprovalWorld();
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [BREAK.with(4, "other"), 77, "does not accept the reason code other"],
    [[...BREAK, "-d", "2h"], 64, "2h is longer than 1h"],
    [BREAK.with(2, "unapproved"), 77, 'You ("alice") cannot break the glass'],
    [BREAK.with(2, "locked"), 77, "Nobody goes there; break-glass cannot lift it"],
    [BREAK.with(6, "too short for it"), 64, "Write one line of 20 to 1000 characters."],
    [BREAK.with(4, "boredom"), 64, "none of incident, maintenance"],
    [BREAK.slice(0, -1), 64, "Add --yes to break it without being asked."],
  ];
  for (const [args, status, words] of cases) {
    const refused = await world.sentinel(args);
    assertEquals([refused.status, refused.stdout], [status, ""], refused.stderr);
    assertStringIncludes(refused.stderr, words);
    assert(!refused.stderr.includes("THE GLASS"));
  }
  const free = await world.sentinel(BREAK.with(2, "base"));
  assertEquals([free.status, free.stdout], [0, ""]);
  assertStringIncludes(free.stderr, "The glass is not broken.");
  const stranger = await world.as("mallory", BREAK.with(2, "mallory-prod"));
  assertEquals(stranger.status, 77);
  const asked = await world.sentinel(BREAK.slice(0, -1), { isTerminal: true, lines: ["no"] });
  assertStringIncludes(asked.stderr, "Break the glass for profile");
  assertEquals((await Array.fromAsync(world.events.listByUser("alice"))).length, 0);
  for (let number = 0; number < 3; number++) {
    const { status, stdout } = await world.sentinel(BREAK);
    assertEquals(status, 0, "nothing was counted before");
    await world.sentinel(["breakglass-close", stdout.trim(), "-r", "resolved"]);
  }
});

Deno.test("the webhook hears of a broken glass and of an escalation, and never holds it up", async () => {
  await using world = await openApprovalWorld();
  await using receiver = startWebhookReceiver();
  const host = { env: receiver.env };
  receiver.answer(400);
  const first = await world.sentinel(BREAK, host);
  assertEquals(first.status, 0);
  assertStringIncludes(first.stderr, "THE GLASS IS BROKEN");
  assertStringIncludes(first.stderr, "warning: breakglass.invoked was not told to the webhook at");
  await world.sentinel(["breakglass-close", first.stdout.trim(), "-r", "resolved"], host);
  await world.sentinel(BREAK, host);
  assertEquals(receiver.events, [
    "breakglass.invoked",
    "breakglass.closed",
    "breakglass.invoked",
    "breakglass.escalated",
  ]);
  const escalated = receiver.received.find(({ message }) =>
    message.event === "breakglass.escalated"
  );
  assertEquals(escalated?.message.escalation, {
    count: 2,
    threshold: 2,
    window_seconds: 86_400,
  });
  assertEquals(escalated?.message.breakglass.justification, WHY);
});

Deno.test("people are told of a broken glass even where its id cannot be printed", async () => {
  await using world = await openApprovalWorld();
  await using receiver = startWebhookReceiver();
  const log = `${world.sandbox.home}/log.jsonl`;
  const { status, stderr } = await world.sentinel([...BREAK, "--log-file", log], {
    env: receiver.env,
    outFails: new SentinelError("OUTPUT_FAILED", "Cannot write to standard output: it is full"),
  });
  assertEquals(status, 74);
  assertStringIncludes(stderr, "THE GLASS IS BROKEN");
  assertEquals(receiver.events, ["breakglass.invoked"]);
  assertEquals((await readLog(log)).map(({ event }) => event), ["breakglass.invoked"]);
});

Deno.test("of two things that fail at once both are told, and the first is the answer", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const log = `${world.sandbox.home}/log.jsonl`;
  world.dynamodb!.before("UpdateItem", () => Deno.removeSync(log), { times: 1 });
  const { status, stderr } = await world.sentinel([...BREAK, "--log-file", log], {
    outFails: new SentinelError("OUTPUT_FAILED", "Cannot write to standard output: it is full"),
  });
  assertEquals(status, 74);
  assertMatch(stderr, /error: Cannot write to standard output[^]*error: Cannot write decision log/);
});

Deno.test("where the glass need not be broken, a script reads so", async () => {
  await using world = await openApprovalWorld();
  const free = BREAK.with(2, "base");
  const json = await world.sentinel([...free, "-o", "json"]);
  assertEquals([json.status, JSON.parse(json.stdout)], [0, {
    id: null,
    status: "not_needed",
    user: "alice",
    arn: "arn:aws:iam::123456789012:user/alice",
    profile: "base",
  }]);
  const human = await world.sentinel(free);
  assertEquals([human.status, human.stdout], [0, ""]);
  assertStringIncludes(human.stderr, "The glass is not broken.");
});

Deno.test("a table that fails for a moment costs a moment; what was counted is recorded", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const { dynamodb } = world;
  const fault = { kind: "error", status: 500, type: "InternalServerError" } as const;
  // The invocation is counted by the first write; the second fails, and so do its repetitions.
  dynamodb!.before("UpdateItem", () => dynamodb!.inject("UpdateItem", fault, { times: 4 }), {
    times: 1,
  });
  const broken = await world.sentinel(BREAK);
  assertEquals(broken.status, 0, broken.stderr);
  const event = await world.events.get(broken.stdout.trim());
  assertEquals(event?.status, "active");
});
