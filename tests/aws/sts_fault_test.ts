/**
 * Failed calls of STS: each gets its code, its words and its advice, in bounded time, and no word
 * repeats a secret. Answers that AWS would not give are not believed.
 *
 * @module
 */
import { baseCaller, fetchIdentity } from "../../src/aws/clients.ts";
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { assertFails, IDENTITY, profileOf, REQUEST, sourceAt } from "./sts_fixture.ts";

/** An endpoint with a user and a role, and a source for that role. */
function setUp(options: { readonly now?: () => number; readonly attemptTimeoutMs?: number } = {}) {
  const sts = startStsEndpoint(options.now === undefined ? {} : { now: options.now });
  const user = sts.addUser({ name: "alice" });
  const { arn: roleArn } = sts.addRole({ name: "Deploy" });
  const profile = profileOf(user, [{ roleArn }]);
  const { attemptTimeoutMs = 5000 } = options;
  const source = sourceAt(sts.url, profile, { attemptTimeoutMs });
  return {
    sts,
    user,
    roleArn,
    source,
    profile,
    caller: baseCaller(profile.base, { ...user, sessionToken: null }),
    [Symbol.asyncDispose]: () => sts[Symbol.asyncDispose](),
  };
}

Deno.test("a role that does not trust the caller: the two statements to add", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice", path: "/team/" });
  const { arn: roleArn } = sts.addRole({
    name: "Deploy",
    trusts: ["arn:aws:iam::999999999999:root"],
  });
  const error = await assertFails(
    () => sourceAt(sts.url, profileOf(user, [{ roleArn }])).issue(REQUEST),
    {
      code: "AWS_REFUSED",
      says:
        `Cannot assume role "${roleArn}" with the credentials of profile "keys": AccessDenied: ` +
        `User: ${user.arn} is not authorized to perform: sts:AssumeRole`,
      advises:
        `{"Effect":"Allow","Action":["sts:AssumeRole","sts:SetSourceIdentity"],"Resource":"${roleArn}"}`,
    },
    sts,
  );
  assertStringIncludes(
    error.suggestion,
    `{"Effect":"Allow","Principal":{"AWS":"${user.arn}"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}`,
  );
  assert(!error.suggestion.includes("\n") && !error.message.includes("\n"));
});

Deno.test("a role that may not be given a source identity", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const { arn: roleArn } = sts.addRole({ name: "Deploy", allowSetSourceIdentity: false });
  await assertFails(
    () => sourceAt(sts.url, profileOf(user, [{ roleArn }])).issue(REQUEST),
    { code: "AWS_REFUSED", says: "sts:SetSourceIdentity", advises: "In the trust policy" },
    sts,
  );
});

Deno.test("a second hop that is refused names the role before it as the caller", async () => {
  await using sts = startStsEndpoint();
  const user = sts.addUser({ name: "alice" });
  const first = sts.addRole({ name: "First", path: "/deep/path/" }).arn;
  const second = sts.addRole({ name: "Second", trusts: [user.arn], externalId: "x1" }).arn;
  const profile = profileOf(user, [{ roleArn: first }, { roleArn: second, externalId: "x2" }]);
  const error = await assertFails(
    () => sourceAt(sts.url, profile).issue(REQUEST),
    {
      code: "AWS_REFUSED",
      says: `Cannot assume role "${second}" with the credentials of role "${first}"`,
      advises: `"Principal":{"AWS":"${first}"}`,
    },
    sts,
  );
  assertStringIncludes(error.suggestion, "sts:ExternalId");
  assert(!error.suggestion.includes("x2"));
});

Deno.test("a role session as caller is told by its role", async () => {
  await using sts = startStsEndpoint();
  const base = sts.addRole({ name: "Base" });
  const keys = sts.addRoleSession({ roleArn: base.arn, sessionName: "alice" });
  const { arn: roleArn } = sts.addRole({ name: "Deploy", trusts: [] });
  await assertFails(
    () => sourceAt(sts.url, profileOf(keys, [{ roleArn }])).issue(REQUEST),
    { code: "AWS_REFUSED", says: "AccessDenied", advises: `"Principal":{"AWS":"${base.arn}"}` },
    sts,
  );
});

Deno.test("a life beyond the role's maximum: the maximum and the setting to change", async () => {
  await using setup = setUp();
  const { sts, source } = setup;
  await assertFails(
    () => source.issue({ ...REQUEST, durationSeconds: 7200 }),
    {
      code: "CREDENTIALS_UNSUITABLE",
      says: "2h is not a life that AWS allows here: The requested DurationSeconds exceeds",
      advises: "aws iam update-role --role-name Deploy --max-session-duration 7200",
    },
    sts,
  );
  assertEquals(sts.calls.length, 1);
});

Deno.test("keys that have expired", async () => {
  await using sts = startStsEndpoint();
  const { arn } = sts.addRole({ name: "Base" });
  const keys = sts.addRoleSession({ roleArn: arn, sessionName: "alice", durationSeconds: -10 });
  const { arn: roleArn } = sts.addRole({ name: "Deploy" });
  await assertFails(
    () => sourceAt(sts.url, profileOf(keys, [{ roleArn }])).issue(REQUEST),
    {
      code: "AWS_REFUSED",
      says: "have expired",
      advises: 'Renew the credentials of profile "keys"',
    },
    sts,
  );
});

Deno.test("a key that AWS does not know", async () => {
  await using setup = setUp();
  const keys = { accessKeyId: "AKIAUNKNOWN234567890", secretAccessKey: "CANARY" };
  const profile = profileOf(keys, [{ roleArn: setup.roleArn }]);
  const error = await assertFails(
    () => sourceAt(setup.sts.url, profile).issue(REQUEST),
    { code: "AWS_REFUSED", says: '"AKIAUNKNOWN234567890"', advises: "partition" },
  );
  assert(!`${error.message}${error.suggestion}`.includes("CANARY"));
});

Deno.test("a secret that does not belong to the key", async () => {
  await using setup = setUp();
  const keys = { ...setup.user, secretAccessKey: "CANARY-SECRET" };
  const profile = profileOf(keys, [{ roleArn: setup.roleArn }]);
  const error = await assertFails(
    () => sourceAt(setup.sts.url, profile).issue(REQUEST),
    { code: "AWS_REFUSED", says: "SignatureDoesNotMatch", advises: "aws_secret_access_key" },
    setup.sts,
  );
  assert(!`${error.message}${error.suggestion}`.includes("CANARY"));
});

for (const [hours, says] of [[2, "clock is 2h behind"], [-2, "clock is 2h ahead"]] as const) {
  Deno.test(`a clock that is wrong: ${says}`, async () => {
    await using setup = setUp({ now: () => Date.now() + hours * 3600_000 });
    const code = "AWS_REFUSED";
    await assertFails(() => setup.source.issue(REQUEST), { code, says, advises: "Set the clock" });
    assertEquals(setup.sts.calls.length, 1, "the clock is not corrected behind the user's back");
  });
}

const FAULTS: readonly {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
  readonly expected: { readonly code: string; readonly says: string; readonly advises?: string };
  readonly calls: number;
}[] = [
  {
    status: 400,
    code: "Throttling",
    expected: { code: "AWS_UNAVAILABLE", says: "throttled the call twice" },
    calls: 2,
  },
  {
    status: 429,
    code: "SomethingNew",
    expected: { code: "AWS_UNAVAILABLE", says: "throttled the call twice (SomethingNew)" },
    calls: 2,
  },
  {
    status: 500,
    code: "InternalFailure",
    expected: { code: "AWS_UNAVAILABLE", says: "STS failed (InternalFailure)" },
    calls: 2,
  },
  {
    status: 503,
    code: "ServiceUnavailable",
    expected: { code: "AWS_UNAVAILABLE", says: "STS failed (ServiceUnavailable)" },
    calls: 2,
  },
  {
    status: 400,
    code: "RequestExpired",
    expected: { code: "AWS_REFUSED", says: "clock differs", advises: "Set the clock" },
    calls: 1,
  },
  {
    status: 403,
    code: "RegionDisabledException",
    expected: { code: "AWS_REFUSED", says: "not active in this region", advises: "--region" },
    calls: 1,
  },
  {
    status: 400,
    code: "PackedPolicyTooLarge",
    message: "the packed size is too large",
    expected: { code: "AWS_REFUSED", says: "the packed size is too large" },
    calls: 1,
  },
  {
    status: 400,
    code: "ValidationError",
    message: "1 validation error detected: Value 'x' at 'roleSessionName' failed",
    expected: { code: "AWS_REFUSED", says: "'roleSessionName' failed" },
    calls: 1,
  },
  {
    status: 400,
    code: "ValidationError",
    message: "DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    expected: { code: "CREDENTIALS_UNSUITABLE", says: "1 hour", advises: "--duration 1h" },
    calls: 1,
  },
  {
    status: 403,
    code: "AccessDenied",
    message: "line one\nline two \u202ebackwards",
    expected: { code: "AWS_REFUSED", says: "line one\\u{a}line two \\u{202e}backwards" },
    calls: 1,
  },
  {
    status: 403,
    code: "constructor",
    expected: { code: "AWS_REFUSED", says: "constructor" },
    calls: 1,
  },
];

for (const { status, code, message, expected, calls } of FAULTS) {
  Deno.test(`fault ${status} ${code}: ${expected.says}`, async () => {
    await using setup = setUp();
    const { sts, source } = setup;
    sts.fault({ kind: "error", status, code, ...message === undefined ? {} : { message } });
    await assertFails(() => source.issue(REQUEST), expected, sts);
    assertEquals(sts.calls.length, calls);
  });
}

for (const fault of [{ kind: "throttle" }, { kind: "reset" }] as const) {
  Deno.test(`one ${fault.kind} is lived through`, async () => {
    await using setup = setUp();
    setup.sts.fault(fault, { times: 1 });
    assertEquals((await setup.source.issue(REQUEST)).sourceIdentity, IDENTITY);
    assertEquals(setup.sts.calls.length, 2);
  });
}

Deno.test("an endpoint that hangs is given up after two attempts", async () => {
  await using setup = setUp({ attemptTimeoutMs: 100 });
  setup.sts.fault({ kind: "hang" });
  const started = performance.now();
  await assertFails(
    () => setup.source.issue(REQUEST),
    { code: "AWS_UNAVAILABLE", says: "did not answer in time" },
    setup.sts,
  );
  assert(performance.now() - started < 5000);
  assertEquals(setup.sts.calls.length, 2);
});

Deno.test("connections that break are given up after two attempts", async () => {
  await using setup = setUp();
  setup.sts.fault({ kind: "reset" });
  const expected = { code: "AWS_UNAVAILABLE", says: "could not be reached" };
  await assertFails(() => setup.source.issue(REQUEST), expected, setup.sts);
  assertEquals(setup.sts.calls.length, 2);
});

Deno.test("nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "CANARY" };
  const profile = profileOf(keys, [{ roleArn: "arn:aws:iam::123456789012:role/R" }]);
  await assertFails(
    () => sourceAt(`http://127.0.0.1:${port}`, profile).issue(REQUEST),
    { code: "AWS_UNAVAILABLE", says: "could not be reached" },
  );
});

Deno.test("a call that is no longer wanted ends at once", async () => {
  await using setup = setUp();
  setup.sts.fault({ kind: "hang" });
  const controller = new AbortController();
  const issuing = assertFails(
    () => setup.source.issue(REQUEST, controller.signal),
    { code: "TIMED_OUT", says: "longer than a request may wait" },
  );
  while (setup.sts.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  controller.abort();
  await issuing;
  assertEquals(setup.sts.calls.length, 1);
  setup.sts.fault(null);
  await assertFails(() => setup.source.issue(REQUEST, AbortSignal.abort()), {
    code: "TIMED_OUT",
    says: "longer than a request may wait",
  });
  assertEquals(setup.sts.calls.length, 1);
  assertEquals((await setup.source.issue(REQUEST)).sourceIdentity, IDENTITY);
});

Deno.test("GetSessionToken and GetCallerIdentity fail in their own words", async () => {
  await using setup = setUp();
  const { sts, user, caller } = setup;
  sts.fault({ kind: "error", status: 403, code: "AccessDenied", message: "no" });
  await assertFails(() => sourceAt(sts.url, profileOf(user)).issue(REQUEST), {
    code: "AWS_REFUSED",
    says: 'Cannot get a session for the keys of profile "keys": AccessDenied: no',
  });
  await assertFails(() => fetchIdentity(caller, { region: null, endpoint: sts.url }), {
    code: "AWS_REFUSED",
    says: 'Cannot ask AWS whose credentials profile "keys" holds',
  });
});

Deno.test("fetchIdentity() tells whose the base keys are", async () => {
  await using setup = setUp();
  const { sts, user, caller } = setup;
  const identity = await fetchIdentity(caller, { region: "eu-west-1", endpoint: sts.url });
  assertEquals(identity, { arn: user.arn, account: "123456789012" });
  assertEquals(sts.count("GetCallerIdentity"), 1);
});

/** An endpoint that answers everything with `body`. */
function lying(
  body: string | ((request: Request) => string | Promise<string>),
  init: ResponseInit = {},
) {
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    calls++;
    const text = typeof body === "string" ? body : await body(request);
    return new Response(text, { headers: { "content-type": "text/xml" }, ...init });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls: () => calls,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const TRUE_ANSWER = {
  AccessKeyId: "ASIAEXAMPLEEXAMPLE22",
  SecretAccessKey: "CANARY-SECRET",
  SessionToken: "CANARY-TOKEN",
  Expiration: () => new Date(Date.now() + 900_000).toISOString(),
  Arn: `arn:aws:sts::123456789012:assumed-role/Deploy/${IDENTITY}`,
  SourceIdentity: IDENTITY,
};

/** An answer of AssumeRole; `undefined` leaves a field out. */
function answer(changes: Partial<Record<keyof typeof TRUE_ANSWER, string | undefined>>): string {
  const field = (name: keyof typeof TRUE_ANSWER) => {
    const own = TRUE_ANSWER[name];
    const value = name in changes ? changes[name] : typeof own === "string" ? own : own();
    return value === undefined ? "" : `<${name}>${value}</${name}>`;
  };
  return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>` +
    `<Credentials>${field("AccessKeyId")}${field("SecretAccessKey")}${field("SessionToken")}` +
    `${field("Expiration")}</Credentials><AssumedRoleUser>${field("Arn")}` +
    `<AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>${field("SourceIdentity")}` +
    `</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`;
}

const LYING_KEYS = {
  accessKeyId: "AKIAEXAMPLE",
  secretAccessKey: "CANARY",
  sessionToken: "CANARY-T",
};
const LYING_PROFILE = profileOf(LYING_KEYS, [{ roleArn: "arn:aws:iam::123456789012:role/Deploy" }]);

Deno.test("an answer in full is believed, and one without the optional parts too", async () => {
  for (const changes of [{}, { Arn: undefined, SourceIdentity: undefined }]) {
    await using sts = lying(answer(changes));
    const issued = await sourceAt(sts.url, LYING_PROFILE).issue(REQUEST);
    assertEquals([issued.accountId, issued.sourceIdentity], ["123456789012", IDENTITY]);
  }
});

const time = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

const LIES: readonly (readonly [string, () => string, string, string])[] = [
  ["no access key", () => answer({ AccessKeyId: undefined }), "AWS_UNAVAILABLE", "it lacks"],
  ["an empty secret", () => answer({ SecretAccessKey: "" }), "AWS_UNAVAILABLE", "it lacks"],
  ["no token", () => answer({ SessionToken: undefined }), "AWS_UNAVAILABLE", "it lacks"],
  ["no expiration", () => answer({ Expiration: undefined }), "AWS_UNAVAILABLE", "it lacks"],
  ["an expiration that is none", () => answer({ Expiration: "soon" }), "AWS_UNAVAILABLE", ""],
  ["an end in the past", () => answer({ Expiration: time(-1) }), "AWS_UNAVAILABLE", "over already"],
  ["a longer life", () => answer({ Expiration: time(3600) }), "AWS_UNAVAILABLE", "live longer"],
  [
    "another source identity",
    () => answer({ SourceIdentity: "mallory" }),
    "AWS_REFUSED",
    'source identity is "mallory"',
  ],
  [
    "another role",
    () => answer({ Arn: "arn:aws:sts::123456789012:assumed-role/Admin/x" }),
    "AWS_UNAVAILABLE",
    "it is for",
  ],
  [
    "another account",
    () => answer({ Arn: "arn:aws:sts::999999999999:assumed-role/Deploy/x" }),
    "AWS_UNAVAILABLE",
    "it is for",
  ],
  ["an ARN that is none", () => answer({ Arn: "x" }), "AWS_UNAVAILABLE", "whose ARN this is"],
  ["an empty answer", () => "", "AWS_UNAVAILABLE", ""],
  ["a page of a captive portal", () => "<html><p>Sign in</html>", "AWS_UNAVAILABLE", ""],
  ["JSON", () => '{"Credentials":{}}', "AWS_UNAVAILABLE", ""],
];

for (const [what, body, code, says] of LIES) {
  Deno.test(`not believed: ${what}`, async () => {
    await using sts = lying(body());
    const error = await assertFails(
      () => sourceAt(sts.url, LYING_PROFILE).issue(REQUEST),
      { code, says },
    );
    assert(!`${error.message}${error.suggestion}`.includes("CANARY"), error.message);
  });
}

Deno.test("a redirect is not followed with a signed request", async () => {
  await using elsewhere = lying(answer({}));
  await using sts = lying("", { status: 307, headers: { location: elsewhere.url } });
  await assertFails(
    () => sourceAt(sts.url, LYING_PROFILE).issue(REQUEST),
    { code: "AWS_UNAVAILABLE", says: "" },
  );
  assertEquals(elsewhere.calls(), 0);
});

Deno.test("an endpoint that sends the caller's token back does not get it printed", async () => {
  for (const code of ["AccessDenied", "ValidationError", "SignatureDoesNotMatch", "Other"]) {
    await using sts = lying(
      (request) =>
        `<ErrorResponse><Error><Code>${code}</Code><Message>DurationSeconds ${
          request.headers.get("x-amz-security-token")
        }</Message></Error></ErrorResponse>`,
      { status: 403 },
    );
    const error = await assertFails(
      () => sourceAt(sts.url, LYING_PROFILE).issue(REQUEST),
      { code: "AWS_REFUSED", says: "" },
    );
    const told = `${error.message}${error.suggestion}${JSON.stringify(error.details)}`;
    assert(!told.includes("CANARY"), told);
  }
});

Deno.test("an answer that never ends is given up", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("<AssumeRole")),
      }),
    ));
  const url = `http://127.0.0.1:${server.addr.port}`;
  await assertFails(
    () => sourceAt(url, LYING_PROFILE, { attemptTimeoutMs: 100 }).issue(REQUEST),
    { code: "AWS_UNAVAILABLE", says: "did not answer in time" },
  );
  await server.shutdown();
});
