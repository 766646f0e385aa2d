/**
 * `server-sessions`, `server-session` and `server-revoke` against DynamoDB's API, in this process.
 *
 * @module
 */
import { DENY_POLICY_NAME } from "../../src/state/deny_policy.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSessionWorld, type SessionWorld, TABLE } from "../support/session_world.ts";
import { idOf } from "../store/session_samples.ts";

const MINUTE = 60_000;
const REASON = ["--reason", "laptop lost"];

/** The ids that a list shows, in its order. */
function idsOf(text: string): string[] {
  return [...text.matchAll(/^([0-9a-f]{16})\b/gm)].map(([, id]) => id!);
}

/** Sessions: 1 alice prod, 2 bob prod, 3 alice dev, 4 alice prod ran out, 5 bob dev revoked. */
async function populate({ session }: SessionWorld): Promise<void> {
  await session(1);
  await session(2, { user: "bob" });
  await session(3, { profile: "dev" });
  await session(4, { expiresAt: Date.now() - 2 * 3_600_000 });
  await session(5, { user: "bob", profile: "dev", status: "revoked", revokedBy: "eve" });
}

Deno.test("server-sessions lists by any conditions, by default the caller's own", async () => {
  await using world = await openSessionWorld();
  await populate(world);
  const cases: readonly (readonly [readonly string[], readonly number[]])[] = [
    [[], [1, 3, 4]],
    [["--all-users"], [1, 2, 3, 4, 5]],
    [["-a", "--status", "active"], [1, 2, 3]],
    [["-a", "--status", "expired"], [4]],
    [["-a", "--status", "revoked"], [5]],
    [["--user", "bob"], [2, 5]],
    [["--user", "bob", "--profile", "prod"], [2]],
    [["-a", "--profile", "prod", "--status", "active"], [1, 2]],
    [["-a", "--since", "150s"], [1, 2]],
    [["-a", "--since", "7d", "--limit", "2"], [1, 2]],
    [["--user", "nobody"], []],
  ];
  for (const [args, expected] of cases) {
    const { status, stdout, stderr } = await world.sentinel(["server-sessions", ...args]);
    assertEquals(status, 0, stderr);
    assertEquals(idsOf(stdout), expected.map(idOf), args.join(" "));
  }
  const none = await world.sentinel(["server-sessions", "--user", "no\x1bbody"]);
  assertEquals(none.stderr, 'No sessions of "no\\u{1b}body".\n');
  const some = await world.sentinel(["server-sessions", "-a", "--limit", "2"]);
  assertEquals(some.stderr, "Only the newest 2 are shown; see more with --limit.\n");
});

Deno.test("server-sessions reaches its limit however many it must read past", async () => {
  await using world = await openSessionWorld();
  for (let number = 0; number < 230; number++) {
    await world.session(number, { profile: number >= 225 ? "rare" : "prod" });
  }
  const { stdout } = await world.sentinel(["server-sessions", "--profile", "rare", "--limit", "5"]);
  assertEquals(idsOf(stdout), [225, 226, 227, 228, 229].map(idOf));
  assert(world.dynamodb.count("Query") >= 3);
});

Deno.test("machines get JSON and CSV with every attribute, and nothing else", async () => {
  await using world = await openSessionWorld();
  await populate(world);
  const json = await world.sentinel(["server-sessions", "-a", "-o", "json"]);
  const rows = JSON.parse(json.stdout);
  assertEquals(rows.map(({ status }: { status: string }) => status), [
    ...["active", "active", "active", "expired", "revoked"],
  ]);
  const csv = await world.sentinel(["server-sessions", "-a", "-o", "csv"]);
  const [head, ...lines] = csv.stdout.trimEnd().split("\r\n");
  assertEquals(head!.split(","), Object.keys(rows[0]));
  assertEquals(lines.length, 5);
  const one = await world.sentinel(["server-session", idOf(5), "--output", "json"]);
  assertEquals(JSON.parse(one.stdout).revoked_by, "eve");
  const empty = await world.sentinel(["server-sessions", "--user", "x", "-o", "json"]);
  assertEquals([empty.stdout, empty.stderr], ["[]\n", ""]);
});

Deno.test("a record of another version is read: unknown attributes, other spelling of times", async () => {
  await using world = await openSessionWorld();
  await world.dynamodb.call("PutItem", {
    TableName: TABLE,
    Item: Object.fromEntries(
      Object.entries({
        id: idOf(7),
        user: "alice",
        profile: "prod",
        status: "active",
        server_instance_id: "old",
        created_at: "2026-01-01T00:00:00Z",
        expires_at: "2999-01-01T00:00:00.123456789+02:00",
        colour: "blue",
      }).map(([name, S]) => [name, { S }]),
    ),
  });
  const { stdout } = await world.sentinel(["server-sessions", "-o", "json"]);
  const [row] = JSON.parse(stdout);
  assertEquals([row.id, row.status, row.expires_at], [
    ...[idOf(7), "active", "2998-12-31T22:00:00.123Z"],
  ]);
});

Deno.test("server-session shows one session, and says when there is none", async () => {
  await using world = await openSessionWorld();
  await world.session(1);
  const shown = await world.sentinel(["server-session", idOf(1)]);
  assertEquals(shown.status, 0, shown.stderr);
  assertMatch(shown.stdout, /^Status +active$/m);
  assertStringIncludes(shown.stdout, "Were it revoked now");
  const missing = await world.sentinel(["server-session", idOf(9)]);
  assertEquals(missing.status, 64);
  assertStringIncludes(
    missing.stderr,
    `There is no session ${idOf(9)} in session table "${TABLE}"`,
  );
});

Deno.test("server-revoke stops one session, shows it before, and can be repeated", async () => {
  await using world = await openSessionWorld();
  await world.session(1);
  const before = Date.now();
  const asked = await world.sentinel(["server-revoke", idOf(1), ...REASON], {
    isTerminal: true,
    lines: ["yes"],
  });
  assertEquals(asked.status, 0, asked.stderr);
  assertStringIncludes(asked.stderr, "Stop this session? [y/N]: ");
  assertEquals(idsOf(asked.stderr), [idOf(1)]);
  assertStringIncludes(asked.stdout, `stopped       ${idOf(1)}  user "alice"  profile "prod"\n`);
  assertStringIncludes(asked.stdout, "1 stopped, 0 already over, 0 failed.\n");
  const [, until = ""] = /valid until (.*) UTC at the latest/.exec(asked.stdout) ?? [];
  const end = Date.parse(`${until.replace(" ", "T")}Z`);
  assert(end >= before + 15 * MINUTE && end <= Date.now() + 21 * MINUTE, until);
  const record = await world.store.get(idOf(1));
  assertEquals([record?.status, record?.revokedBy, record?.revokedReason], [
    ...["revoked", "alice", "laptop lost"],
  ]);
  const again = await world.sentinel(["server-revoke", idOf(1), ...REASON]);
  assertEquals(again.status, 0);
  assertMatch(again.stdout, /^already over {2}0{15}1 .* by "alice": "laptop lost"$/m);
});

Deno.test("server-revoke changes nothing without a yes, nor where nobody can say it", async () => {
  await using world = await openSessionWorld();
  await world.session(1);
  for (const lines of [["n"], [""], [], ["yes please"]]) {
    const { status, stderr } = await world.sentinel(["server-revoke", "--all", ...REASON], {
      isTerminal: true,
      lines,
    });
    assertEquals(status, 0);
    assert(stderr.endsWith("Cancelled.\n"));
  }
  const piped = await world.sentinel(["server-revoke", idOf(1), ...REASON]);
  assertEquals(piped.status, 64);
  assertStringIncludes(piped.stderr, "--yes");
  assertEquals(world.dynamodb.count("UpdateItem"), 0);
});

Deno.test("server-revoke stops all of a user, of a profile, of both, of the table", async () => {
  // Session 4 ran out two hours ago without being ended: a machine that slept would go on.
  const cases: readonly (readonly [readonly string[], readonly number[], readonly number[]])[] = [
    [["--user", "alice"], [1, 3], [4]],
    [["--profile", "prod"], [1, 2], [4]],
    [["--user", "alice", "--profile", "prod"], [1], [4]],
    [["--all"], [1, 2, 3], [4]],
  ];
  for (const [args, expected, over] of cases) {
    await using world = await openSessionWorld();
    await populate(world);
    const { status, stdout, stderr } = await world.sentinel([
      "server-revoke",
      ...args,
      ...REASON,
      "--yes",
    ]);
    assertEquals(status, 0, stderr);
    const stopped = [...stdout.matchAll(/^stopped +(\w+)/gm)].map(([, id]) => id!).sort();
    assertEquals(stopped, expected.map(idOf), args.join(" "));
    assertStringIncludes(
      stdout,
      `${expected.length} stopped, ${over.length} already over, 0 failed.\n`,
    );
    const revoked = await Array.fromAsync(world.store.listByStatus("revoked"));
    assertEquals(revoked.length, expected.length + over.length + 1);
    const again = await world.sentinel(["server-revoke", ...args, ...REASON, "--yes"]);
    assertEquals([again.status, again.stdout], [
      0,
      "No active session was meant: nothing to stop.\n",
    ]);
  }
});

Deno.test("a session that has just run out is revoked with the others, and told as over", async () => {
  await using world = await openSessionWorld();
  await world.session(1, { expiresAt: Date.now() - MINUTE });
  const { status, stdout } = await world.sentinel(["server-revoke", "--all", ...REASON, "-y"]);
  assertEquals(status, 0);
  assertMatch(stdout, /^already over .* ran out .* marked revoked/m);
  assertEquals((await world.store.get(idOf(1)))?.status, "revoked");
});

Deno.test("a session that starts while others are being stopped is stopped too", async () => {
  await using world = await openSessionWorld();
  await world.session(1);
  world.dynamodb.before("UpdateItem", () => world.session(0), { times: 1 });
  const { status, stdout } = await world.sentinel(["server-revoke", "--all", ...REASON, "-y"]);
  assertEquals(status, 0);
  assertStringIncludes(stdout, "2 stopped, 0 already over, 0 failed.\n");
  assertEquals((await world.store.get(idOf(0)))?.status, "revoked");
});

Deno.test("what fails for a moment is tried again, and reported once", async () => {
  await using world = await openSessionWorld();
  for (let number = 0; number < 30; number++) await world.session(number);
  // Each call is tried twice by the SDK, so that some revocations fail as a whole.
  world.dynamodb.inject("UpdateItem", { kind: "throttle" }, { times: 12 });
  const { status, stdout, stderr } = await world.sentinel([
    "server-revoke",
    "--all",
    ...REASON,
    "-y",
  ]);
  assertEquals(status, 0, stderr);
  const reported = [...stdout.matchAll(/^(?:stopped|already over) +(\w{16})/gm)].map(([, id]) =>
    id!
  );
  assertEquals(reported.sort(), Array.from({ length: 30 }, (_, number) => idOf(number)).sort());
  assertEquals((await Array.fromAsync(world.store.listByStatus("active"))).length, 0);
});

Deno.test("a table that goes away in the middle: what was stopped is told, and the rest is found again", async () => {
  await using world = await openSessionWorld();
  for (let number = 0; number < 40; number++) await world.session(number);
  let updates = 0;
  world.dynamodb.before("UpdateItem", () => {
    if (++updates === 20) {
      world.dynamodb.inject("UpdateItem", {
        kind: "error",
        status: 400,
        type: "AccessDeniedException",
      });
    }
  });
  const first = await world.sentinel(["server-revoke", "--all", ...REASON, "--yes"]);
  assertEquals(first.status, 69);
  assertMatch(first.stdout, /^\d+ stopped, 0 already over, \d+ failed(, \d+ not tried)?\.$/m);
  assertStringIncludes(first.stderr, "AWS denies access");
  const told = [...first.stdout.matchAll(/^stopped +(\w+)/gm)].map(([, id]) => id!);
  assert(told.length > 0 && told.length < 40);
  world.dynamodb.reset();
  const second = await world.sentinel(["server-revoke", "--all", ...REASON, "--yes"]);
  assertEquals(second.status, 0, second.stderr);
  const rest = [...second.stdout.matchAll(/^stopped +(\w+)/gm)].map(([, id]) => id!);
  // Between the record and its mark a session is stopped, but not told as such.
  assert(new Set([...told, ...rest]).size === told.length + rest.length, "nothing twice");
  assertEquals((await Array.fromAsync(world.store.listByStatus("active"))).length, 0);
  assertEquals((await Array.fromAsync(world.store.listByStatus("revoked"))).length, 40);
});

Deno.test("a listing that is gone half-way stops nothing and says why", async () => {
  await using world = await openSessionWorld();
  for (let number = 0; number < 120; number++) await world.session(number);
  const away = { kind: "error", status: 400, type: "ResourceNotFoundException" } as const;
  world.dynamodb.before("Query", () => world.dynamodb.inject("Query", away), { times: 1 });
  const revoke = await world.sentinel(["server-revoke", "--all", ...REASON, "--yes"]);
  assertEquals(revoke.status, 78);
  assertEquals(revoke.stdout, "");
  assertEquals(world.dynamodb.count("UpdateItem"), 0);
  const list = await world.sentinel(["server-sessions", "-a", "--output", "csv"]);
  assertEquals([list.status, list.stdout], [78, ""], "no half list is taken for a whole one");
});

Deno.test("faults of the table are told with what to do", async () => {
  await using world = await openSessionWorld();
  const missing = await world.sentinel(["server-sessions", "--table", "elsewhere"]);
  assertEquals(missing.status, 78);
  assertStringIncludes(missing.stderr, "there is no such table in region eu-west-1");
  world.dynamodb.inject("Query", { kind: "error", status: 400, type: "AccessDeniedException" });
  const denied = await world.sentinel(["server-sessions"]);
  assertEquals(denied.status, 69);
  assertStringIncludes(denied.stderr, "Allow dynamodb:Query");
  const nowhere = await world.sentinel(["server-sessions"], {
    env: { AWS_REGION: "", AWS_PROFILE: "regionless" },
  });
  assertEquals(nowhere.status, 78);
});

Deno.test("what is to be stopped is never taken from the environment", async () => {
  await using world = await openSessionWorld();
  await populate(world);
  const env = { SENTINEL_ALL: "1", SENTINEL_USER: "bob", SENTINEL_PROFILE: "dev" };
  const nothing = await world.sentinel(["server-revoke", ...REASON, "--yes"], { env });
  assertEquals(nothing.status, 64);
  const one = await world.sentinel(["server-revoke", idOf(1), ...REASON, "--yes"], { env });
  assertStringIncludes(one.stdout, "1 stopped");
  const alices = await world.sentinel(["server-revoke", "--user", "alice", ...REASON, "-y"], {
    env,
  });
  assertEquals(alices.status, 0);
  const active = await Array.fromAsync(world.store.listByStatus("active"));
  assertEquals(active.filter(({ expiresAt }) => expiresAt > Date.now()).map(({ id }) => id), [
    idOf(2),
  ]);
});

Deno.test("--deny-policy prints a policy and nothing else on standard output", async () => {
  await using world = await openSessionWorld();
  await populate(world);
  const { status, stdout, stderr } = await world.sentinel([
    ...["server-revoke", "--user", "alice", ...REASON, "--yes", "--deny-policy"],
  ]);
  assertEquals(status, 0, stderr);
  const { Statement } = JSON.parse(stdout);
  const identities = Statement.flatMap((statement: { Condition: Record<string, never> }) =>
    statement.Condition["StringLike"]!["aws:SourceIdentity"]
  );
  // What ran out two hours ago has nothing left that could be denied.
  assertEquals(identities.sort(), [1, 3].map((number) => `sentinel=alice=*=${idOf(number)}`));
  assertStringIncludes(stderr, "2 stopped");
  // Asked again, it still denies what lives on.
  const again = await world.sentinel([
    ...["server-revoke", "--user", "alice", ...REASON, "--yes", "--deny-policy"],
  ]);
  assertEquals(JSON.parse(again.stdout), { Version: "2012-10-17", Statement });
});

Deno.test("--apply merges into the role's inline policy, and keeps what others wrote", async () => {
  await using world = await openSessionWorld();
  await world.session(1);
  await world.session(2);
  world.iam.addRole("Prod");
  const own = { Sid: "Own", Effect: "Deny", Action: "s3:*", Resource: "*" };
  // One of them was denied before, with what --deny-policy printed.
  const printed = await world.sentinel([
    ...["server-revoke", idOf(1), ...REASON, "--yes", "--deny-policy"],
  ]);
  const before = JSON.parse(printed.stdout).Statement;
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [own, ...before] });
  world.iam.write("Prod", DENY_POLICY_NAME, document);
  const apply = ["--apply", "--role", "arn:aws:iam::123456789012:role/team/Prod"];
  const { status, stdout, stderr } = await world.sentinel([
    ...["server-revoke", idOf(2), ...REASON, "--yes", ...apply],
  ]);
  assertEquals([status, stdout], [0, ""], stderr);
  assertStringIncludes(stderr, 'Role "Prod" denies them now; AWS takes seconds to minutes');
  const { Statement } = JSON.parse(world.iam.document("Prod", DENY_POLICY_NAME)!);
  assertEquals(Statement[0], own);
  assertEquals(
    Statement.slice(1).flatMap((statement: { Condition: Record<string, never> }) =>
      statement.Condition["StringLike"]!["aws:SourceIdentity"]
    ).sort(),
    [1, 2].map((number) => `sentinel=alice=*=${idOf(number)}`),
  );
});

Deno.test("--apply that cannot be done fails after the sessions were stopped, never before", async () => {
  await using world = await openSessionWorld();
  world.iam.addRole("Prod");
  const cases: readonly (readonly [string, number, string])[] = [
    ["AWSReservedSSO_Admin_0123456789abcdef", 78, "service control policy"],
    ["Missing", 78, "no such role"],
    ["arn:aws:iam::999999999999:role/Prod", 78, "belongs to account 999999999999"],
  ];
  for (const [index, [role, expected, words]] of cases.entries()) {
    await world.session(index);
    const { status, stdout, stderr } = await world.sentinel([
      ...["server-revoke", idOf(index), ...REASON, "--yes", "--apply", "--role", role],
    ]);
    assertEquals(status, expected, stderr);
    assertStringIncludes(stderr, "1 stopped");
    assertStringIncludes(stderr, words);
    assertEquals((await world.store.get(idOf(index)))?.status, "revoked");
    // Of a role that cannot be edited, the policy is printed instead.
    assertEquals(stdout !== "", role.startsWith("AWSReservedSSO_"));
  }
  await world.session(8, { sourceIdentity: "somebody" });
  const stranger = await world.sentinel([
    ...["server-revoke", idOf(8), ...REASON, "--yes", "--apply", "--role", "Prod"],
  ]);
  assertEquals(stranger.status, 78);
  assertStringIncludes(stranger.stderr, "carry no source identity of sentinel");
  assertEquals(world.iam.document("Prod", DENY_POLICY_NAME), null);
});

Deno.test("a table in a file needs neither region nor credentials, and is not made by looking", async () => {
  await using world = await openSessionWorld();
  const env = { AWS_REGION: "", AWS_PROFILE: "", HOME: "/nonexistent", USER: "carol" };
  const path = `${world.sandbox.home}/sessions.db`;
  const table = ["--table", `sqlite:${path}`];
  const missing = await world.sentinel(["server-sessions", ...table], { env });
  assertEquals(missing.status, 78);
  assertStringIncludes(missing.stderr, "there is no such file");
  const { openSessionStore } = await import("../../src/store/open.ts");
  await using store = await openSessionStore(`sqlite:${path}`);
  await store.create(await world.session(1));
  const list = await world.sentinel(["server-sessions"], {
    env: { ...env, SENTINEL_SESSION_TABLE: `sqlite:${path}` },
  });
  assertEquals(idsOf(list.stdout), [idOf(1)], list.stderr);
  const revoke = await world.sentinel(["server-revoke", idOf(1), ...table, ...REASON, "-y"], {
    env,
  });
  assertEquals(revoke.status, 0, revoke.stderr);
  assertEquals((await store.get(idOf(1)))?.revokedBy, "local:carol");
  assertEquals(world.sandbox.sts.count(), 0);
});
