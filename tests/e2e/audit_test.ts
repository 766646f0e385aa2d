import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const ALLOWED = `version: "1"
rules:
  - { name: anyhow, effect: allow, conditions: { profiles: [prod, base] } }
`;
const TRACKED = `version: "1"
rules:
  - name: tracked
    effect: require_server_session
    conditions: { profiles: [prod] }
    reason: Production is tracked
  - { name: anyhow, effect: allow, conditions: { profiles: [base] } }
`;
const CLIENT = `
const headers = { authorization: Deno.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") };
for (let asked = 0; asked < 3; asked++) {
  const answer = await fetch(Deno.env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"), { headers });
  console.log((await answer.json()).AccessKeyId);
}
`;

/** A sandbox whose log has untracked and tracked decisions, made by the real program. */
async function openAudited() {
  const sandbox = await openSandbox(ALLOWED);
  const log = `${sandbox.home}/decisions.jsonl`;
  const table = `sqlite:${sandbox.home}/sessions.db`;
  const logged = ["--log-file", log];
  const plain = await sandbox.run(["exec", ...logged, "--profile", "prod", "--", "true"]);
  assertEquals(plain.code, 0, plain.stderr);
  await sandbox.writePolicy(TRACKED);
  const refused = await sandbox.run(["exec", ...logged, "--profile", "prod", "--", "true"]);
  assertEquals(refused.code, 77);
  const base = await sandbox.run(["exec", ...logged, "--profile", "base", "--", "true"]);
  assertEquals(base.code, 0, base.stderr);
  const client = await sandbox.script("client", CLIENT);
  const server = await sandbox.run([
    ...["exec", "--server", "--session-table", table, ...logged, "--profile", "prod", "--"],
    ...client,
  ]);
  assertEquals(server.code, 0, server.stderr);
  const accessKeyId = server.stdout.split("\n")[0]!;
  const records = (await Deno.readTextFile(log)).trim().split("\n").map((line) => JSON.parse(line));
  return { sandbox, log, table, accessKeyId, records };
}

async function readJson(sandbox: Sandbox, args: readonly string[], code: number) {
  const { stdout, ...ended } = await sandbox.run([...args, "--output", "json"]);
  assertEquals(ended.code, code, ended.stderr);
  return JSON.parse(stdout);
}

Deno.test("audit: what the real program logged is told per profile, and per key", async (t) => {
  const { sandbox, log, table, accessKeyId, records } = await openAudited();
  await using _ = sandbox;
  const audit = ["audit", "sessions", "--log-file", log];
  const issued = records.filter((record) => record.outcome === "issued");
  const tracked = issued.filter((record) => record.session_id !== undefined);
  assertEquals(issued.length - tracked.length, 2);
  assert(tracked.length >= 3);

  await t.step("gaps exit with 1 and are told one by one", async () => {
    const { code, stdout, stderr } = await sandbox.run(audit);
    assertEquals(code, 1);
    assertEquals(stderr, "");
    const prod = issued.filter((record) => record.profile === "prod").length;
    assertMatch(
      stdout,
      new RegExp(`^prod +${prod} +${prod - 1} +1 +${prod} +1 +\\d\\d\\.\\d%$`, "m"),
    );
    assertMatch(stdout, /^base +1 +0 +1 +0 +0 +-$/m);
    assertStringIncludes(stdout, "1 decision issued credentials without the session");
    assertStringIncludes(
      stdout,
      `alice on "prod" by cli for "true", request ${records[0].request_id}`,
    );
    for (const line of stdout.split("\n").slice(2, 5)) assert(line.length <= 80, line);
  });

  await t.step("the policy that was in force then sees none", async () => {
    const older = `${sandbox.home}/older.yaml`;
    await Deno.writeTextFile(older, ALLOWED);
    const { code, stdout } = await sandbox.run([...audit, "--policy", older]);
    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, "Every session that the policy requires was there.");
  });

  await t.step("for machines", async () => {
    const found = await readJson(sandbox, audit, 1);
    assertEquals(found.gap_count, 1);
    assertEquals(found.records, records.length);
    assertEquals(found.unreadable_lines, 0);
    assertEquals(found.gaps[0].request_id, records[0].request_id);
    assertEquals(found.profiles.map((row: { profile: string }) => row.profile), ["base", "prod"]);
    const csv = await sandbox.run([...audit, "-o", "csv"]);
    assertEquals(csv.code, 1);
    assertMatch(
      csv.stdout,
      /^profile,issued,with_session,without_session,required,gaps,compliance\r\n/,
    );
    assertStringIncludes(csv.stdout, "base,1,0,1,0,0,\r\n");
  });

  await t.step("a log that is named twice is read once; torn lines are counted", async () => {
    const torn = `${sandbox.home}/torn.jsonl`;
    await Deno.writeTextFile(torn, `{"timestamp":"2026\n\n${JSON.stringify(records.at(-1))}\n{"x`);
    const { code, stderr } = await sandbox.run([...audit, log, torn]);
    assertEquals(code, 1);
    assertEquals(
      stderr,
      "warning: 2 lines of the logs are no record of a decision; passed over\n",
    );
    assertEquals((await readJson(sandbox, [...audit, log, torn], 1)).records, records.length + 1);
  });

  await t.step("what is older than --since does not count", async () => {
    const old = `${sandbox.home}/old.jsonl`;
    const timestamp = new Date(Date.now() - 25 * 3_600_000).toISOString();
    await Deno.writeTextFile(old, JSON.stringify({ ...records[0], timestamp }));
    const { code, stdout } = await sandbox.run(["audit", "sessions", old, "--since", "1d"]);
    assertEquals(code, 0);
    assertMatch(stdout, /^No credentials were issued since /);
    assertEquals((await sandbox.run(["audit", "sessions", old, "--since", "2d"])).code, 1);
  });

  const who = ["audit", "who"];
  const sessionId = tracked[0].session_id;
  const identity = tracked[0].source_identity;
  await t.step("an access key leads to who, when, why, which command and session", async () => {
    const { code, stdout, stderr } = await sandbox.run([
      ...[...who, accessKeyId, "--log-file", log, "--table", table],
    ]);
    assertEquals(code, 0, stderr);
    for (
      const part of [
        "alice (arn:aws:iam::",
        'rule "tracked": Production is tracked',
        "Through          server, host",
        `Session          ${sessionId}`,
        "Status           expired",
      ]
    ) assertStringIncludes(stdout, part);
    const named = tracked.filter((record) => record.access_key_id === accessKeyId);
    assertStringIncludes(stdout, `Issued           ${named.length} times`);
  });

  await t.step(
    "so do the session, the source identity and the ARN that CloudTrail shows",
    async () => {
      const arn = `arn:aws:sts::123456789012:assumed-role/Prod/${identity}`;
      for (const key of [sessionId, identity, arn]) {
        const found = await readJson(sandbox, [...who, key, log, "--table", table], 0);
        assertEquals(found.session.id, sessionId, key);
        assertEquals(found.session.user, "alice");
        assertEquals(found.accesses[0].profile, "prod");
        assertEquals(found.accesses[0].count >= 3, true);
      }
    },
  );

  await t.step("without a log the table answers, without a table the log does", async () => {
    const alone = await readJson(sandbox, [...who, sessionId, "--table", table], 0);
    assertEquals([alone.accesses.length, alone.session.user], [0, "alice"]);
    const other = ["--table", `sqlite:${sandbox.home}/other.db`];
    const { code, stderr, stdout } = await sandbox.run([...who, accessKeyId, log, ...other]);
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /^warning: Cannot open session table ".*other\.db": there is no such file\n$/,
    );
    assertStringIncludes(stdout, "alice");
  });

  await t.step("what came through another door has no session to look for", async () => {
    const found = await readJson(sandbox, [...who, records[0].access_key_id, log], 0);
    assertEquals(found.session, null);
    assertEquals(found.accesses[0].command, "true");
    assertEquals(found.accesses[0].mode, "cli");
  });

  await t.step("a key that nobody knows exits with 1; what is no key, with 64", async () => {
    const nobody = await sandbox.run([...who, "ffffffffffffffff", log, "--table", table]);
    assertEquals([nobody.code, nobody.stdout], [1, ""]);
    assertStringIncludes(nobody.stderr, 'Nobody is known by "ffffffffffffffff"');
    assertEquals((await sandbox.run([...who, "alice", log])).code, 64);
  });

  await t.step("a log that cannot be read is an error", async () => {
    const { code, stderr } = await sandbox.run([...audit, `${sandbox.home}/none.jsonl`]);
    assertEquals(code, 78);
    assertMatch(stderr, /^error: Cannot read decision log ".*none\.jsonl": no such file/);
    assertEquals((await sandbox.run(["audit", "sessions"])).code, 64);
  });
});
