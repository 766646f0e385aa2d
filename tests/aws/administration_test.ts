/**
 * Whose credentials an administrative command works with, in which region, and who that is:
 * `openAdministration` against a strict STS.
 *
 * @module
 */
import { type AdministrationSettings, openAdministration } from "../../src/administration.ts";
import type { Surroundings } from "../../src/app.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { SentinelError } from "../../src/errors.ts";
import { openSessionStore } from "../../src/store/open.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { ConfigHome } from "./config_home.ts";

interface Files {
  readonly config?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A strict STS with alice and the role Admin, and a home directory. */
function openWorld({ config, variables = {} }: Files = {}) {
  // The SDK signs by the machine's clock.
  const clock = new ManualClock(Date.now());
  const sts = startStsEndpoint();
  const alice = sts.addUser({ name: "alice" });
  sts.addRole({ name: "Admin", account: "210987654321" });
  const home = new ConfigHome({
    config: config ?? `[profile base]
region = eu-central-1
[profile admin]
role_arn = arn:aws:iam::210987654321:role/Admin
source_profile = base
region = eu-west-1
[profile named]
role_arn = arn:aws:iam::210987654321:role/Admin
role_session_name = me
source_profile = base
`,
    credentials: `[base]
aws_access_key_id = ${alice.accessKeyId}
aws_secret_access_key = ${alice.secretAccessKey}
`,
  }, { AWS_ENDPOINT_URL_STS: sts.url, ...variables });
  const surroundings: Surroundings = {
    interaction: UNATTENDED,
    env: home.env,
    os: "linux",
    clock,
    warn: () => {},
    writeLog: () => {},
  };
  return {
    sts,
    alice,
    clock,
    home,
    open: (settings: Partial<AdministrationSettings> = {}) =>
      openAdministration({ region: null, awsProfile: null, ...settings }, surroundings),
    async [Symbol.asyncDispose]() {
      home[Symbol.dispose]();
      await sts[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a named profile: its keys, its region, its owner", async () => {
  await using world = openWorld();
  const administration = world.open({ awsProfile: "base" });
  assertEquals(await administration.region(), "eu-central-1");
  assertEquals(await administration.callerName(), 'profile "base"');
  assertEquals(await administration.credentials(), {
    accessKeyId: world.alice.accessKeyId,
    secretAccessKey: world.alice.secretAccessKey,
  });
  assertEquals(world.sts.calls.length, 0);
  assertEquals(await administration.identity(), {
    user: "alice",
    arn: world.alice.arn,
    role: null,
    account: "123456789012",
  });
});

Deno.test("a role: assumed without a source identity, kept while it is fresh", async () => {
  await using world = openWorld();
  const administration = world.open({ awsProfile: "admin" });
  const first = await administration.credentials();
  assert(first.sessionToken !== undefined && first.expiration !== undefined);
  await administration.credentials();
  assertEquals(world.sts.count("AssumeRole"), 1);
  await world.clock.advance(50 * 60_000);
  assertEquals(await administration.credentials(), first);
  await world.clock.advance(6 * 60_000);
  assert((await administration.credentials()).sessionToken !== first.sessionToken);
  assertEquals(world.sts.count("AssumeRole"), 2);
  // The person stays the person, whatever role acts; the account is the role's.
  const { user, account } = await administration.identity();
  assertEquals([user, account], ["alice", "210987654321"]);
  const [call] = world.sts.calls;
  assertStringIncludes(JSON.stringify(call), "sentinel-admin");
  assert(!JSON.stringify(call).includes("SourceIdentity"), JSON.stringify(call));
  await world.open({ awsProfile: "named" }).credentials();
  assertStringIncludes(JSON.stringify(world.sts.calls.at(-1)), '"me"');
});

Deno.test("keys of the environment win unless a profile is named", async () => {
  await using world = openWorld();
  const bob = world.sts.addUser({ name: "bob" });
  world.home.env.set("AWS_ACCESS_KEY_ID", bob.accessKeyId);
  world.home.env.set("AWS_SECRET_ACCESS_KEY", bob.secretAccessKey);
  world.home.env.set("AWS_PROFILE", "base");
  const administration = world.open();
  assertEquals(await administration.callerName(), "AWS_ACCESS_KEY_ID");
  assertEquals((await administration.identity()).user, "bob");
  // The profile's settings count all the same, as in the SDKs.
  assertEquals(await administration.region(), "eu-central-1");
  assertEquals((await world.open({ awsProfile: "base" }).identity()).user, "alice");
  world.home.env.delete("AWS_SECRET_ACCESS_KEY");
  const half = await assertRejects(() => world.open().credentials(), SentinelError);
  assertEquals(half.code, "CONFIG_INVALID");
  assertStringIncludes(half.message, "AWS_SECRET_ACCESS_KEY is not set");
  world.home.env.set("AWS_SECRET_ACCESS_KEY", "two\r\nlines");
  const hostile = await assertRejects(() => world.open().credentials(), SentinelError);
  assertEquals(hostile.code, "CONFIG_INVALID");
  assert(!hostile.message.includes("lines"), hostile.message);
});

Deno.test("AWS_PROFILE, else default; no credentials at all says so", async () => {
  await using world = openWorld();
  world.home.env.set("AWS_PROFILE", "base");
  assertEquals(await world.open().callerName(), 'profile "base"');
  world.home.env.set("AWS_PROFILE", "bsae");
  const misspelt = await assertRejects(() => world.open().callerName(), SentinelError);
  assertEquals([misspelt.code, misspelt.suggestion], ["PROFILE_NOT_FOUND", 'Did you mean "base"?']);
  world.home.env.delete("AWS_PROFILE");
  const none = await assertRejects(() => world.open().credentials(), SentinelError);
  assertEquals([none.code, none.suggestion], [
    "PROFILE_NOT_FOUND",
    "Name a profile with --aws-profile.",
  ]);
});

Deno.test("the region: flag, variable, profile, or an error that names the flag", async () => {
  await using world = openWorld();
  world.home.env.set("AWS_PROFILE", "base");
  assertEquals(await world.open().region(), "eu-central-1");
  world.home.env.set("AWS_REGION", "eu-west-3");
  assertEquals(await world.open().region(), "eu-west-3");
  assertEquals(await world.open({ region: "us-east-1" }).region(), "us-east-1");
  world.home.env.delete("AWS_REGION");
  world.home.env.delete("AWS_PROFILE");
  const none = await assertRejects(() => world.open().region(), SentinelError);
  assertEquals(none.code, "CONFIG_INVALID");
  assertStringIncludes(none.suggestion, "--region");
});

Deno.test("an embedded table needs neither region nor credentials nor configuration", async () => {
  await using world = openWorld({ config: "[profile broken\nnonsense" });
  const table = `sqlite:${world.home.path}/s.db`;
  // A table that is administered is never made by looking at it.
  await assertRejects(() => world.open().openSessionStore(table), SentinelError);
  await (await openSessionStore(table))[Symbol.asyncDispose]();
  {
    await using store = await world.open().openSessionStore(table);
    assertEquals(await store.get("0123456789abcdef"), null);
  }
  await assertRejects(() => world.open({ awsProfile: "broken" }).credentials(), SentinelError);
  assertEquals(world.sts.calls.length, 0);
});

Deno.test("endpoints: the flag is DynamoDB's alone", async () => {
  await using world = openWorld({ variables: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" } });
  const administration = world.open({ awsProfile: "base", endpointUrl: "http://127.0.0.1:2" });
  assertEquals(await administration.endpoint("dynamodb"), "http://127.0.0.1:2/");
  assertEquals(await administration.endpoint("iam"), "http://127.0.0.1:1/");
  assertEquals(await administration.endpoint("sts"), `${world.sts.url}/`);
});
