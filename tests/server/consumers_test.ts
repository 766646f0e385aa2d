/**
 * The clients for which the endpoint exists, each on its default credential chain in a process of
 * its own: they must read the answer, and the person must be able to read the refusal.
 *
 * @module
 */
import type { Decision } from "../../src/gate/decision.ts";
import { newId } from "../../src/gate/request_id.ts";
import { type CredentialServer, startServer } from "../../src/server/server.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { allowed, CREDENTIALS, refused } from "./decisions.ts";

const QUARTER_MS = 900_000;

function start(decide: () => Decision): CredentialServer {
  return startServer({
    port: 0,
    newRequestId: newId,
    authorize: () => Promise.resolve(decide()),
  });
}

/** Runs a client in an environment that holds the endpoint and an empty home. */
async function runClient(server: CredentialServer, command: readonly [string, ...string[]]) {
  const home = await Deno.makeTempDir();
  try {
    const kept = ["PATH", "DENO_DIR", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "SystemRoot"];
    const inherited = kept.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    const { code, stdout, stderr } = await new Deno.Command(command[0], {
      args: command.slice(1),
      clearEnv: true,
      env: {
        ...Object.fromEntries(inherited),
        NO_COLOR: "1",
        AWS_CONFIG_FILE: `${home}/config`,
        AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_REGION: "eu-central-1",
        AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: server.token,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Whether `command` runs here; says so when it does not. */
function available(command: string, ...args: readonly string[]): boolean {
  if (runsHere(command, ...args)) return true;
  console.warn(`not tested here: ${command} ${args.join(" ")} does not run`);
  return false;
}

/** Credentials that real clients take: they look at the real clock. */
function fresh(): { readonly decision: Decision; readonly expiration: string } {
  const expiresAt = Math.floor(Date.now() / 1000) * 1000 + QUARTER_MS;
  return { decision: allowed({ expiresAt }), expiration: new Date(expiresAt).toISOString() };
}

const SDK_CONSUMER = new URL("sdk_consumer.ts", import.meta.url).href;

Deno.test("the JavaScript SDK reads the answer on its default chain, in one request", async () => {
  const { decision, expiration } = fresh();
  let requests = 0;
  await using server = start(() => {
    requests++;
    return decision;
  });
  const run = await runClient(server, [
    Deno.execPath(),
    ...["run", "--no-check", "--allow-all", SDK_CONSUMER],
  ]);
  assertEquals(run.code, 0, run.stderr);
  const found = JSON.parse(run.stdout);
  assertEquals(
    [found.accessKeyId, found.secretAccessKey, found.sessionToken, found.expiration],
    [
      CREDENTIALS.accessKeyId,
      CREDENTIALS.secretAccessKey,
      CREDENTIALS.sessionToken,
      expiration,
    ],
  );
  assertEquals(requests, 1);
});

/** botocore's default chain; on a refusal it retries without its pauses. */
const BOTOCORE = `
import json, sys
import botocore.credentials, botocore.session, botocore.utils
botocore.utils.ContainerMetadataFetcher.SLEEP_TIME = 0
session = botocore.session.Session()
try:
    found = session.get_credentials()
    frozen = found.get_frozen_credentials()
except Exception as error:
    print(type(error).__name__, error)
    sys.exit(3)
print(json.dumps([frozen.access_key, frozen.secret_key, frozen.token, frozen.account_id,
                  found._expiry_time.isoformat()]))
`;
import { runsHere } from "../support/available_program.ts";
const noBotocore = !available("python3", "-c", "import botocore.session");

Deno.test({
  name: "botocore reads the answer on its default chain, account and end of life included",
  ignore: noBotocore,
  async fn() {
    const { decision, expiration } = fresh();
    await using server = start(() => decision);
    const { code, stdout, stderr } = await runClient(server, ["python3", "-c", BOTOCORE]);
    assertEquals(code, 0, stdout + stderr);
    const [accessKey, secretKey, token, account, expires] = JSON.parse(stdout);
    assertEquals([accessKey, secretKey, token, account], [
      CREDENTIALS.accessKeyId,
      CREDENTIALS.secretAccessKey,
      CREDENTIALS.sessionToken,
      CREDENTIALS.accountId,
    ]);
    assertEquals(new Date(expires).toISOString(), expiration);
  },
});

Deno.test({
  name: "botocore shows the refusal to its user, on one line",
  ignore: noBotocore,
  async fn() {
    await using server = start(() =>
      refused("POLICY_DENIED", { matchedRule: "freeze", reason: "no changes on Friday" })
    );
    const { code, stdout, stderr } = await runClient(server, ["python3", "-c", BOTOCORE]);
    assertEquals(code, 3, stdout + stderr);
    assertEquals(stdout.trimEnd().split("\n").length, 1);
    assertStringIncludes(stdout, "POLICY_DENIED");
    assertStringIncludes(stdout, "no changes on Friday");
    assert(!/arn:|\d{12}|canary/.test(stdout), stdout);
  },
});

Deno.test({
  name: "the AWS command line finds the credentials in its container provider",
  ignore: !available("aws", "--version"),
  async fn() {
    await using server = start(() => fresh().decision);
    const { code, stdout, stderr } = await runClient(server, ["aws", "configure", "list"]);
    assertEquals(code, 0, stdout + stderr);
    // It shows the end of each key, and where it comes from.
    assertMatch(stdout, /access_key\W+KEY1\W+container-role/);
    assertMatch(stdout, /secret_key\W+=key\W+container-role/);
  },
});
