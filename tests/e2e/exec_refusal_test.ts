/**
 * `sentinel exec` without a server: what is refused before the command runs, and which exit status
 * comes back when it did.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { policyOf } from "./policies.ts";
import { exists, readRecords } from "./traces.ts";

/** A command that leaves a trace when it runs. */
function traced(sandbox: Sandbox): readonly string[] {
  return ["--", "touch", `${sandbox.home}/ran`];
}

const REFUSALS: readonly (readonly [policy: string, stderr: string])[] = [
  [
    policyOf("require_server_session"),
    'error: policy requires server mode with session tracking for profile "prod". Use: sentinel exec --server --session-table <table> --profile prod -- <cmd>\n',
  ],
  [
    policyOf("require_server_session", "    session_table: sessions\n"),
    'error: policy requires server mode with session tracking for profile "prod". Use: sentinel exec --server --session-table <table> --profile prod -- <cmd>\n',
  ],
  [
    policyOf("require_server"),
    'error: policy requires server mode for profile "prod". Add --server flag\n',
  ],
  [
    policyOf("deny"),
    'error: policy denies profile "prod": rule "the-rule" (1): because the test says so\n' +
    "hint: An explicit deny is final; ask whoever keeps the policy.\n",
  ],
  [
    policyOf("require_approval"),
    'error: policy requires an approval for profile "prod": rule "the-rule" (1): because the test says so\n' +
    "hint: Nobody can approve it: ask whoever keeps the policy for an entry under approvals.\n",
  ],
  [
    policyOf().replace("{}", "{ profiles: [other] }"),
    'error: policy denies profile "prod": no rule matches this request\n' +
    "hint: Ask whoever keeps the policy for a rule that allows it.\n",
  ],
];

Deno.test("each refusal tells why and how, ends with 77, and assumes no role", async () => {
  await using sandbox = await openSandbox(policyOf());
  const log = `${sandbox.home}/decisions.jsonl`;
  for (const [policy, stderr] of REFUSALS) {
    await sandbox.writePolicy(policy);
    // A table of the environment belongs to servers: it changes nothing here.
    const finished = await sandbox.run(
      ["exec", "--profile", "prod", "--log-file", log, ...traced(sandbox)],
      { env: { SENTINEL_SESSION_TABLE: `sqlite:${sandbox.home}/sessions.db` } },
    );
    assertEquals([finished.code, finished.stdout, finished.stderr], [77, "", stderr]);
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
  assert(!await exists(`${sandbox.home}/sessions.db`), "a session table was made");
  const records = await readRecords(log);
  assertEquals(
    records.map(({ outcome, mode, error_code, rule }) => [outcome, mode, error_code, rule]),
    [
      ["denied", "cli", "SERVER_REQUIRED", "the-rule"],
      ["denied", "cli", "SERVER_REQUIRED", "the-rule"],
      ["denied", "cli", "SERVER_REQUIRED", "the-rule"],
      ["denied", "cli", "POLICY_DENIED", "the-rule"],
      ["denied", "cli", "APPROVAL_REQUIRED", "the-rule"],
      ["denied", "cli", "NO_MATCHING_RULE", undefined],
    ],
  );
  assert(records.every((record) => !("access_key_id" in record) && !("session_table" in record)));
});

Deno.test("a server without a table is refused where the policy wants a session", async () => {
  await using sandbox = await openSandbox(policyOf("require_server_session"));
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--server", "--profile", "prod", ...traced(sandbox)],
  );
  assertEquals([code, stdout], [77, ""]);
  assertEquals(
    stderr,
    'error: policy requires session tracking for profile "prod". Add --session-table <table> flag\n',
  );
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("no refusal is lifted by a flag or a variable", async () => {
  await using sandbox = await openSandbox(policyOf("deny"));
  const attempts: readonly (readonly string[])[] = [
    ["--no-session"],
    ["--duration", "15m"],
    ["--aws-profile", "base"],
    ["--server"],
    ["--server", "--session-table", `sqlite:${sandbox.home}/sessions.db`],
    ["--server", "--lazy"],
  ];
  const ended = await Promise.all(
    attempts.map((flags) =>
      sandbox.run(["exec", "--profile", "prod", ...flags, ...traced(sandbox)], {
        env: { SENTINEL_APPROVED: "1", SENTINEL_BREAK_GLASS: "1", SENTINEL_DEBUG: "1" },
      })
    ),
  );
  for (const [index, { code, stderr }] of ended.entries()) {
    assertEquals(code, 77, `${attempts[index]}: ${stderr}`);
    assertStringIncludes(stderr, "policy denies");
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});

Deno.test("inside a shell of sentinel both ways of exec are refused, with the way out", async () => {
  await using sandbox = await openSandbox(policyOf());
  for (const flags of [[], ["--server"]]) {
    const { code, stdout, stderr } = await sandbox.run(
      ["exec", "--profile", "prod", ...flags, ...traced(sandbox)],
      { env: { AWS_SENTINEL: "out\x1b[31mer" } },
    );
    assertEquals([code, stdout], [64, ""]);
    assertEquals(
      stderr,
      'error: This shell already runs under sentinel, for profile "out\\u{1b}[31mer"\n' +
        "hint: Leave it first (exit), or unset AWS_SENTINEL if that is not so.\n",
    );
  }
  const nested = [Deno.execPath(), "run", "-A", "--quiet", "--frozen"];
  const program = new URL("../../main.ts", import.meta.url).href;
  const really = await sandbox.run([
    ...["exec", "--profile", "prod", "--", ...nested, program],
    ...["exec", "--profile", "base", ...traced(sandbox)],
  ]);
  assertEquals(really.code, 64);
  assertStringIncludes(really.stderr, 'under sentinel, for profile "prod"');
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});

Deno.test("the exit status is the command's, or 128 and its signal", async () => {
  await using sandbox = await openSandbox(policyOf());
  const expected: readonly (readonly [script: string, code: number])[] = [
    ["exit 0", 0],
    ["exit 1", 1],
    ["exit 77", 77],
    ["exit 255", 255],
    ["kill -TERM $$", 143],
    ["kill -KILL $$", 137],
    ["kill -SEGV $$", 139],
  ];
  const ended = await Promise.all(
    expected.map(([script]) =>
      sandbox.run(["exec", "--profile", "prod", "--", "sh", "-c", script])
    ),
  );
  for (const [index, { code, stderr }] of ended.entries()) {
    const [script, wanted] = expected[index]!;
    assertEquals([code, stderr], [wanted, ""], script);
  }
});

Deno.test("a command that cannot run ends with 127 or 126, its decision on record", async () => {
  await using sandbox = await openSandbox(policyOf());
  const log = `${sandbox.home}/decisions.jsonl`;
  const plain = `${sandbox.home}/plain.txt`;
  await Deno.writeTextFile(plain, "no program\n", { mode: 0o644 });
  const orphan = `${sandbox.home}/orphan`;
  await Deno.writeTextFile(orphan, "#!/no/such/interpreter\n", { mode: 0o755 });
  const cases: readonly (readonly [command: string, code: number, stderr: string])[] = [
    [
      "no-such-command",
      127,
      'error: Cannot run "no-such-command": not found in PATH\nhint: Check the spelling and PATH.\n',
    ],
    [
      `${sandbox.home}/none`,
      127,
      `error: Cannot run "${sandbox.home}/none": no such file\nhint: Check the spelling and PATH.\n`,
    ],
    [
      plain,
      126,
      `error: Cannot run "${plain}": it is not executable\nhint: Check its mode: chmod +x FILE\n`,
    ],
    [
      sandbox.home,
      126,
      `error: Cannot run "${sandbox.home}": it is a directory\nhint: Check the command after --.\n`,
    ],
    [
      orphan,
      126,
      `error: Cannot run "${orphan}": the interpreter named in its first line does not exist\n` +
      "hint: Check the command after --.\n",
    ],
  ];
  for (const [command, wanted, message] of cases) {
    const { code, stdout, stderr } = await sandbox.run(
      ["exec", "--profile", "prod", "--log-file", log, "--", command, "argument"],
    );
    assertEquals([code, stdout, stderr], [wanted, "", message]);
  }
  const records = await readRecords(log);
  assertEquals(
    records.map(({ outcome, command }) => [outcome, command]),
    cases.map(([command]) => ["issued", command]),
  );
  assertEquals(new Set(records.map((record) => record.request_id)).size, cases.length);
});

Deno.test("a signal to sentinel reaches the command, and its end is ours", async () => {
  await using sandbox = await openSandbox(policyOf());
  for (const [signal, code] of [["SIGTERM", 41], ["SIGHUP", 42], ["SIGINT", 43]] as const) {
    const name = signal.slice(3);
    const running = sandbox.start([
      ...["exec", "--profile", "prod", "--", "sh", "-c"],
      `trap 'exit ${code}' ${name}; echo ready; while :; do sleep 0.02; done`,
    ]);
    await waitFor("the command", () => running.stdout() !== "");
    running.kill(signal);
    const ended = await running.finished;
    assertEquals([ended.code, ended.stderr], [code, ""], signal);
  }
});
