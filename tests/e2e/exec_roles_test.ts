/**
 * `sentinel exec` without a server: whose credentials, for how long, from where and for which
 * region. Each fact is read off the calls that the strict STS saw and off the command's output.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, PROD_ROLE, type Sandbox } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";
import { readRecords } from "./traces.ts";

const DEEP_ROLE = "arn:aws:iam::210987654321:role/Deep";
const SHOW = ["--", "sh", "-c", 'echo "$AWS_ACCESS_KEY_ID,$AWS_ACCOUNT_ID,$AWS_REGION"'];

async function openWith(config: string): Promise<Sandbox> {
  const sandbox = await openSandbox(policyOf());
  await Deno.writeTextFile(`${sandbox.home}/.aws/config`, config, { append: true });
  return sandbox;
}

/** The parameters of the AssumeRole calls so far. */
function assumed(sandbox: Sandbox) {
  return sandbox.sts.calls.filter(({ action }) => action === "AssumeRole");
}

Deno.test("life: the flag, else the profile's duration_seconds, else an hour", async () => {
  await using sandbox = await openWith(`
[profile long]
role_arn = arn:aws:iam::123456789012:role/Long
source_profile = base
duration_seconds = 7200
`);
  sandbox.sts.addRole({ name: "Long", maxSessionDurationSeconds: 43_200 });
  const cases: readonly (readonly [args: readonly string[], seconds: string])[] = [
    [["--profile", "long", "--duration", "30m"], "1800"],
    [["--profile", "long"], "7200"],
    [["--profile", "long", "-d12h"], "43200"],
    [["--profile", "prod"], "3600"],
    [["--profile", "prod", "-d", "15m"], "900"],
  ];
  const seconds = [];
  for (const [args] of cases) {
    const { code, stderr } = await sandbox.run(["exec", ...args, "--", "true"]);
    assertEquals([code, stderr], [0, ""]);
    seconds.push(assumed(sandbox).at(-1)!.parameters["DurationSeconds"]);
  }
  assertEquals(seconds, cases.map(([, wanted]) => wanted));
  const tooLong = await sandbox.run(["exec", "--profile", "prod", "-d", "2h", ...SHOW]);
  assertEquals([tooLong.code, tooLong.stdout], [78, ""]);
  assertStringIncludes(tooLong.stderr, "2h is not a life that AWS allows here");
  assertStringIncludes(
    tooLong.stderr,
    "hint: Every role allows 1h: ask for no more (--duration 1h), or raise",
  );
});

Deno.test("role_session_name and external_id reach STS; the source identity is always ours", async () => {
  await using sandbox = await openWith(`
[profile partner]
role_arn = arn:aws:iam::123456789012:role/Partner
source_profile = base
external_id = agreed/on:this=value
role_session_name = night.shift@example.com
`);
  sandbox.sts.addRole({ name: "Partner", externalId: "agreed/on:this=value" });
  const { code, stderr } = await sandbox.run(["exec", "--profile", "partner", "--", "true"]);
  assertEquals([code, stderr], [0, ""]);
  const { parameters } = assumed(sandbox)[0]!;
  assertEquals(
    [parameters["ExternalId"], parameters["RoleSessionName"]],
    ["agreed/on:this=value", "night.shift@example.com"],
  );
  assertMatch(parameters["SourceIdentity"]!, /^sentinel=alice=direct=[0-9a-f]{16}$/);
});

Deno.test("a chain of roles: each is assumed by the one before, under one source identity", async () => {
  await using sandbox = await openWith("");
  const log = `${sandbox.home}/decisions.jsonl`;
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--profile", "chain", "--log-file", log, ...SHOW],
  );
  assertEquals([code, stderr], [0, ""]);
  const calls = assumed(sandbox);
  assertEquals(calls.map((call) => call.parameters["RoleArn"]), [PROD_ROLE, DEEP_ROLE]);
  const [first, second] = calls;
  assertMatch(second!.callerArn!, /:assumed-role\/Prod\/sentinel=alice=direct=/);
  assertEquals(second!.parameters["SourceIdentity"], first!.parameters["SourceIdentity"]);
  assertEquals(stdout, `${second!.issuedAccessKeyId},210987654321,eu-west-1\n`);
  const [record] = await readRecords(log);
  assertEquals(
    [record!.role_arn, record!.account, record!.source_identity, record!.access_key_id],
    [
      DEEP_ROLE,
      "210987654321",
      second!.parameters["SourceIdentity"],
      second!.issuedAccessKeyId ?? undefined,
    ],
  );

  const before = sandbox.sts.calls.length;
  const long = await sandbox.run(["exec", "--profile", "chain", "-d", "2h", ...SHOW]);
  assertEquals([long.code, long.stdout, sandbox.sts.calls.length], [78, "", before]);
  assertStringIncludes(long.stderr, "AWS allows 1h at most to another role");
});

Deno.test("--aws-profile gives the base credentials, and never its own are delivered", async () => {
  await using sandbox = await openWith("");
  const bob = sandbox.sts.addUser({ name: "bob" });
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    `[bob]\naws_access_key_id = ${bob.accessKeyId}\naws_secret_access_key = ${bob.secretAccessKey}\n`,
    { append: true },
  );
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--profile", "prod", "--aws-profile", "bob", ...SHOW],
  );
  assertEquals([code, stderr], [0, ""]);
  const call = assumed(sandbox)[0]!;
  assertEquals([call.callerArn, call.parameters["RoleArn"]], [bob.arn, PROD_ROLE]);
  assertMatch(call.parameters["SourceIdentity"]!, /^sentinel=bob=direct=/);
  assertEquals(stdout, `${call.issuedAccessKeyId},123456789012,eu-west-1\n`);

  const before = sandbox.sts.calls.length;
  const refused = await sandbox.run(["exec", "--profile", "base", "--aws-profile", "bob", ...SHOW]);
  assertEquals([refused.code, refused.stdout, sandbox.sts.calls.length], [78, "", before]);
  assertStringIncludes(refused.stderr, "it has no role_arn");
});

Deno.test("keys without a role become a session; --no-session hands them out as they are", async () => {
  await using sandbox = await openWith("");
  const show = ["--", "sh", "-c", 'echo "$AWS_ACCESS_KEY_ID,${AWS_SESSION_TOKEN+token}"'];
  const session = await sandbox.run(["exec", "--profile", "base", ...show]);
  assertEquals([session.code, session.stderr], [0, ""]);
  const call = sandbox.sts.calls.at(-1)!;
  assertEquals(
    [call.action, call.parameters["DurationSeconds"], call.callerArn],
    ["GetSessionToken", "3600", "arn:aws:iam::123456789012:user/alice"],
  );
  assertEquals(session.stdout, `${call.issuedAccessKeyId},token\n`);

  const before = sandbox.sts.calls.length;
  const plain = await sandbox.run(["exec", "--profile", "base", "--no-session", ...show]);
  assertEquals([plain.code, plain.stdout], [0, `${sandbox.keys.accessKeyId},\n`]);
  assertEquals(
    plain.stderr,
    "warning: the command gets credentials that do not expire by themselves\n",
  );
  assertEquals(sandbox.sts.calls.length, before);

  const role = await sandbox.run(["exec", "--profile", "prod", "-n", ...show]);
  assertEquals([role.code, role.stderr], [0, ""]);
  assertEquals(role.stdout, `${assumed(sandbox)[0]!.issuedAccessKeyId},token\n`);
});

Deno.test("temporary keys without a role are not passed off as a session", async () => {
  await using sandbox = await openWith("");
  const keys = sandbox.sts.addRoleSession({ roleArn: PROD_ROLE, sessionName: "ci" });
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    `[ci]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\naws_session_token = ${keys.sessionToken}\n`,
    { append: true },
  );
  const refused = await sandbox.run(["exec", "--profile", "ci", ...SHOW]);
  assertEquals([refused.code, refused.stdout], [78, ""]);
  assertStringIncludes(refused.stderr, "its keys are temporary already");
  assertStringIncludes(refused.stderr, "--no-session");
  const handed = await sandbox.run(["exec", "--profile", "ci", "--no-session", ...SHOW]);
  assertEquals(handed.code, 0);
  assertStringIncludes(handed.stdout, keys.accessKeyId);
});

Deno.test("region: the flag, else AWS_REGION, else AWS_DEFAULT_REGION, else the profile's", async () => {
  await using sandbox = await openWith("");
  const both = { AWS_REGION: "ap-south-1", AWS_DEFAULT_REGION: "sa-east-1" };
  const cases: readonly (readonly [
    flags: readonly string[],
    env: Readonly<Record<string, string>>,
    region: string,
  ])[] = [
    [["--region", "us-west-2"], both, "us-west-2"],
    [[], { ...both, SENTINEL_REGION: "us-west-1" }, "us-west-1"],
    [[], both, "ap-south-1"],
    [[], { AWS_DEFAULT_REGION: "sa-east-1" }, "sa-east-1"],
    [[], {}, "eu-west-1"],
  ];
  const show = ["--", "sh", "-c", 'echo "$AWS_REGION,$AWS_DEFAULT_REGION"'];
  for (const [flags, env, region] of cases) {
    const { code, stdout, stderr } = await sandbox.run(
      ["exec", "--profile", "prod", ...flags, ...show],
      { env },
    );
    assertEquals([code, stdout, stderr], [0, `${region},${region}\n`, ""]);
    assertEquals(assumed(sandbox).at(-1)!.region, region);
  }
});

Deno.test("endpoints: AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, services section, endpoint_url", async () => {
  await using sandbox = await openSandbox(policyOf());
  const dead = "http://127.0.0.1:9";
  const live = sandbox.sts.url;
  const profile = (name: string, lines: string) =>
    `[profile ${name}]\nrole_arn = ${PROD_ROLE}\nsource_profile = base\nregion = eu-west-1\n${lines}\n`;
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/config`,
    profile("services", `endpoint_url = ${dead}\nservices = here`) +
      profile("own", `endpoint_url = ${live}`) +
      `[services here]\nsts =\n  endpoint_url = ${live}\n`,
    { append: true },
  );
  const off = { AWS_ENDPOINT_URL_STS: "", AWS_ENDPOINT_URL: "" };
  const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["services", { AWS_ENDPOINT_URL_STS: live, AWS_ENDPOINT_URL: dead }],
    ["services", { ...off, AWS_ENDPOINT_URL: live }],
    ["services", off],
    ["own", off],
  ];
  for (const [name, env] of cases) {
    const { code, stderr } = await sandbox.run(["exec", "--profile", name, "--", "true"], { env });
    assertEquals([code, stderr], [0, ""], `${name} ${JSON.stringify(env)}`);
  }
  assertEquals(assumed(sandbox).length, cases.length);

  const calls = sandbox.sts.calls.length;
  const bad = await sandbox.run(["exec", "--profile", "prod", ...SHOW], {
    env: { AWS_ENDPOINT_URL_STS: "http://user:canary@127.0.0.1:9/" },
  });
  assertEquals([bad.code, bad.stdout, sandbox.sts.calls.length], [78, "", calls]);
  assertStringIncludes(bad.stderr, "Cannot use AWS_ENDPOINT_URL_STS: it holds a user name");
  assertEquals(bad.stderr.includes("canary"), false, "the password was repeated");
});
