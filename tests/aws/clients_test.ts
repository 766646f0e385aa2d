/**
 * The STS client in a hostile process: nothing of the environment or of the home directory may
 * lead it elsewhere; it looks at neither, and needs no more than the network.
 *
 * @module
 */
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { assertEquals } from "../support/assert.ts";
import { ConfigHome } from "./config_home.ts";
import { IDENTITY } from "./sts_fixture.ts";

const ROOT = new URL("../../", import.meta.url);

// Asked for by the SDK as it loads, whatever it is told; none has to do with where it calls.
const HARMLESS = [
  "AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026",
  "AWS_LAMBDA_BENCHMARK_MODE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
  "_X_AMZN_TRACE_ID",
];

/** Runs `code` in a process of its own with few permissions; tells which it made use of. */
async function runElsewhere(code: string, env: Readonly<Record<string, string>>) {
  const audit = await Deno.makeTempFile();
  try {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "--allow-env",
        "--allow-net",
        `--config=${new URL("deno.json", ROOT).pathname}`,
        "-",
      ],
      env: { ...env, DENO_AUDIT_PERMISSIONS: audit },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    const { stdout, stderr } = await process.output();
    const used = (await Deno.readTextFile(audit)).trim().split("\n").map((line) => {
      const { permission, value } = JSON.parse(line);
      return `${permission} ${value}`;
    });
    return {
      stdout: new TextDecoder().decode(stdout),
      stderr: new TextDecoder().decode(stderr),
      used: used.filter((use) => !HARMLESS.includes(use.replace(/^env /, ""))),
    };
  } finally {
    await Deno.remove(audit);
  }
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
  const module = new URL("src/aws/clients.ts", ROOT).href;
  const caller = {
    name: "test",
    keys: { accessKeyId, secretAccessKey, sessionToken: null },
  };
  const { stdout, stderr, used } = await runElsewhere(
    `
    import { openStsClient } from ${JSON.stringify(module)};
    const caller = ${JSON.stringify(caller)};
    async function assume(endpoint) {
      using client = await openStsClient(caller, { region: null, endpoint });
      return await client.assumeRole({
        roleArn: ${JSON.stringify(roleArn)},
        roleSessionName: "test",
        sourceIdentity: ${JSON.stringify(IDENTITY)},
        externalId: null,
        durationSeconds: 900,
      });
    }
    const { sourceIdentity } = await assume(${JSON.stringify(sts.url)});
    console.log(sourceIdentity);
    globalThis.fetch = (url) => {
      console.log(url);
      return Promise.reject(new TypeError("not from a test"));
    };
    await assume(null).catch((error) => console.log(error.code));
    `,
    {
      AWS_CONFIG_FILE: home.file("config"),
      AWS_SHARED_CREDENTIALS_FILE: home.file("credentials"),
      AWS_PROFILE: "nonexistent",
      AWS_REGION: "xx-trap-2",
      AWS_DEFAULT_REGION: "xx-trap-3",
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
    },
  );
  const aws = "https://sts.us-east-1.amazonaws.com/";
  assertEquals(stdout, `${IDENTITY}\n${aws}\n${aws}\nAWS_UNAVAILABLE\n`, stderr);
  assertEquals(stderr, "");
  assertEquals(used, [`net ${sts.url}/`]);
  assertEquals(sts.calls.map(({ region, accessKeyId }) => [region, accessKeyId]), [
    ["us-east-1", accessKeyId],
  ]);
  assertEquals(trap.calls.length, 0);
});
