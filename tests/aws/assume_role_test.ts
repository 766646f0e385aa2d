/**
 * Credentials of a profile, against the strict STS: what is asked at each hop, what is handed
 * over, and which requests are refused before a call is made.
 *
 * @module
 */
import type { StsEndpoint } from "../support/sts_endpoint.ts";
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertFails, IDENTITY, profileOf, REQUEST, sourceAt } from "./sts_fixture.ts";

/** A role that only `caller` may assume. */
function trusting(sts: StsEndpoint, name: string, caller: string, account = "123456789012") {
  return { roleArn: sts.addRole({ name, account, trusts: [caller] }).arn };
}

/** Parameters of the AssumeRole calls so far, in order. */
function assumed(sts: StsEndpoint) {
  return sts.calls.filter(({ action }) => action === "AssumeRole").map(({ parameters }) => ({
    role: parameters["RoleArn"]?.split("/").at(-1),
    identity: parameters["SourceIdentity"],
    session: parameters["RoleSessionName"],
    externalId: parameters["ExternalId"],
    seconds: parameters["DurationSeconds"],
  }));
}

Deno.test("one role: what is asked for is what is handed over", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const role = sts.addRole({ name: "Deploy", path: "/team/", account: "210987654321" });
  const source = sourceAt(sts.url, profileOf(user, [{ roleArn: role.arn }]));
  const before = Date.now();
  const issued = await source.issue(REQUEST);
  assertEquals(assumed(sts), [
    {
      role: "Deploy",
      identity: IDENTITY,
      session: IDENTITY,
      externalId: undefined,
      seconds: "900",
    },
  ]);
  assertEquals(sts.calls.length, 1);
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, ...rest } = issued;
  assertEquals(accessKeyId, sts.calls[0]!.issuedAccessKeyId!);
  assert(sts.secrets().includes(secretAccessKey) && sts.secrets().includes(sessionToken!));
  assert(Math.abs(expiresAt! - before - 900_000) < 10_000);
  assertEquals(rest, {
    durationSeconds: 900,
    accountId: "210987654321",
    roleArn: role.arn,
    sourceIdentity: IDENTITY,
  });
});

Deno.test("three roles: every hop carries the source identity, each its own parameters", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const a = trusting(sts, "A", user.arn);
  const b = { roleArn: sts.addRole({ name: "B", trusts: [a.roleArn], externalId: "ext-b" }).arn };
  const c = trusting(sts, "C", b.roleArn);
  const profile = profileOf(user, [
    { ...a, durationSeconds: 43_200 },
    { ...b, externalId: "ext-b", roleSessionName: "build-7", durationSeconds: 1800 },
    { ...c, durationSeconds: 7200 },
  ]);
  const issued = await sourceAt(sts.url, profile).issue({ ...REQUEST, durationSeconds: 3600 });
  assertEquals(assumed(sts), [
    { role: "A", identity: IDENTITY, session: IDENTITY, externalId: undefined, seconds: "3600" },
    { role: "B", identity: IDENTITY, session: "build-7", externalId: "ext-b", seconds: "1800" },
    { role: "C", identity: IDENTITY, session: IDENTITY, externalId: undefined, seconds: "3600" },
  ]);
  assertEquals(sts.calls.map(({ callerArn }) => callerArn?.split(":").at(-1)), [
    "user/alice",
    `assumed-role/A/${IDENTITY}`,
    "assumed-role/B/build-7",
  ]);
  assertEquals([issued.roleArn, issued.durationSeconds], [c.roleArn, 3600]);
});

Deno.test("roles on the way are assumed again only when they are about to expire", async () => {
  let offset = 0;
  const now = () => Date.now() + offset;
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const hops = ["A", "B", "C"].map((name) => ({ roleArn: sts.addRole({ name }).arn }));
  const profile = profileOf(user, [hops[0]!, { ...hops[1]!, durationSeconds: 900 }, hops[2]!]);
  const source = sourceAt(sts.url, profile, { clock: { now } });
  const roles = async (identity = IDENTITY) => {
    const known = sts.calls.length;
    await source.issue({ ...REQUEST, sourceIdentity: identity });
    return assumed(sts).slice(known).map(({ role }) => role).join("");
  };
  assertEquals(await roles(), "ABC");
  assertEquals(await roles(), "C");
  offset = 9.9 * 60_000;
  assertEquals(await roles(), "C");
  offset = 10.5 * 60_000;
  assertEquals(await roles(), "BC", "A still has 49 minutes");
  assertEquals(await roles(IDENTITY.replace("direct", "approved")), "ABC", "another identity");
  assertEquals(await roles(), "ABC", "only the last identity is remembered");
});

Deno.test("after a failure the chain begins at its first role again", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const [a, b] = ["A", "B"].map((name) => ({ roleArn: sts.addRole({ name }).arn }));
  const source = sourceAt(sts.url, profileOf(user, [a!, b!]));
  await source.issue(REQUEST);
  sts.fault({ kind: "error", status: 403, code: "ExpiredToken" }, { times: 1 });
  await assertFails(() => source.issue(REQUEST), { code: "AWS_REFUSED", says: "expired" }, sts);
  const known = sts.calls.length;
  await source.issue(REQUEST);
  assertEquals(assumed(sts).slice(known).map(({ role }) => role), ["A", "B"]);
});

Deno.test("a role session as base, as single sign-on leaves one, carries the identity on", async () => {
  await using sts = startStsEndpoint();
  const base = sts.addRole({ name: "Base" });
  const keys = sts.addRoleSession({ roleArn: base.arn, sessionName: "alice" });
  const hop = trusting(sts, "Deploy", base.arn);
  const source = sourceAt(sts.url, profileOf(keys, [hop]));
  assertEquals((await source.issue(REQUEST)).sourceIdentity, IDENTITY);
  await assertFails(
    () => source.issue({ ...REQUEST, durationSeconds: 3601 }),
    { code: "CREDENTIALS_UNSUITABLE", says: "1h at most to temporary keys", advises: "1h or less" },
    sts,
  );
  assertEquals(sts.calls.length, 1);
});

Deno.test("two roles for more than an hour are refused before any call, never shortened", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const hops = ["A", "B"].map((name) => ({
    roleArn: sts.addRole({ name, maxSessionDurationSeconds: 43_200 }).arn,
  }));
  await assertFails(
    () => sourceAt(sts.url, profileOf(user, hops)).issue({ ...REQUEST, durationSeconds: 7200 }),
    { code: "CREDENTIALS_UNSUITABLE", says: "for 2h: AWS allows 1h at most to another role" },
  );
  assertEquals(sts.calls.length, 0);
  const one = await sourceAt(sts.url, profileOf(user, hops.slice(0, 1)))
    .issue({ ...REQUEST, durationSeconds: 43_200 });
  assertEquals(one.durationSeconds, 43_200);
});

for (const durationSeconds of [0, 899, 899.5, 43_201, -1, NaN, Infinity]) {
  Deno.test(`a role for ${durationSeconds} seconds is refused before any call`, async () => {
    await using sts = startStsEndpoint();
    const user = sts.addUser({ name: "alice" });
    const { arn: roleArn } = sts.addRole({ name: "A", maxSessionDurationSeconds: 43_200 });
    const source = sourceAt(sts.url, profileOf(user, [{ roleArn }]));
    await assertFails(
      () => source.issue({ ...REQUEST, durationSeconds }),
      { code: "CREDENTIALS_UNSUITABLE", says: "AWS allows 15m to 12h" },
    );
    assertEquals(sts.calls.length, 0);
  });
}

Deno.test("no role: a session of the keys, which carries no source identity", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const issued = await sourceAt(sts.url, profileOf(user)).issue({
    ...REQUEST,
    durationSeconds: 1800,
  });
  const [call] = sts.calls;
  assertEquals([call!.action, call!.parameters["DurationSeconds"]], ["GetSessionToken", "1800"]);
  assertEquals(issued.accessKeyId, call!.issuedAccessKeyId!);
  assert(issued.sessionToken !== null && issued.accessKeyId !== user.accessKeyId);
  const { durationSeconds, accountId, roleArn, sourceIdentity } = issued;
  assertEquals([durationSeconds, accountId, roleArn, sourceIdentity], [1800, null, null, null]);
});

Deno.test("no role, --no-session: the keys as they are, without a call", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const issued = await sourceAt(sts.url, profileOf(user), { noSession: true }).issue(REQUEST);
  assertEquals(issued, {
    accessKeyId: user.accessKeyId,
    secretAccessKey: user.secretAccessKey,
    sessionToken: null,
    expiresAt: null,
    durationSeconds: null,
    accountId: null,
    roleArn: null,
    sourceIdentity: null,
  });
  assertEquals(sts.calls.length, 0);
});

Deno.test("--no-session changes nothing for a role", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const hop = { roleArn: sts.addRole({ name: "A" }).arn };
  const source = sourceAt(sts.url, profileOf(user, [hop]), { noSession: true });
  assertEquals((await source.issue(REQUEST)).roleArn, hop.roleArn);
  assertEquals([sts.count("AssumeRole"), sts.count()], [1, 1]);
});

Deno.test("temporary keys without a role cannot be shortened, and are handed out on demand", async () => {
  await using sts = startStsEndpoint();
  const { arn: roleArn } = sts.addRole({ name: "Base" });
  const keys = sts.addRoleSession({ roleArn, sessionName: "alice" });
  await assertFails(
    () => sourceAt(sts.url, profileOf(keys)).issue(REQUEST),
    { code: "CREDENTIALS_UNSUITABLE", says: "temporary already", advises: "--no-session" },
    sts,
  );
  const source = sourceAt(sts.url, profileOf(keys), { noSession: true });
  const { sessionToken, expiresAt } = await source.issue(REQUEST);
  assertEquals([sessionToken, expiresAt], [keys.sessionToken, null]);
  assertEquals(sts.calls.length, 0);
});

Deno.test("region: the one that was chosen, else the hop's, else us-east-1", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const { arn: roleArn } = sts.addRole({ name: "A" });
  const own = profileOf(user, [{ roleArn, region: "eu-west-1" }]);
  await sourceAt(sts.url, own, { region: "eu-central-1" }).issue(REQUEST);
  await sourceAt(sts.url, own).issue(REQUEST);
  await sourceAt(sts.url, profileOf(user, [{ roleArn }])).issue(REQUEST);
  assertEquals(sts.calls.map(({ region }) => region), ["eu-central-1", "eu-west-1", "us-east-1"]);
});

Deno.test("concurrent requests each get credentials of their own", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const hops = ["A", "B"].map((name) => ({ roleArn: sts.addRole({ name }).arn }));
  const source = sourceAt(sts.url, profileOf(user, hops));
  const identities = ["a", "b", "a", "b"].map((user) => IDENTITY.replace("alice", user));
  const issued = await Promise.all(
    identities.map((sourceIdentity) => source.issue({ ...REQUEST, sourceIdentity })),
  );
  assertEquals(issued.map(({ sourceIdentity }) => sourceIdentity), identities);
  assertEquals(new Set(issued.map(({ accessKeyId }) => accessKeyId)).size, 4);
});
