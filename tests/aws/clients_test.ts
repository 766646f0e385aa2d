/**
 * The STS client in a hostile process: nothing of the environment or of the home directory may
 * lead it elsewhere, and it needs no more than the network and the environment.
 *
 * @module
 */
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ConfigHome } from "./config_home.ts";
import { IDENTITY } from "./sts_fixture.ts";

const ROOT = new URL("../../", import.meta.url);

/** Assumes a role in a process of its own, with `env` and few permissions. */
async function assumeElsewhere(
  options: { readonly endpoint: string; readonly roleArn: string; readonly keys: unknown },
  env: Readonly<Record<string, string>>,
) {
  const script = `
    import { openStsClient } from ${JSON.stringify(new URL("src/aws/clients.ts", ROOT).href)};
    const { endpoint, roleArn, keys } = ${JSON.stringify(options)};
    using client = await openStsClient({ keys, name: "test" }, { region: null, endpoint });
    const { sourceIdentity } = await client.assumeRole({
      roleArn, roleSessionName: "test", sourceIdentity: ${JSON.stringify(IDENTITY)},
      externalId: null, durationSeconds: 900,
    });
    console.log(sourceIdentity);
  `;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--allow-env",
      "--allow-net=127.0.0.1",
      `--config=${new URL("deno.json", ROOT).pathname}`,
      "-",
    ],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();
  const { stdout, stderr } = await process.output();
  return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("no variable and no file of the user leads the STS client elsewhere", async () => {
  await using trap = startStsEndpoint();
  await using sts = startStsEndpoint();
  const { accessKeyId, secretAccessKey } = sts.addUser({ name: "alice" });
  const { arn: roleArn } = sts.addRole({ name: "Deploy" });
  using home = new ConfigHome({
    config: `[default]\nendpoint_url = ${trap.url}\nregion = xx-trap-1\nretry_mode = nonsense\n` +
      "max_attempts = nonsense\ncredential_process = /bin/false\nuse_fips_endpoint = true\n",
  });
  const { stdout, stderr } = await assumeElsewhere({
    endpoint: sts.url,
    roleArn,
    keys: { accessKeyId, secretAccessKey, sessionToken: null },
  }, {
    AWS_CONFIG_FILE: home.file("config"),
    AWS_SHARED_CREDENTIALS_FILE: home.file("credentials"),
    AWS_PROFILE: "nonexistent",
    AWS_REGION: "xx-trap-2",
    AWS_ENDPOINT_URL: trap.url,
    AWS_ENDPOINT_URL_STS: trap.url,
    AWS_ACCESS_KEY_ID: "AKIATRAP",
    AWS_SECRET_ACCESS_KEY: "trap",
    AWS_SESSION_TOKEN: "trap",
    AWS_MAX_ATTEMPTS: "nonsense",
    AWS_RETRY_MODE: "nonsense",
    AWS_DEFAULTS_MODE: "nonsense",
    AWS_USE_FIPS_ENDPOINT: "true",
    AWS_USE_DUALSTACK_ENDPOINT: "nonsense",
    AWS_SIGV4A_SIGNING_REGION_SET: "xx-trap-3",
    AWS_AUTH_SCHEME_PREFERENCE: "noAuth",
    AWS_DISABLE_CLOCK_SKEW_CORRECTION: "nonsense",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "nonsense",
    AWS_SDK_UA_APP_ID: "x".repeat(100),
  });
  assertEquals(stdout, `${IDENTITY}\n`, stderr);
  assertEquals(stderr, "");
  assertEquals(sts.calls.map(({ region, accessKeyId }) => [region, accessKeyId]), [
    ["us-east-1", accessKeyId],
  ]);
  assert(trap.calls.length === 0, "the trap was called");
});
