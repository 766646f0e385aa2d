/**
 * The STS endpoint as the AWS SDK and the AWS CLI see it: identities, credentials, chains,
 * faults, and what it records.
 *
 * @module
 */
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "./assert.ts";
import { keysOf, refusalOf, StsSdkClient } from "./sts/sdk_client.ts";
import { startStsEndpoint } from "./sts_endpoint.ts";
import { waitFor } from "./wait.ts";

const whoami = () => new GetCallerIdentityCommand({});

Deno.test("GetCallerIdentity answers users and role sessions as AWS names them", async () => {
  await using sts = startStsEndpoint();
  const keys = sts.addUser({ name: "alice", path: "/eng/", account: "111122223333" });
  const role = sts.addRole({ name: "Deploy", path: "/apps/", account: "444455556666" });

  using user = new StsSdkClient(sts, { keys });
  const asUser = await user.send(whoami());
  assertEquals(asUser.Arn, "arn:aws:iam::111122223333:user/eng/alice");
  assertEquals(asUser.Account, "111122223333");
  assertMatch(asUser.UserId ?? "", /^AIDA[A-Z2-7]{16}$/);

  const assumed = await user.send(
    new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "ci=42" }),
  );
  using session = new StsSdkClient(sts, { keys: keysOf(assumed) });
  const asSession = await session.send(whoami());
  assertEquals(asSession.Arn, "arn:aws:sts::444455556666:assumed-role/Deploy/ci=42");
  assertEquals(asSession.Account, "444455556666");
  assertMatch(asSession.UserId ?? "", /^AROA[A-Z2-7]{16}:ci=42$/);
  assertEquals(assumed.AssumedRoleUser, {
    Arn: asSession.Arn!,
    AssumedRoleId: asSession.UserId!,
  });
});

Deno.test("temporary credentials look like AWS's and end when they were asked to end", async () => {
  const start = Math.floor(Date.now() / 1000) * 1000 + 999;
  let now = start;
  await using sts = startStsEndpoint({ now: () => now });
  const role = sts.addRole({ name: "R" });
  using user = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  for (
    const ask of [
      () =>
        user.send(
          new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "s1", DurationSeconds: 900 }),
        ),
      () => user.send(new GetSessionTokenCommand({ DurationSeconds: 900 })),
    ]
  ) {
    now = start;
    const answer = await ask();
    const keys = keysOf(answer);
    assertMatch(keys.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assertMatch(keys.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    assert(keys.sessionToken.length > 300);
    const expiresAt = start - 999 + 900_000;
    assertEquals(answer.Credentials?.Expiration, new Date(expiresAt));

    now = expiresAt - 1;
    using session = new StsSdkClient(sts, { keys, systemClockOffset: now - Date.now() });
    await session.send(whoami());
    now = expiresAt;
    assertEquals(await refusalOf(session.send(whoami())), {
      status: 403,
      code: "ExpiredToken",
      message: "The security token included in the request is expired",
    });
  }
});

Deno.test("default durations are an hour for a role and twelve for a user", async () => {
  const now = Math.floor(Date.now() / 1000) * 1000;
  await using sts = startStsEndpoint({ now: () => now });
  const role = sts.addRole({ name: "R" });
  using user = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const assumed = await user.send(
    new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "s1" }),
  );
  assertEquals(assumed.Credentials?.Expiration, new Date(now + 3_600_000));
  const token = await user.send(new GetSessionTokenCommand({}));
  assertEquals(token.Credentials?.Expiration, new Date(now + 43_200_000));
});

Deno.test("keys that do not fit are refused as AWS refuses them", async (t) => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "u" });
  const role = sts.addRole({ name: "R" });
  const session = sts.addRoleSession({ roleArn: role.arn, sessionName: "s1" });
  const other = sts.addRoleSession({ roleArn: role.arn, sessionName: "s1" });
  const expired = sts.addRoleSession({
    roleArn: role.arn,
    sessionName: "s1",
    durationSeconds: -1,
  });
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  const cases = {
    "unknown key": [{ ...user, accessKeyId: "AKIAAAAAAAAAAAAAAAAA" }, "InvalidClientTokenId"],
    "wrong secret": [{ ...user, secretAccessKey: "x".repeat(40) }, "SignatureDoesNotMatch"],
    "long-term key with a token": [{ ...user, sessionToken }, "InvalidClientTokenId"],
    "temporary key without its token": [
      { accessKeyId, secretAccessKey },
      "InvalidClientTokenId",
    ],
    "temporary key with another's token": [
      { ...session, sessionToken: other.sessionToken },
      "InvalidClientTokenId",
    ],
    "expired key": [expired, "ExpiredToken"],
    "expired key, wrong secret": [
      { ...expired, secretAccessKey: user.secretAccessKey },
      "SignatureDoesNotMatch",
    ],
  } as const;
  for (const [name, [keys, code]] of Object.entries(cases)) {
    await t.step(name, async () => {
      using client = new StsSdkClient(sts, { keys });
      const refusal = await refusalOf(client.send(whoami()));
      assertEquals([refusal.status, refusal.code], [403, code]);
      assertEquals(sts.calls.at(-1)?.callerArn, null);
    });
  }
});

Deno.test("AssumeRole: trust, external id and missing roles all read as the same refusal", async () => {
  await using sts = startStsEndpoint();
  const alice = sts.addUser({ name: "alice" });
  const bob = sts.addUser({ name: "bob", account: "999988887777" });
  const hub = sts.addRole({ name: "Hub", path: "/x/", trusts: [alice.arn] });
  const viaHub = sts.addRole({ name: "ViaHub", trusts: [hub.arn] });
  const guarded = sts.addRole({ name: "Guarded", externalId: "a:b/c" });
  const account = sts.addRole({ name: "Account", trusts: ["arn:aws:iam::999988887777:root"] });
  const pattern = sts.addRole({ name: "Pattern", trusts: ["arn:aws:iam::*:user/b?b"] });

  using asAlice = new StsSdkClient(sts, { keys: alice });
  using asBob = new StsSdkClient(sts, { keys: bob });
  const assume = (client: StsSdkClient, RoleArn: string, ExternalId?: string) =>
    client.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: "s1",
        ...(ExternalId === undefined ? {} : { ExternalId }),
      }),
    );
  using asHub = new StsSdkClient(sts, { keys: keysOf(await assume(asAlice, hub.arn)) });
  await assume(asHub, viaHub.arn);
  await assume(asAlice, guarded.arn, "a:b/c");
  await assume(asBob, account.arn);
  await assume(asBob, pattern.arn);

  const hubSession = "arn:aws:sts::123456789012:assumed-role/Hub/s1";
  for (
    const [client, arn, roleArn, externalId] of [
      [asBob, bob.arn, hub.arn, undefined],
      [asAlice, alice.arn, viaHub.arn, undefined],
      [asAlice, alice.arn, guarded.arn, undefined],
      [asAlice, alice.arn, guarded.arn, "a:b/C"],
      [asAlice, alice.arn, account.arn, undefined],
      [asHub, hubSession, pattern.arn, undefined],
      [asHub, hubSession, "arn:aws:iam::123456789012:role/Missing", undefined],
    ] as const
  ) {
    assertEquals(await refusalOf(assume(client, roleArn, externalId)), {
      status: 403,
      code: "AccessDenied",
      message: `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    });
  }
});

Deno.test("a source identity stays for the whole chain and cannot be changed", async () => {
  await using sts = startStsEndpoint();
  const [first, second, strict] = [
    sts.addRole({ name: "First" }),
    sts.addRole({ name: "Second" }),
    sts.addRole({ name: "Strict", allowSetSourceIdentity: false }),
  ];
  using user = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const assume = (client: StsSdkClient, role: { arn: string }, SourceIdentity?: string) =>
    client.send(
      new AssumeRoleCommand({
        RoleArn: role.arn,
        RoleSessionName: "s1",
        ...(SourceIdentity === undefined ? {} : { SourceIdentity }),
      }),
    );

  assertEquals((await assume(user, strict)).SourceIdentity, undefined);
  const begun = await assume(user, first, "alice@x");
  assertEquals(begun.SourceIdentity, "alice@x");
  using chained = new StsSdkClient(sts, { keys: keysOf(begun) });
  assertEquals((await assume(chained, second, "alice@x")).SourceIdentity, "alice@x");
  const inherited = await assume(chained, second);
  assertEquals(inherited.SourceIdentity, "alice@x");

  using chainedTwice = new StsSdkClient(sts, { keys: keysOf(inherited) });
  for (
    const [client, role, identity] of [
      [user, strict, "alice@x"],
      [chained, second, "mallory"],
      [chained, strict, undefined],
      [chainedTwice, first, "mallory"],
    ] as const
  ) {
    const refusal = await refusalOf(assume(client, role, identity));
    assertEquals([refusal.status, refusal.code], [403, "AccessDenied"]);
    assertMatch(
      refusal.message,
      /is not authorized to perform: sts:SetSourceIdentity on resource: arn:/,
    );
  }
});

Deno.test("durations: the role's maximum, and one hour for whoever is temporary already", async () => {
  await using sts = startStsEndpoint();
  const long = sts.addRole({ name: "Long", maxSessionDurationSeconds: 43_200 });
  const short = sts.addRole({ name: "Short" });
  using user = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const assume = (client: StsSdkClient, role: { arn: string }, DurationSeconds: number) =>
    client.send(
      new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "s1", DurationSeconds }),
    );
  using session = new StsSdkClient(sts, { keys: keysOf(await assume(user, long, 43_200)) });
  using token = new StsSdkClient(sts, {
    keys: keysOf(await user.send(new GetSessionTokenCommand({}))),
  });
  await assume(session, long, 3600);
  await assume(token, long, 3600);

  const exceeds = "The requested DurationSeconds exceeds the";
  const chained = `${exceeds} 1 hour session limit for roles assumed by role chaining.`;
  for (
    const [client, role, seconds, message] of [
      [user, short, 3601, `${exceeds} MaxSessionDuration set for this role.`],
      [session, long, 3601, chained],
      [token, long, 3601, chained],
    ] as const
  ) {
    assertEquals(await refusalOf(assume(client, role, seconds)), {
      status: 400,
      code: "ValidationError",
      message,
    });
  }
});

Deno.test("GetSessionToken is for long-term keys only", async () => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R" });
  using user = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const token = keysOf(await user.send(new GetSessionTokenCommand({})));
  for (const keys of [token, sts.addRoleSession({ roleArn: role.arn, sessionName: "s1" })]) {
    using client = new StsSdkClient(sts, { keys });
    assertEquals(await refusalOf(client.send(new GetSessionTokenCommand({}))), {
      status: 403,
      code: "AccessDenied",
      message: "Cannot call GetSessionToken with session credentials",
    });
  }
  using withToken = new StsSdkClient(sts, { keys: token });
  assertMatch((await withToken.send(whoami())).Arn ?? "", /:user\/u$/);
});

Deno.test("a client whose clock is wrong is refused, and recovers as with AWS", async () => {
  const ahead = 2 * 3_600_000;
  await using sts = startStsEndpoint({ now: () => Date.now() + ahead });
  const keys = sts.addUser({ name: "u" });
  using once = new StsSdkClient(sts, { keys });
  const refusal = await refusalOf(once.send(whoami()));
  assertEquals([refusal.status, refusal.code], [403, "SignatureDoesNotMatch"]);
  assertMatch(
    refusal.message,
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
  );
  using twice = new StsSdkClient(sts, { keys, maxAttempts: 2 });
  await twice.send(whoami());
  assertEquals(sts.calls.map((call) => call.outcome), ["error", "error", "ok"]);
});

Deno.test("a fault happens to the calls it was ordered for, as often as ordered", async () => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R" });
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const assume = new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "s1" });

  sts.fault({ kind: "throttle" }, { action: "AssumeRole", times: 2 });
  sts.fault({ kind: "error", status: 503, code: "ServiceUnavailable", message: "later" });
  for (let i = 0; i < 2; i++) {
    assertEquals(await refusalOf(client.send(assume)), {
      status: 400,
      code: "Throttling",
      message: "Rate exceeded",
    });
  }
  const unavailable = { status: 503, code: "ServiceUnavailable", message: "later" };
  assertEquals(await refusalOf(client.send(assume)), unavailable);
  assertEquals(await refusalOf(client.send(whoami())), unavailable);
  sts.fault(null);
  await client.send(assume);

  sts.fault({ kind: "throttle" }, { action: "AssumeRole" });
  await client.send(whoami());
  sts.fault(null, { action: "AssumeRole" });
  await client.send(assume);
  assertThrows(() => sts.fault({ kind: "hang" }, { times: 0 }), RangeError);
  await client.send(assume);
});

Deno.test("a throttled or reset call is made again by the SDK and then answered", async () => {
  await using sts = startStsEndpoint();
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }), maxAttempts: 2 });
  for (const kind of ["throttle", "reset"] as const) {
    const before = sts.count();
    sts.fault({ kind }, { times: 1 });
    await client.send(whoami());
    assertEquals(sts.count() - before, 2);
  }
  assertEquals(sts.calls.map((call) => call.outcome), ["error", "ok", "dropped", "ok"]);
});

Deno.test("a reset closes the connection without a byte of an answer", async () => {
  await using sts = startStsEndpoint();
  sts.fault({ kind: "reset" });
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(sts.url).port),
  });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  assertEquals(await connection.read(new Uint8Array(64)), null);
});

Deno.test("a slow call is answered late, and given up when its client gives up", async () => {
  await using sts = startStsEndpoint();
  const keys = sts.addUser({ name: "u" });
  sts.fault({ kind: "slow", ms: 60 }, { times: 1 });
  using patient = new StsSdkClient(sts, { keys });
  const begun = performance.now();
  await patient.send(whoami());
  assert(performance.now() - begun >= 55);

  sts.fault({ kind: "slow", ms: 600_000 });
  using hurried = new StsSdkClient(sts, {
    keys,
    requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
  });
  await assertRejects(() => hurried.send(whoami()));
  await waitFor("the endpoint to see it", () => sts.calls.at(-1)?.outcome === "dropped");
});

Deno.test("a hung call counts at once and ends with its client or with the endpoint", async () => {
  const sts = startStsEndpoint();
  const keys = sts.addUser({ name: "u" });
  sts.fault({ kind: "hang" });
  using client = new StsSdkClient(sts, { keys });

  const abort = new AbortController();
  const aborted = assertRejects(() => client.send(whoami(), { abortSignal: abort.signal }));
  await waitFor("the call", () => sts.count("GetCallerIdentity") === 1);
  assertEquals(sts.calls[0]?.outcome, "pending");
  abort.abort();
  await aborted;
  await waitFor("the endpoint to see it", () => sts.calls[0]?.outcome === "dropped");

  const cut = assertRejects(() => client.send(whoami()));
  await waitFor("the call", () => sts.count() === 2);
  await sts[Symbol.asyncDispose]();
  await cut;
  assertEquals(sts.calls[1]?.outcome, "dropped");
});

Deno.test("disposing twice is harmless and frees the port", async () => {
  const sts = startStsEndpoint();
  const port = Number(new URL(sts.url).port);
  await sts[Symbol.asyncDispose]();
  await sts[Symbol.asyncDispose]();
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});

Deno.test("calls are recorded with who, what and how it ended, never with a secret", async () => {
  const now = Date.now();
  await using sts = startStsEndpoint({ now: () => now });
  const alice = sts.addUser({ name: "alice" });
  const role = sts.addRole({ name: "R" });
  using client = new StsSdkClient(sts, { keys: alice, region: "us-gov-west-1" });
  const answer = await client.send(
    new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "s1", ExternalId: "ex" }),
  );
  await refusalOf(client.send(
    new GetSessionTokenCommand({ SerialNumber: "GAHT12345678", TokenCode: "246810" }),
  ));
  client.middlewareStack.add((next) => (args) => {
    (args.request as { body: string }).body += `&Leak=${
      encodeURIComponent(alice.secretAccessKey)
    }&TokenCode=246810`;
    return next(args);
  }, { step: "build", priority: "high" });
  await refusalOf(client.send(whoami()));

  assertEquals(sts.calls[0], {
    time: now,
    action: "AssumeRole",
    parameters: { RoleArn: role.arn, RoleSessionName: "s1", ExternalId: "ex" },
    accessKeyId: alice.accessKeyId,
    region: "us-gov-west-1",
    callerArn: alice.arn,
    outcome: "ok",
    errorCode: null,
    issuedAccessKeyId: answer.Credentials!.AccessKeyId!,
  });
  assertEquals(sts.calls.map((call) => [call.action, call.outcome, call.errorCode]), [
    ["AssumeRole", "ok", null],
    ["GetSessionToken", "error", "AccessDenied"],
    ["GetCallerIdentity", "error", "ValidationError"],
  ]);
  assertEquals(sts.count("AssumeRole"), 1);
  assertEquals(sts.count(), 3);
  const records = JSON.stringify(sts.calls);
  const { secretAccessKey, sessionToken } = keysOf(answer);
  assertEquals(sts.secrets(), [alice.secretAccessKey, secretAccessKey, sessionToken]);
  for (const secret of [...sts.secrets(), "246810"]) assert(!records.includes(secret));
});

Deno.test("many calls at once are each answered and counted", async () => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R" });
  using client = new StsSdkClient(sts, { keys: sts.addUser({ name: "u" }) });
  const answers = await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) =>
        client.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: `s-${i}` })),
    ),
  );
  const ids = answers.map((answer, i) => {
    assertMatch(answer.AssumedRoleUser?.Arn ?? "", new RegExp(`/s-${i}$`));
    return answer.Credentials?.AccessKeyId;
  });
  assertEquals(new Set(ids).size, 50);
  assertEquals(sts.count("AssumeRole"), 50);
});

Deno.test("users and roles that IAM would not take are refused", async () => {
  await using sts = startStsEndpoint();
  assertThrows(() => sts.addUser({ name: "a/b" }), TypeError);
  assertThrows(() => sts.addUser({ name: "a", path: "x" }), TypeError);
  assertThrows(() => sts.addRole({ name: "a", account: "12" }), TypeError);
  assertThrows(() => sts.addRole({ name: "a", maxSessionDurationSeconds: 900 }), RangeError);
  const keys = sts.addUser({ name: "u", accessKeyId: "AKIAIOSFODNN7EXAMPLE" });
  assertThrows(() => sts.addUser({ name: "v", accessKeyId: keys.accessKeyId }), TypeError);
});

/** `aws` with `keys` in its environment and no configuration; its exit code and output. */
async function aws(
  args: readonly string[],
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const home = await Deno.makeTempDir();
  try {
    const output = await new Deno.Command("aws", {
      args: [...args],
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
        AWS_DEFAULT_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_MAX_ATTEMPTS: "1",
      },
    }).output();
    const decoder = new TextDecoder();
    return {
      code: output.code,
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function hasAws(): Promise<boolean> {
  try {
    return (await new Deno.Command("aws", { args: ["--version"], stdout: "null", stderr: "null" })
      .output()).success;
  } catch {
    return false;
  }
}

const awsMissing = !(await hasAws());

Deno.test({
  name: `the AWS CLI assumes a role and is refused${awsMissing ? " (no aws on the PATH)" : ""}`,
  ignore: awsMissing,
  async fn() {
    await using sts = startStsEndpoint();
    const keys = sts.addUser({ name: "cli" });
    const role = sts.addRole({ name: "R" });
    const call = ["sts", "assume-role", "--endpoint-url", sts.url, "--role-arn", role.arn];
    const [good, bad] = await Promise.all([
      aws([...call, "--role-session-name", "s1", "--source-identity", "cli@x"], keys),
      aws([...call, "--role-session-name", "a:b"], keys),
    ]);
    assertEquals(good.code, 0, good.stderr);
    const answer = JSON.parse(good.stdout);
    assertEquals(answer.SourceIdentity, "cli@x");
    assertMatch(answer.Credentials.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)$/);
    assert(bad.code !== 0);
    assertMatch(
      bad.stderr,
      /\(ValidationError\) when calling the AssumeRole operation: 1 validation/,
    );
    assertEquals(sts.calls[0]?.region, "eu-central-1");
  },
});
