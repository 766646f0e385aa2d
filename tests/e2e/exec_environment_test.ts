/**
 * `sentinel exec` without a server: what the command finds in its environment and on its streams.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { openSandbox, PROD_ROLE } from "../support/sandbox.ts";
import { AWS_WHO_AM_I, BOTOCORE, hasAwsCommand, hasBotocore, JAVASCRIPT } from "./consumers.ts";
import { policyOf } from "./policies.ts";

const SETTINGS = `
[profile tuned]
role_arn = ${PROD_ROLE}
source_profile = base
region = eu-west-3
output = yaml
retry_mode = adaptive
max_attempts = 7
cli_pager =
endpoint_url = http://127.0.0.1:9
s3 =
  addressing_style = path
services = local

[services local]
s3 =
  endpoint_url = http://127.0.0.1:8
`;

/** What a shell or an outer tool may have left in the environment. */
const INHERITED = {
  AWS_ACCESS_KEY_ID: "AKIAINHERITEDINHERIT",
  AWS_SECRET_ACCESS_KEY: "inherited-secret",
  AWS_SESSION_TOKEN: "inherited-token",
  AWS_SECURITY_TOKEN: "inherited-token",
  AWS_CREDENTIAL_EXPIRATION: "2001-01-01T00:00:00Z",
  AWS_PROFILE: "base",
  AWS_DEFAULT_PROFILE: "base",
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Inherited",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere",
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/inherited",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9/inherited",
  AWS_CONTAINER_AUTHORIZATION_TOKEN: "inherited",
  PLAIN: "kept\nwith two lines",
  AWS_PAGER: "kept",
};

function parseEnvironment(nulSeparated: string): Map<string, string> {
  return new Map(
    nulSeparated.split("\0").filter((entry) => entry !== "").map((entry) => {
      const equals = entry.indexOf("=");
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

Deno.test("the environment holds our credentials, and nothing that was inherited of others'", async () => {
  await using sandbox = await openSandbox(policyOf());
  const before = Math.floor(Date.now() / 1000) * 1000;
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--profile", "prod", "--duration", "20m", "--", "env", "-0"],
    { env: INHERITED },
  );
  assertEquals([code, stderr], [0, ""]);
  const env = parseEnvironment(stdout);
  const call = sandbox.sts.calls.at(-1)!;
  assertEquals(call.action, "AssumeRole");
  assertEquals(env.get("AWS_ACCESS_KEY_ID"), call.issuedAccessKeyId ?? undefined);
  assert(sandbox.sts.secrets().includes(env.get("AWS_SECRET_ACCESS_KEY")!));
  assert(sandbox.sts.secrets().includes(env.get("AWS_SESSION_TOKEN")!));
  const expiration = env.get("AWS_CREDENTIAL_EXPIRATION")!;
  assertMatch(expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assertEquals(env.get("AWS_SESSION_EXPIRATION"), expiration);
  const life = (Date.parse(expiration) - before) / 1000;
  assert(life >= 1200 && life < 1260, `life of ${life} s`);
  assertEquals(
    ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCOUNT_ID", "AWS_SENTINEL"].map((n) => env.get(n)),
    ["eu-west-1", "eu-west-1", "123456789012", "prod"],
  );
  assertEquals([env.get("PLAIN"), env.get("AWS_PAGER")], [INHERITED.PLAIN, "kept"]);
  for (const [name, value] of env) {
    if (name === "PLAIN" || name === "AWS_PAGER") continue;
    assert(!Object.values(INHERITED).includes(value), `${name} was inherited`);
  }
  const left = [...env.keys()].filter((name) => name.startsWith("AWS_")).sort();
  assertEquals(left, [
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCOUNT_ID",
    "AWS_CONFIG_FILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL_STS",
    "AWS_PAGER",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SENTINEL",
    "AWS_SESSION_EXPIRATION",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
  ]);
});

Deno.test("the SDK in the child is the role, with the other settings of the profile", async () => {
  await using sandbox = await openSandbox(policyOf());
  await Deno.writeTextFile(`${sandbox.home}/.aws/config`, SETTINGS, { append: true });
  const { code, stdout, stderr } = await sandbox.run(
    ["exec", "--profile", "tuned", "--", ...JAVASCRIPT],
    { env: INHERITED },
  );
  assertEquals([code, stderr], [0, ""]);
  const found = JSON.parse(stdout);
  assertMatch(found.arn, /^arn:aws:sts::123456789012:assumed-role\/Prod\/sentinel=alice=direct=/);
  assertEquals([found.region, found.retryMode, found.maxAttempts], ["eu-west-3", "adaptive", 7]);
});

Deno.test({
  name: "the AWS command line in the child is the role, with the other settings of the profile",
  ignore: !hasAwsCommand(),
  async fn() {
    await using sandbox = await openSandbox(policyOf());
    await Deno.writeTextFile(`${sandbox.home}/.aws/config`, SETTINGS, { append: true });
    const { code, stdout, stderr } = await sandbox.run([
      ...["exec", "--profile", "tuned", "--", "sh", "-c"],
      `${AWS_WHO_AM_I.join(" ")} && aws configure get retry_mode`,
    ], { env: INHERITED });
    assertEquals([code, stderr], [0, ""], stdout);
    const [arn, retryMode] = stdout.trimEnd().split("\n");
    assertStringIncludes(arn!, ":assumed-role/Prod/sentinel=alice=direct=");
    assertEquals(retryMode, "adaptive");
  },
});

Deno.test({
  name: "botocore in the child is the role, with the other settings of the profile",
  ignore: !hasBotocore(),
  async fn() {
    await using sandbox = await openSandbox(policyOf());
    await Deno.writeTextFile(`${sandbox.home}/.aws/config`, SETTINGS, { append: true });
    const { code, stdout, stderr } = await sandbox.run(
      ["exec", "--profile", "tuned", "--", ...BOTOCORE],
      { env: INHERITED },
    );
    assertEquals([code, stderr], [0, ""]);
    const { arn, region, settings } = JSON.parse(stdout);
    assertStringIncludes(arn, ":assumed-role/Prod/sentinel=alice=direct=");
    assertEquals(region, "eu-west-3");
    assertEquals(settings, {
      cli_pager: "",
      output: "yaml",
      region: "eu-west-3",
      retry_mode: "adaptive",
      max_attempts: "7",
      endpoint_url: "http://127.0.0.1:9",
      s3: { addressing_style: "path" },
      services: "child",
    });
  },
});

Deno.test("a megabyte of any bytes passes through the command unchanged", async () => {
  await using sandbox = await openSandbox(policyOf());
  const bytes = new Uint8Array(1_000_000);
  for (let at = 0; at < bytes.length; at += 50_000) {
    crypto.getRandomValues(bytes.subarray(at, at + 50_000));
  }
  const running = sandbox.start(["exec", "--profile", "prod", "--", "cat"], { stdin: "piped" });
  await new Blob([bytes]).stream().pipeTo(running.stdin!);
  const { code, stdoutBytes, stderr } = await running.finished;
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdoutBytes.length, bytes.length);
  assert(stdoutBytes.every((byte, index) => byte === bytes[index]), "the bytes changed");
});

Deno.test("stderr of the command is its own, and its arguments reach it as they are", async () => {
  await using sandbox = await openSandbox(policyOf());
  const odd = ["", "two words", "--profile", "*", "$HOME", "'\"\\", "new\nline", "ü€🙂", "--"];
  const { code, stdout, stderr } = await sandbox.run([
    ...["exec", "--profile", "prod", "--", "sh", "-c", 'printf "%s\\0" "$@"; echo said >&2', "sh"],
    ...odd,
  ]);
  assertEquals([code, stderr], [0, "said\n"]);
  assertEquals(stdout.split("\0").slice(0, -1), odd);
});

Deno.test("without a command the user's shell runs", async () => {
  await using sandbox = await openSandbox(policyOf());
  const shell = `${sandbox.home}/shell`;
  await Deno.writeTextFile(shell, '#!/bin/sh\necho "shell for $AWS_SENTINEL with $# arguments"\n', {
    mode: 0o755,
  });
  const named = await sandbox.run(["exec", "--profile", "prod"], { env: { SHELL: shell } });
  assertEquals([named.code, named.stdout], [0, "shell for prod with 0 arguments\n"]);
  // Without SHELL it is /bin/sh, which ends with the end of its input.
  const unnamed = await sandbox.run(["exec", "--profile", "prod", "--"]);
  assertEquals([unnamed.code, unnamed.stdout, unnamed.stderr], [0, "", ""]);
});
