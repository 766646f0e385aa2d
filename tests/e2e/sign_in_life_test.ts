/**
 * Base credentials that end, change hands or need a person, through the program: what a
 * request gets, what the terminal says, and what mends it without a restart.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { runHere } from "../support/in_process.ts";
import { policyOf, readLog, serve } from "../support/serving.ts";
import { openSignInWorld, type SignInWorld } from "../support/sign_in_world.ts";
import { waitFor } from "../support/wait.ts";

const ALLOW = policyOf({ effect: "allow" });

/** Adds a role that demands a code, and a device of alice. */
async function addDevice({ sandbox }: SignInWorld) {
  const { sts, home, keys } = sandbox;
  const device = sts.addMfaDevice({ arn: sts.ownerOf(keys.accessKeyId)! });
  sts.addRole({ name: "Guarded", requiresCode: true });
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[profile guarded]\nrole_arn = arn:aws:iam::123456789012:role/Guarded\nsource_profile = base\n` +
      `mfa_serial = ${device.serial}\n`,
    { append: true },
  );
  return device;
}

const calls = ({ sandbox }: SignInWorld, action: string) =>
  sandbox.sts.calls.filter((call) => call.action === action);

Deno.test("a role that demands a code: one code, one call; a wrong one is told as such", async () => {
  await using world = await openSignInWorld(ALLOW);
  const { sandbox } = world;
  const device = await addDevice(world);
  const run = (...flags: string[]) =>
    runHere(sandbox, ["credentials", "--profile", "guarded", ...flags]);
  const code = device.code();
  const good = await run("--mfa-token", code);
  assertEquals(good.code, 0, good.stderr);
  assertMatch(
    sandbox.sts.ownerOf(JSON.parse(good.stdout).AccessKeyId) ?? "",
    /assumed-role\/Guarded\/sentinel=alice/,
  );
  const [call] = calls(world, "AssumeRole");
  assertEquals(call?.parameters["SerialNumber"], device.serial);

  await Deno.remove(`${sandbox.home}/.cache`, { recursive: true });
  const again = await run("--mfa-token", code);
  assertEquals(again.code, 78);
  assertStringIncludes(again.stderr, "MultiFactorAuthentication failed");
  assertStringIncludes(again.stderr, device.serial);
  assertMatch(again.stderr, /\(role of ".*\/\.aws\/config" line \d+\)/);

  const none = await run();
  assertEquals(none.code, 78);
  assertStringIncludes(none.stderr, `it needs a code of the device "${device.serial}"`);
  assertStringIncludes(none.stderr, "--mfa-token");
});

Deno.test("a server asks for one code, and renews without another", async () => {
  await using world = await openSignInWorld(ALLOW);
  const device = await addDevice(world);
  for (const lazy of [[], ["--lazy"]]) {
    const before = calls(world, "AssumeRole").length;
    await using server = await serve(world.sandbox, {
      profile: "guarded",
      flags: [...lazy, "--mfa-token", device.code()],
    });
    assertEquals((await server.ask()).status, 200, server.process.stderr());
    const made = calls(world, "AssumeRole").slice(before);
    assertEquals(made.map(({ parameters }) => parameters["SerialNumber"]), [undefined]);
    assertEquals((await server.end()).code, 0);
  }
  const sessions = calls(world, "GetSessionToken");
  assertEquals(sessions.map(({ parameters }) => parameters["SerialNumber"]), [
    device.serial,
    device.serial,
  ]);
});

Deno.test("nobody gives a code for what the policy denies", async () => {
  await using world = await openSignInWorld(policyOf({ effect: "deny" }));
  const device = await addDevice(world);
  const code = device.code();
  const refused = await world.sandbox.run(
    ["exec", "--server", "--profile", "guarded", "--mfa-token", code, "--", "true"],
  );
  assertEquals(refused.code, 77, refused.stderr);
  assertEquals(calls(world, "GetSessionToken").length, 0);
});

Deno.test("a sign-in that ends: 503, told once, and mended by the next one of the same person", async () => {
  await using world = await openSignInWorld(ALLOW);
  // Keys in their last minute are not begun with: others are got at the first request.
  const token = await world.signIn("alice", { durationSeconds: 50 });
  await using server = await serve(world.sandbox, {
    profile: "sso-role",
    flags: ["--lazy"],
    env: world.env,
  });
  world.portal.revoke(token);
  const answer = await waitFor("a refusal", async () => {
    const asked = await server.ask();
    return asked.status === 503 ? asked : null;
  });
  assertEquals(answer.body["Code"], "SIGN_IN_REQUIRED");
  await waitFor("the hint", () => server.process.stderr().includes("sentinel login --profile sso"));
  await server.ask();
  assertEquals(server.process.stderr().split("sentinel login").length, 2);

  await world.signIn("mallory");
  await waitFor("the warning", async () => {
    assertEquals((await server.ask()).status, 503);
    return server.process.stderr().includes("has the keys of somebody else now");
  });
  await world.signIn("alice");
  const mended = await waitFor("credentials", async () => {
    const asked = await server.ask();
    return asked.status === 200 ? asked : null;
  });
  assertMatch(
    world.sandbox.sts.ownerOf(mended.body["AccessKeyId"]!) ?? "",
    /assumed-role\/Prod\/sentinel=alice/,
  );
  const roles = calls(world, "AssumeRole");
  assert(roles.every(({ callerArn }) => callerArn?.endsWith("/alice")), JSON.stringify(roles));
});

Deno.test("a program is run again when its keys end, although the server gave up so much", async () => {
  await using world = await openSignInWorld(ALLOW);
  const keysOf = (durationSeconds: number) =>
    world.session("Tool", { name: "tool", durationSeconds });
  // In their last minute.
  await world.printKeys(keysOf(50));
  await using server = await serve(world.sandbox, { profile: "process-role", flags: ["--lazy"] });
  const next = keysOf(3600);
  await world.printKeys(next);
  const answer = await waitFor("credentials", async () => {
    const asked = await server.ask();
    return asked.status === 200 ? asked : null;
  });
  assertMatch(answer.body["AccessKeyId"] ?? "", /^ASIA/);
  const [call] = calls(world, "AssumeRole");
  assertEquals(call?.accessKeyId, next.accessKeyId);
});

Deno.test("a life that was asked for is kept: credentials that cannot be shortened are refused", async () => {
  await using world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  const run = (...flags: string[]) =>
    runHere(world.sandbox, ["exec", "--profile", "sso", ...flags, "--", "true"], {
      env: world.env,
    });
  const short = await run("--duration", "30m");
  assertEquals(short.code, 78);
  assertStringIncludes(short.stderr, "cannot be shortened to 30m");
  assertStringIncludes(short.stderr, "source_profile = sso");
  const asItIs = await run("--duration", "30m", "--no-session");
  assertEquals(asItIs.code, 78, asItIs.stderr);
  assertEquals((await run("--duration", "2h")).code, 0);
  const log = `${world.sandbox.home}/log`;
  assertEquals((await run("--log-file", log)).code, 0);
  const [record] = await readLog(log);
  assertEquals(record?.["outcome"], "issued");
  assertEquals(record?.["source_identity"], undefined);
  assert(Number(record?.["duration_seconds"]) > 3500);
  assert(Date.parse(String(record?.["expires_at"])) > Date.now() + 3500_000);
});

Deno.test("a role below single sign-on chains: an hour at most, and any profile's role may follow", async () => {
  await using world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  const run = (...flags: string[]) =>
    runHere(world.sandbox, ["exec", ...flags, "--", "true"], { env: world.env });
  const long = await run("--profile", "sso-role", "--duration", "2h");
  assertEquals(long.code, 78);
  assertMatch(
    long.stderr,
    /AWS allows 1h at most to temporary keys \(role of ".*\/\.aws\/config" line \d+\)\nhint: .*1h/,
  );
  const needed = await run("--profile", "sso-role", "--min-ttl", "2h");
  assertEquals(needed.code, 75);
  assertMatch(needed.stderr, /--min-ttl asks for 2h, .* AWS allows 1h at most to temporary keys/);
  const other = await run("--profile", "prod", "--aws-profile", "sso");
  assertEquals(other.code, 0, other.stderr);
  const call = calls(world, "AssumeRole").at(-1);
  assert(
    call?.callerArn?.endsWith("AWSReservedSSO_Dev_0123456789abcdef/alice"),
    call?.callerArn ?? "",
  );
  assertMatch(call?.parameters["SourceIdentity"] ?? "", /^sentinel=alice=direct=/);
});

Deno.test("credentials that are fresh need neither the portal nor STS again", async () => {
  await using world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  const run = () =>
    runHere(world.sandbox, ["credentials", "--profile", "sso-role"], { env: world.env });
  const first = await run();
  assertEquals(first.code, 0, first.stderr);
  const before = [world.portal.calls.length, world.sandbox.sts.calls.length];
  assertEquals((await run()).stdout, first.stdout);
  assertEquals([world.portal.calls.length, world.sandbox.sts.calls.length], before);
  // Somebody else signs in: nothing of the first is theirs.
  await world.signIn("mallory");
  const other = await run();
  assertEquals(other.code, 0, other.stderr);
  assert(other.stdout !== first.stdout);
});

Deno.test("keys of a sign-in that STS takes for too old: the way to others is told", async () => {
  await using world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  world.sandbox.sts.fault({ kind: "error", status: 403, code: "ExpiredToken" });
  for (const profile of ["sso", "sso-role"]) {
    const { code, stderr } = await runHere(world.sandbox, ["credentials", "--profile", profile], {
      env: world.env,
    });
    assertEquals(code, 78, stderr);
    assertStringIncludes(stderr, "hint: Sign in anew: sentinel login --profile sso\n");
  }
});

Deno.test("pasted keys as they are: nothing is said of their end that is not known", async () => {
  await using world = await openSignInWorld(ALLOW);
  const { code, stderr } = await runHere(
    world.sandbox,
    ["exec", "--profile", "temporary", "--no-session", "--", "true"],
  );
  assertEquals(
    [code, stderr],
    [0, "warning: the command gets temporary credentials whose end is not known\n"],
  );
});

Deno.test("a permission set that nobody assigned is named, with the line", async () => {
  await using world = await openSignInWorld(ALLOW);
  await world.signIn("alice");
  world.portal.fault({ status: 403, code: "ForbiddenException" });
  const { code, stderr } = await runHere(world.sandbox, ["credentials", "--profile", "sso-role"], {
    env: world.env,
  });
  assertEquals(code, 78);
  assertMatch(stderr, /config" line \d+: Cannot get credentials of "Dev" in account 123456789012/);
});
