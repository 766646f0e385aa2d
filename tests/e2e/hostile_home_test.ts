/**
 * A home directory and an environment full of other people's credentials: whatever an AWS client
 * would find there on its own, the command gets the identity that the gate issued (P10).
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { openSandbox, type Sandbox, startProcess } from "../support/sandbox.ts";
import { AWS_WHO_AM_I, BOTOCORE, hasAwsCommand, hasBotocore, JAVASCRIPT } from "./consumers.ts";
import { policyOf } from "./policies.ts";
import { exists } from "./traces.ts";

interface Hostility extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** Requests to the endpoints that the environment names. */
  readonly asked: () => number;
}

/** Fills the home with keys of mallory, and with programs and endpoints that must not be asked. */
async function makeHostile(sandbox: Sandbox): Promise<Hostility> {
  const { home } = sandbox;
  const mallory = sandbox.sts.addUser({ name: "mallory" });
  const keys =
    `aws_access_key_id = ${mallory.accessKeyId}\naws_secret_access_key = ${mallory.secretAccessKey}\n`;
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[default]\n${keys}region = us-east-2\ncredential_process = touch ${home}/marker\n` +
      `[profile process]\ncredential_process = touch ${home}/marker\n`,
    { append: true },
  );
  await Deno.writeTextFile(`${home}/.aws/credentials`, `[default]\n${keys}`, { append: true });
  await Deno.writeTextFile(`${home}/.boto`, `[Credentials]\n${keys}`);
  await Deno.writeTextFile(`${home}/.aws/boto`, `[Credentials]\n${keys}`);
  await Deno.writeTextFile(`${home}/token`, "a.web.token");
  let asked = 0;
  const endpoint = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return Response.json({
      AccessKeyId: mallory.accessKeyId,
      SecretAccessKey: mallory.secretAccessKey,
      Token: "",
      Expiration: new Date(Date.now() + 3600_000).toISOString(),
    });
  });
  const url = `http://127.0.0.1:${endpoint.addr.port}/creds`;
  return {
    asked: () => asked,
    env: {
      AWS_ACCESS_KEY_ID: mallory.accessKeyId,
      AWS_SECRET_ACCESS_KEY: mallory.secretAccessKey,
      AWS_ACCESS_KEY: mallory.accessKeyId,
      AWS_SECRET_KEY: mallory.secretAccessKey,
      aws_access_key_id: mallory.accessKeyId,
      aws_secret_access_key: mallory.secretAccessKey,
      aws_profile: "process",
      AWS_PROFILE: "process",
      AWS_DEFAULT_PROFILE: "process",
      AWS_SDK_LOAD_CONFIG: "1",
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Deep",
      AWS_ROLE_SESSION_NAME: "mallory",
      AWS_WEB_IDENTITY_TOKEN_FILE: `${home}/token`,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${home}/token`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_CREDENTIAL_FILE: `${home}/.boto`,
      AWS_CREDENTIAL_PROFILES_FILE: `${home}/.aws/credentials`,
      BOTO_CONFIG: `${home}/.boto`,
      AWS_CONFIG_FILE: `${home}/.aws/config`,
      AWS_SHARED_CREDENTIALS_FILE: `${home}/.aws/credentials`,
    },
    [Symbol.asyncDispose]: () => endpoint.shutdown(),
  };
}

/** A script that runs every client of this machine and shows, line by line, who each is. */
function everyClient(): { readonly script: string; readonly count: number } {
  const clients = [
    JAVASCRIPT,
    ...hasBotocore() ? [BOTOCORE] : [],
    ...hasAwsCommand() ? [AWS_WHO_AM_I] : [],
  ];
  const quoted = clients.map((client) =>
    client.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")
  );
  return { script: quoted.join("; "), count: clients.length };
}

for (const [name, flags] of [["the environment", []], ["the server", ["--server"]]] as const) {
  Deno.test(`with ${name}, every client is the role, whatever the home holds`, async () => {
    await using sandbox = await openSandbox(policyOf());
    await using hostility = await makeHostile(sandbox);
    const { script, count } = everyClient();
    const { code, stdout, stderr } = await sandbox.run(
      ["exec", ...flags, "--profile", "prod", "--", "sh", "-c", script],
      { env: hostility.env },
    );
    assertEquals([code, stderr], [0, ""], stdout);
    const lines = stdout.trimEnd().split("\n");
    assertEquals(lines.length, count, stdout);
    for (const line of lines) {
      assertMatch(line, /arn:aws:sts::123456789012:assumed-role\/Prod\/sentinel=alice=direct=/);
    }
    assert(!await exists(`${sandbox.home}/marker`), "a credential_process ran");
    assertEquals(hostility.asked(), 0, "another endpoint was asked");
    assert(!sandbox.sts.calls.some(({ callerArn }) => callerArn?.includes("mallory")));
  });
}

Deno.test("what one command writes into its AWS files does not reach the next", async () => {
  await using sandbox = await openSandbox(policyOf());
  const mallory = sandbox.sts.addUser({ name: "mallory" });
  const keys =
    `aws_access_key_id = ${mallory.accessKeyId}\naws_secret_access_key = ${mallory.secretAccessKey}\n`;
  const exec = ["exec", "--server", "--profile", "prod", "--"];
  const tamper =
    'printf "%s" "$1" >>"$AWS_CONFIG_FILE"; printf "%s" "$1" >>"$AWS_SHARED_CREDENTIALS_FILE"; ' +
    'shift; exec "$@"';
  const first = await sandbox.run([
    ...exec,
    ...["sh", "-c", tamper, "sh", `\n[default]\n${keys}`, ...JAVASCRIPT],
  ]);
  assertMatch(first.stdout, /user\/mallory/, "whoever tampers harms itself only");
  const second = await sandbox.run([...exec, ...JAVASCRIPT]);
  assertEquals([second.code, second.stderr], [0, ""]);
  assertMatch(second.stdout, /assumed-role\/Prod\/sentinel=alice=direct=/);
});

Deno.test("the same home without sentinel does give a client mallory: the bait is real", async () => {
  await using sandbox = await openSandbox(policyOf());
  await using hostility = await makeHostile(sandbox);
  const [command, ...args] = JAVASCRIPT;
  const run = (env: Readonly<Record<string, string>>) =>
    startProcess(command!, args, { env: { ...sandbox.env, AWS_REGION: "eu-west-1", ...env } })
      .finished;
  const [home, endpoint, process] = await Promise.all([
    run({}),
    run({
      AWS_CONFIG_FILE: "/none",
      AWS_SHARED_CREDENTIALS_FILE: "/none",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: hostility.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]!,
    }),
    run({ AWS_PROFILE: "process" }),
  ]);
  assertMatch(home.stdout, /user\/mallory/);
  assert(hostility.asked() > 0, endpoint.stdout);
  assertEquals(process.code, 1);
  assert(await exists(`${sandbox.home}/marker`), "the credential_process never ran");
});

Deno.test("`credentials` itself takes nothing of it: the base is what the profile names", async () => {
  await using sandbox = await openSandbox(policyOf());
  await using hostility = await makeHostile(sandbox);
  const { code, stdout, stderr } = await sandbox.run(["credentials", "--profile", "prod"], {
    env: hostility.env,
  });
  assertEquals([code, stderr], [0, ""]);
  const call = sandbox.sts.calls.at(-1)!;
  assertEquals(call.callerArn, "arn:aws:iam::123456789012:user/alice");
  assertEquals(JSON.parse(stdout).AccessKeyId, call.issuedAccessKeyId);
  assert(!await exists(`${sandbox.home}/marker`), "a credential_process ran");
  // Named by the user it does run, and what is not a document of keys gives none.
  const base = await sandbox.run(["credentials", "--profile", "process"], { env: hostility.env });
  assertEquals([base.code, base.stdout], [78, ""]);
  assertEquals(hostility.asked(), 0);
});
