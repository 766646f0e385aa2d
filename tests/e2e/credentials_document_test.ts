/**
 * `sentinel credentials`: the document that AWS clients read, and that there is none after a
 * refusal or a fault.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, PROGRAM, type Sandbox, startProcess } from "../support/sandbox.ts";
import { AWS_WHO_AM_I, BOTOCORE, hasAwsCommand, hasBotocore, JAVASCRIPT } from "./consumers.ts";
import { policyOf } from "./policies.ts";
import { exists, readRecords } from "./traces.ts";

/** `sentinel credentials ...args` as one line of a shell or of an AWS configuration file. */
function commandLine(...args: readonly string[]): string {
  return [Deno.execPath(), ...PROGRAM, "credentials", ...args].join(" ");
}

/** A world whose profile `gated` asks the policy for profile `prod`. */
async function openGated(): Promise<Sandbox> {
  const sandbox = await openSandbox(policyOf());
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/config`,
    `[profile gated]\ncredential_process = ${
      commandLine("--profile", "prod")
    }\nregion = eu-west-1\n`,
    { append: true },
  );
  return sandbox;
}

Deno.test("one line of JSON with Version 1, nothing else, and one record", async () => {
  await using sandbox = await openSandbox(policyOf());
  const log = `${sandbox.home}/decisions.jsonl`;
  const { code, stdout, stderr } = await sandbox.run(
    ["credentials", "--profile", "prod", "--log-file", log, "--duration", "30m"],
  );
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^[^\n]+\n$/);
  const document = JSON.parse(stdout);
  const call = sandbox.sts.calls.at(-1)!;
  assertEquals(Object.keys(document), [
    "Version",
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
    "AccountId",
  ]);
  assert(document.Version === 1, "Version is the number 1");
  assertEquals(
    [document.AccessKeyId, document.AccountId, call.parameters["DurationSeconds"]],
    [call.issuedAccessKeyId, "123456789012", "1800"],
  );
  assert(sandbox.sts.secrets().includes(document.SecretAccessKey));
  assert(sandbox.sts.secrets().includes(document.SessionToken));
  assertMatch(document.Expiration, /Z$/);
  if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(log)).mode ?? 0) & 0o777, 0o600);
  const records = await readRecords(log);
  assertEquals(records.map((record) => [record.outcome, record.mode, record.access_key_id]), [
    ["issued", "credential_process", document.AccessKeyId],
  ]);
});

Deno.test("keys without a role: a session, or with --no-session a document of the keys", async () => {
  await using sandbox = await openSandbox(policyOf());
  const session = await sandbox.run(["credentials", "--profile", "base"]);
  assertEquals([session.code, session.stderr], [0, ""]);
  assertEquals(
    JSON.parse(session.stdout).AccessKeyId,
    sandbox.sts.calls.at(-1)!.issuedAccessKeyId,
  );
  // What the first run kept is not what is asked for now.
  const plain = await sandbox.run(["credentials", "--profile", "base", "--no-session"]);
  assertEquals(plain.code, 0);
  const { accessKeyId, secretAccessKey } = sandbox.keys;
  assertEquals(JSON.parse(plain.stdout), {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
  });
});

Deno.test("the JavaScript SDK takes them from credential_process", async () => {
  await using sandbox = await openGated();
  const [command, ...args] = JAVASCRIPT;
  const { code, stdout, stderr } = await startProcess(command!, args, {
    env: { ...sandbox.env, AWS_PROFILE: "gated" },
  }).finished;
  assertEquals([code, stderr], [0, ""], stdout);
  assertStringIncludes(JSON.parse(stdout).arn, ":assumed-role/Prod/sentinel=alice=direct=");
});

Deno.test({
  name: "botocore and the AWS command line take them from credential_process, from one AssumeRole",
  ignore: !hasBotocore() || !hasAwsCommand(),
  async fn() {
    await using sandbox = await openGated();
    for (const [command, ...args] of [BOTOCORE, AWS_WHO_AM_I]) {
      const { code, stdout, stderr } = await startProcess(command!, args, {
        env: { ...sandbox.env, AWS_PROFILE: "gated" },
      }).finished;
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, ":assumed-role/Prod/sentinel=alice=direct=");
    }
    assertEquals(sandbox.sts.count("AssumeRole"), 1);
  },
});

Deno.test("the two refusals of requirements, and deny: 77, words on stderr, nothing on stdout", async () => {
  await using sandbox = await openSandbox(policyOf());
  const refusals: readonly (readonly [effect: string, stderr: string])[] = [
    [
      "require_server_session",
      'error: policy requires server mode with session tracking for profile "prod". ' +
      "credential_process doesn't support session tracking. " +
      "Use: sentinel exec --server --session-table <table> --profile prod -- <cmd>\n",
    ],
    [
      "require_server",
      'error: policy requires server mode for profile "prod". ' +
      "Use: sentinel exec --server --profile prod -- <cmd>\n",
    ],
    [
      "deny",
      'error: policy denies profile "prod": rule "the-rule" (1): because the test says so\n' +
      "hint: An explicit deny is final; ask whoever keeps the policy.\n",
    ],
  ];
  for (const [effect, message] of refusals) {
    await sandbox.writePolicy(policyOf(effect));
    const { code, stdout, stderr } = await sandbox.run(["credentials", "--profile", "prod"], {
      env: { SENTINEL_SESSION_TABLE: `sqlite:${sandbox.home}/sessions.db` },
    });
    assertEquals([code, stdout, stderr], [77, "", message]);
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
  assert(!await exists(`${sandbox.home}/sessions.db`), "a session table was made");
});

Deno.test("flags of a session or a server are usage errors that name the right command", async () => {
  await using sandbox = await openSandbox(policyOf());
  const cases = [
    [["--session-table", "t"], "--session-table does not exist here"],
    [["--session-table=t"], "--session-table does not exist here"],
    [["--server"], "--server does not exist here"],
    [["--server-duration", "15m"], "--server-duration does not exist here"],
  ] as const;
  const ended = await Promise.all(
    cases.map(([flags]) => sandbox.run(["credentials", "--profile", "prod", ...flags])),
  );
  for (const [index, { code, stdout, stderr }] of ended.entries()) {
    assertEquals([code, stdout], [64, ""]);
    assertStringIncludes(stderr, cases[index]![1]);
    assertMatch(stderr, /\nhint: Use: sentinel exec --server|\nhint: Use --duration\./);
  }
  assertEquals(sandbox.sts.calls.length, 0);
  // The environment speaks to servers: here it is not even looked at.
  const { code, stderr } = await sandbox.run(["credentials", "--profile", "prod"], {
    env: { SENTINEL_SESSION_TABLE: "not a table name", SENTINEL_SERVER: "neither" },
  });
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("a credential_process that is sentinel for its own profile ends before anything runs", async () => {
  await using sandbox = await openSandbox(policyOf());
  const line = commandLine("--profile", "loop");
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/config`,
    `[profile loop]\ncredential_process = ${line}\nregion = eu-west-1\n
[profile role-loop]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = loop\n`,
    { append: true },
  );
  for (const profile of ["loop", "role-loop"]) {
    const ended = await sandbox.run(["credentials", "--profile", profile]);
    assertEquals([ended.code, ended.stdout], [78, ""], ended.stderr);
    assertMatch(
      ended.stderr,
      /config" line 15: its credential_process is sentinel for profile "loop" itself/,
    );
  }
  assertEquals(sandbox.sts.calls.length, 0);
  // An SDK that runs it must end too.
  const [command, ...args] = JAVASCRIPT;
  const sdk = await startProcess(command!, args, {
    env: { ...sandbox.env, AWS_PROFILE: "loop" },
  }).finished;
  assertEquals(sdk.code, 1);
});

Deno.test("without stdin, stdout or a terminal: never a prompt, and a reader that is gone is told", async () => {
  await using sandbox = await openSandbox(policyOf());
  const sh = (script: string) => startProcess("sh", ["-c", script], { env: sandbox.env }).finished;
  const line = commandLine("--profile", "prod");

  const detached = await sh(`${line} <&-`);
  assertEquals([detached.code, detached.stderr], [0, ""]);
  assertEquals(JSON.parse(detached.stdout).Version, 1);

  const status = `${sandbox.home}/status`;
  const { stderr } = await sh(`{ ${line}; echo $? >${status}; } | :`);
  assertEquals(
    stderr,
    "error: Cannot write to standard output: the reader has closed the pipe\n" +
      "hint: Check what reads the output, or the disk it goes to.\n",
  );
  assertEquals(await Deno.readTextFile(status), "74\n");

  if (Deno.build.os === "linux") {
    const full = await sh(`${line} >/dev/full`);
    assertEquals([full.code, full.stderr.split("\n")[0]], [
      74,
      "error: Cannot write to standard output: the disk is full",
    ]);
  }
});
