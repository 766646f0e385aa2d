/**
 * Policies in Parameter Store through the program: they decide at every door, by the base
 * credentials and the region of the profile, and what AWS takes back counts no more.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { runHere } from "../support/in_process.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { readLog, serve, type Serving } from "../support/serving.ts";
import { type SsmEndpoint, startSsmEndpoint } from "../support/ssm_endpoint.ts";
import { waitFor } from "../support/wait.ts";

const NAME = "/sentinel/policies/prod";
const ALLOW = "rules: [{ name: all, effect: allow }]\n";
const DENY = "rules: [{ name: closed, effect: deny, reason: closed today }]\n";

/** A sandbox whose policies are in Parameter Store; its policy file refuses everything. */
async function openWorld(): Promise<{ sandbox: Sandbox; ssm: SsmEndpoint } & AsyncDisposable> {
  const sandbox = await openSandbox(DENY, {});
  const ssm = startSsmEndpoint({ keys: sandbox.keys });
  Object.assign(sandbox.env, { AWS_ENDPOINT_URL_SSM: ssm.url });
  return {
    sandbox,
    ssm,
    async [Symbol.asyncDispose]() {
      await ssm[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a policy in Parameter Store decides what exec runs, and the record names its version", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  const log = `${sandbox.home}/log.jsonl`;
  const run = (...flags: string[]) =>
    runHere(sandbox, ["exec", "--profile", "prod", "--log-file", log, ...flags, "--", "true"]);
  ssm.put(NAME, DENY);
  ssm.put(NAME, ALLOW, { type: "SecureString" });
  assertEquals((await run("--policy", `ssm:${NAME}`)).code, 0);
  assertEquals((await run("--policy-parameter", NAME)).code, 0, "the older name");
  ssm.put(NAME, DENY);
  const denied = await run("--policy", `ssm:${NAME}`);
  assertEquals(denied.code, 77);
  assertStringIncludes(denied.stderr, "closed today");
  const sources = (await readLog(log)).map(({ policy }) => (policy as { source: string }).source);
  assertEquals(sources, [`ssm:${NAME}:2`, `ssm:${NAME}:2`, `ssm:${NAME}:3`]);
  // The region of profile prod, and the keys of profile base.
  assertEquals(new Set(ssm.calls.map((call) => call.accessKeyId)).size, 1);
  assertEquals(ssm.calls[0]?.accessKeyId, sandbox.keys.accessKeyId);
});

Deno.test("a parameter that is missing, denied, broken or out of reach refuses, with the way out", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  const cases: readonly (readonly [() => void, string, string])[] = [
    [() => {}, "there is no such parameter in eu-west-1", "sentinel policy push FILE"],
    [() => ssm.put(NAME, "rules: [{ name: a, effect: Allow }]\n"), `${NAME}:1"`, "Mend"],
    [() => ssm.put(NAME, ALLOW, { type: "StringList" }), "it is a list of strings", "SecureString"],
    [() => ssm.deny("GetParameter"), "AWS denies access", "Allow ssm:GetParameter"],
    [
      () => {
        ssm.deny("GetParameter", false);
        ssm.fault({ kind: "throttle" });
      },
      "throttles",
      "Check the network",
    ],
  ];
  for (const [arrange, reason, hint] of cases) {
    arrange();
    const args = ["exec", "--profile", "prod", "--policy", `ssm:${NAME}`, "--", "true"];
    const { code, stderr } = await runHere(sandbox, args);
    assertEquals(code, 78, stderr);
    assertStringIncludes(stderr, reason);
    assertStringIncludes(stderr, hint);
  }
  assertEquals(sandbox.sts.count("AssumeRole"), 0);
});

Deno.test("credentials asks Parameter Store once for runs in a row, and heeds no memory of another caller, region or endpoint", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  ssm.put(NAME, ALLOW);
  const args = ["credentials", "--profile", "prod", "--policy", `ssm:${NAME}`];
  for (let i = 0; i < 3; i++) assertEquals((await sandbox.run(args)).code, 0);
  assertEquals(ssm.count("GetParameter"), 1);
  // The same keys in another region: another parameter, which does not exist.
  const elsewhere = await runHere(sandbox, [...args, "--region", "us-east-1"]);
  assertEquals(elsewhere.code, 78, elsewhere.stderr);
  // Another service, and another caller, whom this one does not know.
  await using other = startSsmEndpoint({ keys: sandbox.keys });
  const env = { AWS_ENDPOINT_URL_SSM: other.url };
  assertStringIncludes(
    (await runHere(sandbox, args, { env })).stderr,
    "there is no such parameter",
  );
  const bob = sandbox.sts.addUser({ name: "bob" });
  const keys = `[base]\naws_access_key_id = ${bob.accessKeyId}\n` +
    `aws_secret_access_key = ${bob.secretAccessKey}\n`;
  await Deno.writeTextFile(`${sandbox.home}/.aws/credentials`, keys);
  assertStringIncludes(
    (await runHere(sandbox, args)).stderr,
    "AWS does not accept the credentials",
  );
  const [name] = [...Deno.readDirSync(`${sandbox.home}/.cache/sentinel/parameters`)];
  const path = `${sandbox.home}/.cache/sentinel/parameters/${name!.name}`;
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
});

Deno.test("an audit asks the policy in Parameter Store what it requires", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  const log = `${sandbox.home}/log.jsonl`;
  ssm.put(NAME, ALLOW);
  const exec = ["exec", "--profile", "prod", "--policy", `ssm:${NAME}`, "--log-file", log];
  assertEquals((await runHere(sandbox, [...exec, "--", "true"])).code, 0);
  ssm.put(NAME, "rules: [{ name: all, effect: require_server_session }]\n");
  const audit = ["audit", "sessions", "--policy-parameter", NAME, "--log-file", log];
  const found = await runHere(sandbox, [
    ...audit,
    "--region",
    "eu-west-1",
    "--aws-profile",
    "base",
  ]);
  assertEquals(found.code, 1, found.stderr);
  assertStringIncludes(found.stdout, `against policy "ssm:${NAME}:2"`);
});

Deno.test("a pinned policy is asked for at every run, and what the user wrote into caches counts for nothing", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  ssm.put(NAME, ALLOW);
  const unpinned = ["credentials", "--profile", "prod", "--policy", `ssm:${NAME}`];
  assertEquals((await runHere(sandbox, unpinned)).code, 0);
  ssm.put(NAME, DENY);
  assertEquals((await runHere(sandbox, unpinned)).code, 0, "the answer of a moment ago counts");
  // The parsed form of the policy that allows, in the place of the one that denies.
  const cache = `${sandbox.home}/.cache/sentinel/policies`;
  const [kept] = [...Deno.readDirSync(cache)].map(({ name }) => name);
  const { policy } = JSON.parse(await Deno.readTextFile(`${cache}/${kept}`));
  const text = new TextEncoder().encode(DENY);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
  const forged = `${cache}/${kept!.replace(/^[0-9a-f]{64}/, digest)}`;
  await Deno.writeTextFile(forged, JSON.stringify({ digest, policy }), { mode: 0o600 });
  const before = ssm.count("GetParameter");
  for (let times = 1; times <= 2; times++) {
    const { status, stderr } = await runPinned(sandbox, "credentials");
    assertEquals(status, 77, stderr);
    assertStringIncludes(stderr, "closed today");
    assertEquals(ssm.count("GetParameter"), before + times);
  }
});

Deno.test("nobody is somebody else to a pinned policy by what they wrote into a cache", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  ssm.put(NAME, "rules: [{ name: bobs, effect: allow, conditions: { users: [bob] } }]\n");
  const args = ["credentials", "--profile", "prod", "--policy", `ssm:${NAME}`];
  assertEquals((await runHere(sandbox, args)).code, 77);
  const cache = `${sandbox.home}/.cache/sentinel/identities`;
  const [kept] = [...Deno.readDirSync(cache)].map(({ name }) => `${cache}/${name}`);
  const forged = (await Deno.readTextFile(kept!)).replace("user/alice", "user/bob");
  await Deno.writeTextFile(kept!, forged, { mode: 0o600 });
  assertEquals((await runHere(sandbox, args)).code, 0, "the forged entry is one that is believed");
  for (const command of ["credentials", "exec"]) {
    const { status, stderr } = await runPinned(sandbox, command);
    assertEquals(status, 77, stderr);
  }
});

/** Runs `command` for profile `prod` on a machine that pins the policy. */
async function runPinned({ home, env: { SENTINEL_POLICY: _, ...env } }: Sandbox, command: string) {
  await Deno.mkdir(`${home}/etc`, { mode: 0o755, recursive: true });
  const path = `${home}/etc/config.yaml`;
  await Deno.writeTextFile(path, `pin: { policy: "ssm:${NAME}" }\n`, { mode: 0o644 });
  const host = fakeHost({ env, systemConfig: { path, owner: Deno.uid()! } });
  const after = command === "exec" ? ["--", "true"] : [];
  const status = await run([command, "--profile", "prod", ...after], host);
  return { status, stderr: host.stderr };
}

Deno.test("a server follows the parameter: an outage, a change, a mistake", async () => {
  await using world = await openWorld();
  const { sandbox, ssm } = world;
  const start = async (name: string) => {
    ssm.put(name, ALLOW);
    const server = await serve(sandbox, {
      flags: ["--policy", `ssm:${name}`, "--policy-refresh", "5s"],
    });
    assertEquals((await server.ask()).status, 200);
    return server;
  };
  const becomes = (server: Serving, status: number) =>
    waitFor(`status ${status}`, async () => (await server.ask()).status === status);
  await using server = await start(NAME);
  // Seconds pass between two looks: another server waits for its own meanwhile.
  await using mistaken = await start("/mistaken");
  const seen = ssm.count("GetParameter");
  ssm.fault({ kind: "slow", ms: 1200 });
  await waitFor("a look", () => ssm.count("GetParameter") > seen);
  for (const one of [server, mistaken]) {
    const { status, begun, ended } = await one.ask();
    assertEquals(status, 200, "the last policy counts while nobody answers");
    assert(ended - begun < 900, `${ended - begun} ms`);
  }
  ssm.put(NAME, DENY);
  ssm.put("/mistaken", "rules: [{ name: a }]\n");
  await becomes(server, 403);
  await becomes(mistaken, 503);
  assertStringIncludes(mistaken.process.stderr(), "/mistaken:2");
  for (const one of [server, mistaken]) assertEquals((await one.end()).code, 0);
});
