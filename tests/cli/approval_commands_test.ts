/**
 * The commands of approvals in this process, against tables in a file and at DynamoDB's API: who may
 * do what, what is told, and what hostile texts cannot do.
 *
 * @module
 */
import { scopeOf } from "../../src/state/approval_request.ts";
import {
  type ApprovalWorld,
  type ApprovalWorldOptions,
  openApprovalWorld,
  WHY,
} from "../support/approval_world.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../support/assert.ts";
import { readLog } from "../support/serving.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook_receiver.ts";

/** The same test over both kinds of table. */
function overBoth(name: string, test: (world: ApprovalWorld) => Promise<void>): void {
  for (const tables of ["sqlite", "dynamodb"] as const) {
    Deno.test(`${name} (${tables})`, async () => {
      await using world = await openApprovalWorld({ tables });
      await test(world);
    });
  }
}

const ASK = ["request", "--profile", "prod", "-j", WHY];
const MARKS = ["\x1b", "\u202e", "\u2028", "\u200b"];

overBoth("a request is filed once, and tells the approver's command", async (world) => {
  const asked = await world.sentinel(ASK);
  assertEquals(asked.status, 0, asked.stderr);
  const [, id = ""] = /Request ([0-9a-f]{16}) for 1h of profile "prod" is filed\./.exec(
    asked.stdout,
  )!;
  assertStringIncludes(asked.stdout, `The approver runs:  sentinel approve ${id}`);
  const again = await world.sentinel(ASK);
  assertStringIncludes(again.stdout, `Request ${id} for 1h of profile "prod" waits already.`);
  const other = await world.sentinel([...ASK, "-d", "30m", "-o", "json"]);
  assert(JSON.parse(other.stdout).id !== id, "another length is another request");
  const record = await world.requests.get(id);
  assertEquals(scopeOf(record!), {
    requester: { user: "alice", arn: "arn:aws:iam::123456789012:user/alice" },
    profile: "prod",
    role: "arn:aws:iam::123456789012:role/Prod",
    account: "123456789012",
    durationSeconds: 3600,
    justification: WHY,
  });
});

overBoth("an approver lets somebody in, once, and ends it again", async (world) => {
  const id = await world.request();
  const approved = await world.as("bob", ["approve", id], { isTerminal: true, lines: ["y"] });
  assertEquals(approved.status, 0, approved.stderr);
  assertStringIncludes(approved.stderr, `Justification    ${WHY}`);
  assertStringIncludes(approved.stderr, 'Give "alice" 1h of profile "prod"? [y/N]: ');
  assertMatch(approved.stdout, /is approved: "alice" has profile "prod" until .* UTC\.\n$/);
  const check = await world.sentinel(["check", id]);
  assertStringIncludes(check.stdout, "It gives access until ");
  const late = await world.as("carol", ["approve", id, "--yes"]);
  assertEquals(late.status, 77);
  assertStringIncludes(late.stderr, "it is approved already");
  const shown = await world.sentinel(ASK);
  assertStringIncludes(shown.stdout, `Request ${id} for 1h of profile "prod" is approved already`);
  const ended = await world.as("carol", ["deny", id, "-y", "--comment", "that is enough"]);
  assertEquals([ended.status, ended.stdout], [0, `Request ${id} of "alice" is ended.\n`]);
  const after = await world.sentinel(["check", id]);
  assertStringIncludes(after.stdout, "It gives no access now: it was ended.");
  assertMatch(after.stdout, /^Decision +end by carol \(.*\) now: "that is enough"$/m);
});

overBoth(
  "who may not decide cannot: the requester, strangers, the same person twice",
  async (world) => {
    const id = await world.request();
    for (
      const [who, reason] of [
        ["alice", 'you ("alice"), or somebody who may be you, filed it'],
        ["mallory", 'entry "prod" does not name you ("mallory") as approver'],
      ] as const
    ) {
      for (const verb of ["approve", "deny"]) {
        const refused = who === "alice"
          ? await world.sentinel([verb, id, "--yes"])
          : await world.as(who, [verb, id, "--yes"]);
        assertEquals(refused.status, 77, verb);
        assertStringIncludes(refused.stderr, reason);
      }
    }
    assertEquals((await world.requests.get(id))?.status, "pending");
    const vault = await world.request({ profile: "vault" });
    const first = await world.as("bob", ["approve", vault, "--yes"]);
    assertStringIncludes(first.stdout, "counts: 1 of 2.");
    assertStringIncludes((await world.sentinel(["check", vault])).stdout, "(1 of 2 so far)");
    const twice = await world.as("bob", ["approve", vault, "--yes"]);
    assertEquals(twice.status, 77);
    assertEquals((await world.requests.get(vault))?.status, "pending");
    const second = await world.as("carol", ["approve", vault, "--yes"]);
    assertStringIncludes(second.stdout, "is approved");
    const listed = ["list", "--profile", "vault", "-o"];
    const [row] = JSON.parse((await world.sentinel([...listed, "json"])).stdout);
    assertEquals([row.approved_by, row.decided_by, row.decisions.length], [
      "bob, carol",
      "carol",
      2,
    ]);
    assertStringIncludes((await world.sentinel([...listed, "csv"])).stdout, ',"bob, carol",carol,');
  },
);

overBoth("of an approval and a denial at once one counts, and the other is told", async (world) => {
  const id = await world.request();
  const results = await Promise.all([
    world.as("bob", ["approve", id, "--yes"]),
    world.as("carol", ["deny", id, "--yes"]),
    world.sentinel(["cancel", id, "--profile", "prod"]),
  ]);
  const record = await world.requests.get(id);
  // Each may come after the others: an approved request can be ended, a denied one not approved.
  for (const { status, stderr } of results) {
    assert(status === 0 || status === 77, stderr);
    if (status === 77) assertMatch(stderr, /it is (approved|denied|cancelled|ended)/);
  }
  assert(results.some(({ status }) => status === 0));
  assert(record!.status !== "pending");
});

overBoth("whoever asked takes it back or is done early; nobody else can", async (world) => {
  const waiting = await world.request();
  for (const verb of ["cancel", "done"]) {
    const stranger = await world.as("bob", [verb, waiting]);
    assertEquals(stranger.status, 77);
    assertStringIncludes(stranger.stderr, "only who filed it can");
  }
  const early = await world.sentinel(["done", waiting, "--profile", "prod"]);
  assertStringIncludes(early.stderr, `withdraw it by: sentinel cancel ${waiting}`);
  const cancelled = await world.sentinel(["cancel", waiting, "--profile", "prod"]);
  assertEquals(cancelled.stdout, `Request ${waiting} is cancelled.\n`);
  assertEquals((await world.sentinel(["cancel", waiting])).status, 77, "it is over");

  const approved = await world.request();
  await world.as("bob", ["approve", approved, "--yes"]);
  const other = await world.request({ duration: "30m" });
  await world.as("carol", ["approve", other, "--yes"]);
  const done = await world.sentinel(["done", "--profile", "prod"]);
  assertEquals(done.stdout.match(/ is ended\.\n/g)?.length, 2, done.stderr);
  const nothing = await world.sentinel(["done", "--profile", "prod"]);
  assertEquals([nothing.status, nothing.stdout], [0, ""]);
  const record = await world.requests.get(approved);
  assertEquals(record?.decisions.map(({ kind }) => kind), ["approve"], "IAM: no decision of hers");
});

overBoth("list finds by any conditions, newest first", async (world) => {
  const first = await world.request();
  const second = await world.request({ profile: "vault" });
  const third = await world.request({ duration: "30m" });
  await world.as("bob", ["approve", first, "--yes"]);
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], [third, second, first]],
    [["--status", "pending"], [third, second]],
    [["--status", "approved"], [first]],
    [["--status", "over"], []],
    [["--profile", "prod"], [third, first]],
    [["--user", "alice", "--status", "pending", "--profile", "vault"], [second]],
    [["--user", "bob"], []],
    [["--mine"], [third, second, first]],
    [["--since", "1h", "--limit", "1"], [third]],
  ];
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = await world.sentinel(["list", ...args]);
    assertEquals(status, 0, stderr);
    assertEquals([...stdout.matchAll(/^[0-9a-f]{16}/gm)].map(([id]) => id), expected, `${args}`);
  }
  const more = await world.sentinel(["list", "--limit", "1", "-o", "json"]);
  assertEquals(JSON.parse(more.stdout).length, 1);
  assertEquals(more.stderr, "Only the newest 1 are shown; see more with --limit.\n");
  assertEquals((await world.as("bob", ["list", "--mine"])).stderr, "No requests.\n");
});

Deno.test("the policy is asked before anything is filed", async () => {
  await using world = await openApprovalWorld();
  for (
    const [profile, status, words] of [
      ["base", 0, 'The policy allows profile "base" as it is (rule "base-free").'],
      ["served", 0, 'The policy allows profile "served" in server mode as it is'],
      ["locked", 77, "Nobody goes there; an approval cannot lift it"],
      ["chain", 77, "no rule matches this request; an approval cannot lift it"],
      ["unapproved", 77, 'Nobody can approve access to profile "unapproved"'],
    ] as const
  ) {
    const asked = await world.sentinel(["request", "--profile", profile, "-j", WHY]);
    assertEquals(asked.status, status, profile);
    assertStringIncludes(asked.stdout + asked.stderr, words);
  }
  const tooLong = await world.sentinel([...ASK, "--duration", "3h"]);
  assertEquals(tooLong.status, 64);
  assertStringIncludes(tooLong.stderr, "3h is longer than 2h");
  assertEquals((await world.sentinel(["list"])).stderr, "No requests.\n");
});

const SELF_APPROVED = `version: "1"
rules:
  - { name: prod, effect: require_approval, conditions: { profiles: [prod] } }
approvals:
  - name: self
    approvers: [bob]
    auto_approve: { users: [alice], max_duration: 30m }
`;

Deno.test("where the policy approves by itself, filing is enough; what is longer waits", async () => {
  await using world = await openApprovalWorld({ policy: SELF_APPROVED });
  const short = await world.sentinel([...ASK, "-d", "30m"]);
  const [, id = ""] = /Request ([0-9a-f]{16}) .* is approved by the policy itself, until /
    .exec(short.stdout)!;
  assertStringIncludes((await world.sentinel(["check", id])).stdout, "It gives access until ");
  const long = await world.sentinel([...ASK, "-d", "45m"]);
  assertStringIncludes(long.stdout, "is filed.");
});

Deno.test("nobody is let in without a yes, nor where nobody can say it", async () => {
  await using world = await openApprovalWorld();
  const id = await world.request();
  for (const lines of [["n"], [""], [], ["yes please"]]) {
    const asked = await world.as("bob", ["approve", id], { isTerminal: true, lines });
    assertEquals([asked.status, asked.stdout], [0, ""]);
    assertStringIncludes(asked.stderr, "Nothing was decided.");
  }
  // A yes of the environment would be one for ever.
  const env = { SENTINEL_YES: "1" };
  const glass = ["breakglass", "--profile", "prod", "-c", "incident", "-j", `${WHY}, INC-4711`];
  for (
    const silent of [
      await world.as("bob", ["approve", id], { env }),
      await world.as("bob", ["deny", id], { env }),
      await world.sentinel(glass, { env }),
    ]
  ) {
    assertEquals(silent.status, 64);
    assertMatch(silent.stderr, /hint: Add --yes to (do|break) it without being asked\./);
  }
  assertEquals((await world.requests.get(id))?.status, "pending");
});

Deno.test("an approver sees no line that the requester has made up", async () => {
  await using world = await openApprovalWorld();
  // At 80 columns the rest would begin a line of its own.
  const why = `fix it${"\u00a0".repeat(57)}Access${"\u00a0".repeat(1)}for       15m`;
  const asked = await world.sentinel([...ASK.slice(0, -1), why, "-o", "json"]);
  const { id } = JSON.parse(asked.stdout);
  const terminal = { isTerminal: true, columns: 80, lines: ["n"] };
  const asking = await world.as("bob", ["approve", id], terminal);
  const checked = await world.as("bob", ["check", id], terminal);
  for (const text of [asking.stderr, checked.stdout]) {
    const lines = text.split("\n").filter((line) => /^\s{0,16}Access\sfor/.test(line));
    assertEquals(lines, ["Access for       1h"]);
    assert(text.split("\n").every((line) => line.length <= 80 || line.startsWith("It gives")));
  }
});

Deno.test("check says what the gate would: the policy and its approvers are those of now", async () => {
  await using world = await openApprovalWorld();
  const id = await world.request();
  await world.as("bob", ["approve", id, "--yes"]);
  const check = async () => JSON.parse((await world.sentinel(["check", id, "-o", "json"])).stdout);
  assertEquals((await check()).gives_access, true);
  const policy = await Deno.readTextFile(world.sandbox.policyFile);
  await world.sandbox.writePolicy(policy.replaceAll("[bob, carol, alice]", "[carol]"));
  const without = await check();
  assertEquals(without.gives_access, false);
  assertStringIncludes(without.reason, 'was approved by "bob", who is no approver of it now');
  await world.sandbox.writePolicy("nonsense: true");
  const unknown = await check();
  assertEquals([unknown.gives_access, unknown.status], [null, "approved"]);
  assertStringIncludes(unknown.reason, "not known here");
});

Deno.test("a record that somebody wrote past sentinel is shown as what it is worth", async () => {
  await using world = await openApprovalWorld();
  const id = await world.request();
  const record = (await world.requests.get(id))!;
  const forged = { ...record, id: "00000000000000ff", status: "approved" } as const;
  await world.requests.create({ ...forged, approvedAt: record.createdAt });
  const check = await world.sentinel(["check", forged.id]);
  assertStringIncludes(
    check.stdout,
    "It gives no access now: it is marked as approved, but no approver decided on it.",
  );
});

/** A text that would steer a terminal, break a line, or be a formula. */
const HOSTILE = "=cmd|' /C calc'!A0 \u202ereversed\u200b \u{1f600}é";

overBoth(
  "hostile texts steer neither terminal, nor JSON, nor CSV, nor log, nor webhook",
  async (world) => {
    await using receiver = startWebhookReceiver();
    const log = `${world.sandbox.home}/log.jsonl`;
    const host = { env: receiver.env };
    const asked = await world.sentinel(
      ["request", "--profile", "prod", "-j", HOSTILE, "-o", "json", "--log-file", log],
      host,
    );
    assertEquals(asked.status, 0, asked.stderr);
    const { id } = JSON.parse(asked.stdout);
    const outputs = [asked.stdout];
    for (
      const args of [
        ["list"],
        ["list", "-o", "json"],
        ["list", "-o", "csv"],
        ["check", id],
        ["check", id, "-o", "csv"],
      ]
    ) {
      outputs.push((await world.sentinel(args)).stdout);
    }
    const denied = await world.as("bob", ["deny", id, "--comment", HOSTILE, "--log-file", log], {
      ...host,
      isTerminal: true,
      lines: ["y"],
    });
    outputs.push(denied.stderr, denied.stdout, (await world.sentinel(["check", id])).stdout);
    outputs.push(await Deno.readTextFile(log), ...receiver.received.map(({ body }) => body));
    for (const text of outputs) for (const mark of MARKS) assert(!text.includes(mark), text);
    const csv = outputs[3]!;
    assertStringIncludes(csv, `,'=cmd|' /C calc'!A0 \\u{202e}reversed\\u{200b} \u{1f600}é,`);
    // What a program reads is the very text.
    assertEquals(JSON.parse(asked.stdout).justification, HOSTILE);
    assertEquals(receiver.received.map(({ message }) => message.comment), [null, HOSTILE]);
    const records = await readLog(log);
    assertEquals(records.map(({ event }) => event), ["request.created", "request.denied"]);
    assertEquals(records[1]!["comment"], HOSTILE);
  },
);

Deno.test("texts that are no line of text, or too short or long, are refused with the bounds", async () => {
  await using world = await openApprovalWorld();
  for (
    const text of [
      "too short",
      "x".repeat(501),
      "one line\nand another",
      "esc\x1b[2Jape it",
      "ab\ud800cdefghijkl",
    ]
  ) {
    const asked = await world.sentinel(["request", "--profile", "prod", "-j", text]);
    assertEquals(asked.status, 64, text);
    assertStringIncludes(asked.stderr, "Write one line of 10 to 500 characters.");
    assert(!asked.stderr.includes("\x1b"));
  }
  const id = await world.request();
  for (const comment of ["x".repeat(501), "a\nb", "   "]) {
    const denied = await world.as("bob", ["deny", id, "--yes", "--comment", comment]);
    assertEquals(denied.status, 64, denied.stderr);
  }
});

/** Runs `test` with a receiver that is told what happens. */
async function told(
  test: (world: ApprovalWorld, receiver: WebhookReceiver) => Promise<void>,
  options: ApprovalWorldOptions = {},
): Promise<void> {
  await using receiver = startWebhookReceiver();
  await using world = await openApprovalWorld(options);
  await test(world, receiver);
}

Deno.test("the webhook and the log hear of each step before the command ends", () =>
  told(async (world, receiver) => {
    const log = `${world.sandbox.home}/log.jsonl`;
    const host = { env: { ...receiver.env, SENTINEL_LOG_FILE: log } };
    const vault = ["request", "--profile", "vault", "-j", WHY, "-o", "json"];
    const { id } = JSON.parse((await world.sentinel(vault, host)).stdout);
    assertEquals(receiver.events, ["request.created"]);
    await world.as("bob", ["approve", id, "-y"], host);
    await world.as("carol", ["approve", id, "-y", "--comment", "go"], host);
    await world.sentinel(["done", "--profile", "vault"], host);
    const events = ["request.created", "request.endorsed", "request.approved", "request.ended"];
    assertEquals(receiver.events, events);
    assert(receiver.received.every(({ isGenuine }) => isGenuine));
    const { message } = receiver.received[2]!;
    assertEquals([message.version, message.actor.user, message.comment], ["1", "carol", "go"]);
    assertEquals([message.request.id, message.request.status], [id, "approved"]);
    const lines = await readLog(log);
    assertEquals(lines.map(({ event }) => event), events);
    assertEquals(lines.map(({ user }) => user), ["alice", "bob", "carol", "alice"]);
    assert(lines.every((line) => line["approval_request_id"] === id));
    // An audit counts decisions on credentials; these are none, and not unreadable either.
    const audit = await world.sentinel(["audit", "sessions", log]);
    assertEquals([audit.status, audit.stderr], [0, ""]);
  }));

Deno.test("what happened has happened, also when the webhook cannot be told; the person hears it", () =>
  told(async (world, receiver) => {
    receiver.answer(400);
    const asked = await world.sentinel(ASK, { env: receiver.env });
    assertEquals(asked.status, 0);
    const { origin } = new URL(receiver.url);
    assertEquals(
      asked.stderr,
      `warning: request.created was not told to the webhook at ${origin}: it answered 400\n`,
    );
    const wrong = { SENTINEL_WEBHOOK_URL: "http://hooks.example.com/hunter2" };
    const id = await world.request({ duration: "15m" });
    const approved = await world.as("bob", ["approve", id, "-y"], { env: wrong });
    assertEquals(approved.status, 0);
    assertMatch(approved.stderr, /^warning: request\.approved was not told to the webhook: Cannot/);
    assert(!approved.stderr.includes("hunter2"));
    assertEquals((await world.requests.get(id))?.status, "approved");
  }));

Deno.test("a log that was asked for and cannot be written stops a command before it does anything", async () => {
  await using world = await openApprovalWorld();
  const id = await world.request();
  const log = ["--log-file", `${world.sandbox.home}/none/log.jsonl`];
  for (
    const args of [
      [...ASK, "-d", "15m"],
      ["approve", id, "-y"],
      [
        "breakglass",
        "--profile",
        "prod",
        "-c",
        "incident",
        "-j",
        "the importer is down again",
        "-y",
      ],
    ]
  ) {
    const { status, stderr } = await world.as(args[0] === "approve" ? "bob" : "carol", [
      ...args,
      ...log,
    ]);
    assertEquals(status, 78, stderr);
  }
  assertEquals((await Array.fromAsync(world.requests.listByUser("alice"))).length, 1);
  assertEquals((await world.requests.get(id))?.status, "pending");
});

Deno.test("a log that fails when something has happened does not hide what happened", async () => {
  await using world = await openApprovalWorld({ tables: "dynamodb" });
  const id = await world.request();
  const log = `${world.sandbox.home}/log.jsonl`;
  world.dynamodb!.before("UpdateItem", () => Deno.removeSync(log), { times: 1 });
  const { status, stdout, stderr } = await world.as("bob", [
    "approve",
    id,
    "-y",
    "--log-file",
    log,
  ]);
  assertEquals(status, 78);
  assertStringIncludes(stdout, `Request ${id} is approved`);
  assertStringIncludes(stderr, "error: Cannot write decision log");
});

Deno.test("a table whose path is mistyped is told as that, and nothing makes its file", async () => {
  await using world = await openApprovalWorld();
  const path = `${world.sandbox.home}/typo.db`;
  const requests = ["--request-table", `sqlite:${path}`];
  const events = ["--breakglass-table", `sqlite:${path}`];
  for (
    const [kind, args] of [
      ["request", [...ASK, ...requests]],
      ["request", ["list", ...requests]],
      ["request", ["exec", "--profile", "prod", ...requests, "--", "true"]],
      ["request", ["exec", "--profile", "prod", "--wait", "-j", WHY, ...requests, "--", "true"]],
      ["request", ["credentials", "--profile", "prod", ...requests]],
      ["break-glass", ["exec", "--profile", "prod", ...events, "--", "true"]],
      ["break-glass", ["breakglass-list", ...events]],
    ] as const
  ) {
    const { status, stdout, stderr } = await world.sentinel(args);
    assertEquals([status, stdout], [78, ""], args.join(" "));
    assertStringIncludes(stderr, `Cannot open ${kind} table "sqlite:${path}": there is no such`);
    assertMatch(stderr, /hint: Check its path, or make it: sentinel init (approvals|breakglass) /);
  }
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});
