/**
 * Bad input to the real program: each mistake is told with what, where, why and what to do, in the
 * exit status that belongs to it, and never with a stack.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { type Finished, openSandbox, startProcess } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";
import { exists } from "./traces.ts";

/** Lines of `error:` and `hint:`, and nothing that comes out of a runtime. */
function assertTold({ code, stdout, stderr }: Finished, status: number, ...parts: string[]): void {
  assertEquals([code, stdout], [status, ""], stderr);
  assertMatch(stderr, /^error: [^\n]+\n/);
  assert(!/^\s+at |file:\/\/|node:|ext:|Uncaught|undefined|\[object/m.test(stderr), stderr);
  for (const part of parts) assertStringIncludes(stderr, part);
}

const DOORS: readonly (readonly string[])[] = [
  ["credentials", "--profile", "prod"],
  ["exec", "--profile", "prod", "--", "touch", "ran"],
  ["exec", "--server", "--profile", "prod", "--", "touch", "ran"],
];

Deno.test("a policy that is missing, a directory or anybody's: 78 at every door", async () => {
  await using sandbox = await openSandbox(policyOf());
  const open = `${sandbox.home}/open.yaml`;
  await Deno.writeTextFile(open, policyOf());
  await Deno.chmod(open, 0o666);
  const cases: readonly (readonly [policy: string, reason: string])[] = [
    [`${sandbox.home}/none.yaml`, "no such file or directory"],
    [sandbox.home, "it is not a regular file"],
    [open, "every user of this machine may write it"],
  ];
  for (const [policy, reason] of cases) {
    const ended = await Promise.all(
      DOORS.map((args) =>
        sandbox.run(args, { cwd: sandbox.home, env: { SENTINEL_POLICY: policy } })
      ),
    );
    for (const each of ended) {
      assertTold(each, 78, `error: Cannot read policy "${policy}": ${reason}`, "\nhint: ");
    }
  }
  // Without a name it is looked for where the platform keeps configuration.
  const unnamed = await sandbox.run(DOORS[0]!, { env: { SENTINEL_POLICY: "" } });
  assertTold(unnamed, 78, "sentinel/policy.yaml", "--policy PATH");
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});

const BROKEN = `version: "1"
rules:
  - name: one
    effect: Deny
    conditions:
      user: [alice]
      mode: [sever]
  - name: one
    effect: allow
    conditions:
      time: { days: [monday], hours: { start: "9", end: "18:00" }, timezone: Mars/Olympus }
    max_server_duration: 5m
`;

Deno.test("an invalid policy: all problems at once, with line and column, at every door", async () => {
  await using sandbox = await openSandbox(BROKEN);
  const ended = await Promise.all(DOORS.map((args) => sandbox.run(args, { cwd: sandbox.home })));
  for (const each of ended) {
    assertTold(each, 78);
    assertStringIncludes(
      each.stderr,
      `error: Cannot load policy "${sandbox.policyFile}": 7 problems\n`,
    );
    const lines = each.stderr.split("\n").filter((line) => line.startsWith(sandbox.policyFile));
    const places = lines.map((line) =>
      line.slice(sandbox.policyFile.length).match(/^:\d+:\d+: /)?.[0]
    );
    assertEquals(places, [
      ":4:13: ",
      ":6:7: ",
      ":7:14: ",
      ":8:11: ",
      ":11:47: ",
      ":11:78: ",
      ":12:26: ",
    ]);
    for (const part of ['mean "deny"?', 'mean "users"?', 'mean "server"?', "Mars/Olympus"]) {
      assertStringIncludes(each.stderr, part);
    }
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});

Deno.test("an unknown profile: 78 with the nearest one, before AWS is asked anything", async () => {
  await using sandbox = await openSandbox(policyOf());
  const [near, far, odd] = await Promise.all([
    sandbox.run(["credentials", "--profile", "prodd"]),
    sandbox.run(["credentials", "--profile", "something-else"]),
    sandbox.run(["credentials", "--profile", "a\x1b]0;title\x07\nb"]),
  ]);
  assertTold(near!, 78, 'error: Cannot find profile "prodd" in', 'hint: Did you mean "prod"?');
  assertTold(far!, 78, "hint: List the profiles: aws configure list-profiles");
  assertTold(odd!, 78, 'profile "a\\u{1b}]0;title\\u{7}\\u{a}b"');
  assertEquals(sandbox.sts.calls.length, 0);
});

Deno.test("a broken AWS configuration: 78 with file and line, never a guess", async () => {
  await using sandbox = await openSandbox(policyOf());
  const config = `${sandbox.home}/.aws/config`;
  const credentials = `${sandbox.home}/.aws/credentials`;
  const cases: readonly (readonly [text: string, line: number, reason: string])[] = [
    ["[profile p]\nrole_arn = nonsense\nsource_profile = base\n", 2, "role_arn must look like"],
    ["[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Prod\n", 2, "no source_profile"],
    [
      "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = none\n",
      3,
      'no profile "none"',
    ],
    [
      "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = q\n" +
      "[profile q]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = p\n",
      6,
      "leads in a circle",
    ],
    ["[profile p]\naws_access_key_id = AKIAHALF\n", 2, "half a key pair"],
    ["[profile p]\nregion = eu_west\n", 1, "it has no keys"],
    ["[profile p]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n", 2, "sso"],
    [
      "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = base\n" +
      "duration_seconds = abc\n",
      4,
      "duration_seconds must be",
    ],
  ];
  for (const [text, line, reason] of cases) {
    await Deno.writeTextFile(config, text);
    const ended = await sandbox.run(["credentials", "--profile", "p"]);
    assertTold(ended, 78, `config" line ${line}: `, reason, "\nhint: ");
  }
  await Deno.writeTextFile(config, "[profile p\nregion = eu-west-1\n");
  assertTold(await sandbox.run(["credentials", "--profile", "p"]), 78, 'config" line 1: ');
  await Deno.remove(credentials);
  await Deno.mkdir(credentials);
  assertTold(
    await sandbox.run(["credentials", "--profile", "p"]),
    78,
    `Cannot read the AWS configuration "${credentials}": `,
  );
  const moved = await sandbox.run(["credentials", "--profile", "p"], {
    env: { AWS_CONFIG_FILE: "$HOME/config" },
  });
  assertTold(moved, 78, "Cannot use AWS_CONFIG_FILE: only a leading ~/ is expanded");
  assertEquals(sandbox.sts.calls.length, 0);
});

Deno.test("a wrong command line: 64, with what to type instead", async () => {
  await using sandbox = await openSandbox(policyOf());
  const cases: readonly (readonly [args: readonly string[], ...parts: string[]])[] = [
    [["exce"], 'unknown command "exce"', "hint: Did you mean sentinel exec?"],
    [["exec"], "needs --profile NAME", "SENTINEL_PROFILE"],
    [["exec", "--profile"], "--profile needs a value"],
    [["exec", "--profile", ""], "--profile has an empty value"],
    [["exec", "--profil", "prod"], 'unknown flag "--profil"', "Did you mean --profile?"],
    [["exec", "--profile", "prod", "--profile", "prod"], "--profile is given twice"],
    [["exec", "--profile", "prod", "ls"], "Put the command to run after --"],
    [
      ["exec", "--profile", "prod", "--server", "--no-session"],
      "--no-session cannot be used with --server",
    ],
    [["exec", "--profile", "prod", "-s", "-d", "1h"], "Use --server-duration."],
    [["exec", "--profile", "prod", "--session-table", "t"], "needs --server", "Add --server."],
    [["exec", "--profile", "prod", "--server-port", "1"], "needs --server"],
    [["exec", "--profile", "prod", "--lazy"], "needs --server"],
    [["exec", "--profile", "prod", "-d", "3600"], "Write it with units, for example 1h"],
    [["exec", "--profile", "prod", "-d", "14m59s"], "from 15m to 12h"],
    [["exec", "--profile", "prod", "-s", "--server-port", "65536"], "from 0 to 65535"],
    [["credentials", "--profile", "prod", "extra"], 'takes no argument "extra"'],
  ];
  const ended = await Promise.all(cases.map(([args]) => sandbox.run(args)));
  for (const [index, each] of ended.entries()) {
    const [, ...parts] = cases[index]!;
    assertTold(each, 64, ...parts, "\nhint: ");
  }
  assertEquals(sandbox.sts.calls.length, 0);
});

Deno.test("a decision log that cannot be written: 78 before anything else is done", async () => {
  await using sandbox = await openSandbox(policyOf());
  await Deno.writeTextFile(`${sandbox.home}/file`, "");
  const fifo = `${sandbox.home}/fifo`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  const cases: readonly (readonly [path: string, reason: string])[] = [
    [`${sandbox.home}/none/log`, "no such file or directory"],
    [`${sandbox.home}/file/log`, "a part of its path is not a directory"],
    [sandbox.home, "it is a directory"],
    ["/dev/null", "it is not a regular file"],
    [fifo, "it is not a regular file"],
  ];
  for (const [path, reason] of cases) {
    const ended = await Promise.all(
      // Whatever else is wrong comes second.
      DOORS.map(([command, ...args]) =>
        sandbox.run([command!, "--log-file", path, ...args], {
          cwd: sandbox.home,
          env: { SENTINEL_POLICY: "/none", AWS_CONFIG_FILE: "/none" },
        })
      ),
    );
    for (const each of ended) {
      assertTold(each, 78, `error: Cannot write decision log "${path}": ${reason}\n`, "--log-file");
    }
  }
  assertEquals(sandbox.sts.calls.length, 0);
  assert(!await exists(`${sandbox.home}/ran`), "the command ran");
});

Deno.test({
  name: "a decision log on a full disk: no credentials, at any door",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using sandbox = await openSandbox(policyOf());
    // A limit on the size of files stands in for a full disk: the log may not grow any more.
    const log = `${sandbox.home}/decisions.jsonl`;
    await Deno.writeTextFile(log, "x".repeat(1023) + "\n", { mode: 0o600 });
    const program = new URL("../../main.ts", import.meta.url).href;
    for (const door of DOORS) {
      const ended = await startProcess("sh", [
        "-c",
        `trap '' XFSZ; ulimit -f 1; exec "$@"`,
        ...["sh", Deno.execPath(), "run", "-A", "--quiet", "--frozen", program],
        ...[door[0]!, "--log-file", log, ...door.slice(1)],
      ], { env: { ...sandbox.env, XDG_CACHE_HOME: "/dev/null" }, cwd: sandbox.home }).finished;
      assertEquals([ended.code, ended.stdout], [78, ""], ended.stderr);
      assertStringIncludes(ended.stderr, `error: Cannot write decision log "${log}": `);
    }
    assert(!await exists(`${sandbox.home}/ran`), "the command ran");
  },
});

Deno.test("without HOME: told, not guessed", async () => {
  await using sandbox = await openSandbox(policyOf());
  const { HOME: _, ...env } = sandbox.env;
  const program = new URL("../../main.ts", import.meta.url).href;
  const ended = await startProcess(Deno.execPath(), [
    ...["run", "-A", "--quiet", "--frozen", program, "credentials", "--profile", "prod"],
  ], { env }).finished;
  assertTold(ended, 78, "HOME is not set");
});
