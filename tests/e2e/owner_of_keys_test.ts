/**
 * Whoever the policy is asked about is whose keys are used: base credentials that change hands
 * between the two give nothing.
 *
 * @module
 */
import { openGate } from "../../src/app.ts";
import { ownerMark } from "../../src/aws/base_keys.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { systemClock } from "../../src/clock.ts";
import { SentinelError } from "../../src/errors.ts";
import type { CredentialMode } from "../../src/policy/policy.ts";
import { ownerOf } from "../../src/target.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { policyOf } from "../support/serving.ts";
import { openSignInWorld, processDocument, type SignInWorld } from "../support/sign_in_world.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { waitFor } from "../support/wait.ts";

const ALLOW = policyOf({ effect: "allow" });

/** The gate of one door to `profile`, opened, with whoever is signed in now. */
function open({ sandbox, env }: SignInWorld, profile: string, mode: CredentialMode) {
  const variables = new Map(Object.entries({ ...sandbox.env, ...env }));
  const settings = {
    profile,
    region: null,
    awsProfile: null,
    requestTable: null,
    breakglassTable: null,
    policy: sandbox.policyFile,
    policyRefreshSeconds: 30,
    noSession: false,
    logFile: null,
    logStderr: true,
  };
  return openGate(settings, {
    mode,
    durationSeconds: null,
    sessionTable: null,
    isPolicyPinned: false,
    command: null,
    surroundings: {
      env: variables,
      os: Deno.build.os,
      clock: systemClock,
      interaction: UNATTENDED,
      warn() {},
      writeLog() {},
    },
  });
}

/** Who called STS for more than to be told who they are. */
function users({ sandbox }: SignInWorld): readonly (string | null)[] {
  return sandbox.sts.calls.filter(({ action }) => action !== "GetCallerIdentity")
    .map(({ callerArn }) => callerArn);
}

for (const mode of ["cli", "credential_process", "server"] as const) {
  Deno.test(`${mode}: somebody else signs in after the policy's caller was named`, async () => {
    await using world = await openSignInWorld(ALLOW);
    await world.signIn("alice");
    // From now on it is known whose token that is: no keys are needed to tell.
    (await open(world, "sso-role", mode))[Symbol.dispose]();
    using opened = await open(world, "sso-role", mode);
    const request = opened.newRequest();
    assertEquals(request.user, "alice");
    await world.signIn("mallory");
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = await assertRejects(() => opened.gate.authorize(request), SentinelError);
      assertStringIncludes(error.message, "its credentials are not those of the start any more");
    }
    // The same person, signed in again, is no stranger.
    await world.signIn("alice");
    const decision = await waitFor(
      "credentials",
      () => opened.gate.authorize(opened.newRequest()).catch(() => null),
    );
    assertEquals(decision.kind, "allow");
    assertEquals(users(world).length, 1);
  });
}

Deno.test("a program that prints the keys of one person, then those of another", async () => {
  await using world = await openSignInWorld(ALLOW);
  const { home } = world.sandbox;
  const alice = world.session("Tool", { name: "alice", durationSeconds: 3600 });
  // Their end is so near that the program is run again before they are used.
  const ending = { ...alice, expiration: new Date(Date.now() + 50_000) };
  const mallory = processDocument(world.session("Tool", { name: "mallory" }));
  await Deno.writeTextFile(`${home}/next.json`, mallory);
  await Deno.writeTextFile(
    `${home}/swap.sh`,
    `cat "$HOME/keys.json"\ncp "$HOME/next.json" "$HOME/keys.json"\n`,
  );
  await Deno.writeTextFile(
    `${home}/.aws/config`,
    `[profile swap]\ncredential_process = sh ${home}/swap.sh\n` +
      `[profile swap-role]\nrole_arn = arn:aws:iam::123456789012:role/Prod\nsource_profile = swap\n`,
    { append: true },
  );
  for (const run of ["not known yet who they are", "known from before"]) {
    await world.printKeys(ending);
    const { code, stdout, stderr } = await world.sandbox.run(
      ["credentials", "--profile", "swap-role"],
      { env: world.env },
    );
    assertEquals([code, stdout], [78, ""], run);
    assertStringIncludes(stderr, "its credentials are not those of the start any more", run);
  }
  assertEquals(users(world), []);
});

Deno.test("who somebody is, is never kept for the token of somebody else", async () => {
  using directory = new TemporaryDirectory();
  const keysOf = (token: string) => ({
    accessKeyId: token,
    secretAccessKey: "secret",
    sessionToken: "session",
    expiresAt: null,
    arn: null,
    madeOf: ["sso", token],
  });
  /** Who holds `first`, where the keys are made of `then`: somebody signed in between. */
  const ask = async (first: string, then: string) => {
    const { identity } = await ownerOf({
      owner: () => Promise.resolve({ mark: ownerMark(keysOf(first)), keys: null }),
      current: () => Promise.resolve(keysOf(then)),
      forget() {},
    }, {
      directory: directory.at("cache"),
      endpoint: null,
      clock: systemClock,
      identify: ({ accessKeyId }) => Promise.resolve({ arn: accessKeyId, account: "1" }),
    });
    return identity.arn;
  };
  assertEquals(await ask("alice", "mallory"), "mallory");
  assertEquals(await ask("alice", "alice"), "alice");
  assertEquals(await ask("mallory", "alice"), "mallory");
});

Deno.test("a token of an identity provider is asked about once, until it is another", async () => {
  await using world = await openSignInWorld(ALLOW);
  const { sts, home } = world.sandbox;
  const run = async () => {
    const args = ["credentials", "--profile", "web"];
    const { code, stdout, stderr } = await world.sandbox.run(args, { env: world.env });
    assertEquals(code, 0, stderr);
    return stdout;
  };
  const first = await run();
  assertEquals(sts.count(), 2);
  assertEquals(await run(), first);
  assertEquals(sts.count(), 2);
  const role = { arn: "arn:aws:iam::123456789012:role/Web" };
  await Deno.writeTextFile(`${home}/token`, sts.addWebIdentity(role));
  await run();
  assertEquals(sts.count(), 3);
});
