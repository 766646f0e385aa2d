/**
 * Keys of instances and containers: the services are asked as AWS demands, only at their own
 * addresses, past every proxy, and for a bounded time.
 *
 * @module
 */
import { fetchContainerKeys } from "../../src/aws/container_keys.ts";
import { fetchInstanceKeys } from "../../src/aws/instance_keys.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { startMetadataEndpoint } from "../support/metadata_endpoint.ts";
import { startStsEndpoint } from "../support/sts_endpoint.ts";

const ROLE = "arn:aws:iam::123456789012:role/Box";

function openService(role?: string | null) {
  const sts = startStsEndpoint();
  sts.addRole({ name: "Box" });
  const service = startMetadataEndpoint({
    ...role !== undefined && { role },
    issue: () => sts.addRoleSession({ roleArn: ROLE, sessionName: "box" }),
  });
  const env = new Map([
    ["AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url],
    ["AWS_CONTAINER_CREDENTIALS_FULL_URI", service.containerUrl],
    ["AWS_CONTAINER_AUTHORIZATION_TOKEN", service.containerToken],
  ]);
  return {
    service,
    sts,
    env,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await sts[Symbol.asyncDispose]();
    },
  };
}

Deno.test("an instance: a token first, then the role, then its keys", async () => {
  await using world = openService();
  const keys = await fetchInstanceKeys(world.env);
  assert(keys.sessionToken !== null && keys.expiresAt! > Date.now());
  assertEquals(world.service.calls, [
    "PUT /latest/api/token → 200",
    "GET /latest/meta-data/iam/security-credentials/ → 200",
    "GET /latest/meta-data/iam/security-credentials/Instance → 200",
  ]);
});

Deno.test("a container: the token of the variable, or of its file as it is now", async () => {
  await using world = openService();
  const { env, service } = world;
  assert((await fetchContainerKeys(env)).sessionToken !== null);
  const file = await Deno.makeTempFile();
  try {
    env.delete("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    env.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
    await Deno.writeTextFile(file, "old");
    const error = await assertRejects(() => fetchContainerKeys(env), SentinelError, "AccessDenied");
    assertEquals(error.code, "AWS_REFUSED");
    await Deno.writeTextFile(file, service.containerToken);
    assert((await fetchContainerKeys(env)).sessionToken !== null);
    await Deno.writeTextFile(file, `${service.containerToken}\r\nx-evil: 1`);
    await assertRejects(() => fetchContainerKeys(env), SentinelError, "no plain line");
    env.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/dev/zero");
    await assertRejects(() => fetchContainerKeys(env), SentinelError, "is not a regular file");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("an instance without a role, and one whose service says no", async () => {
  await using none = openService(null);
  await assertRejects(() => fetchInstanceKeys(none.env), SentinelError, "has no role");
  none.service.fault({ status: 403, body: "" });
  await assertRejects(() => fetchInstanceKeys(none.env), SentinelError, "gave no token");
  none.env.set("AWS_EC2_METADATA_DISABLED", "TRUE");
  await assertRejects(() => fetchInstanceKeys(none.env), SentinelError, "is set");
});

Deno.test("a service that does not answer is given up after two seconds", async () => {
  await using world = openService();
  world.service.fault("hang");
  const begun = performance.now();
  const error = await assertRejects(() => fetchInstanceKeys(world.env), SentinelError, "in time");
  assertEquals(error.code, "AWS_UNAVAILABLE");
  assert(performance.now() - begun < 4000);
});

Deno.test("a redirection is not followed, and keys of an answer that is an error are none", async () => {
  await using world = openService();
  await using elsewhere = openService();
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = world.sts.addRoleSession({
    roleArn: ROLE,
    sessionName: "box",
  });
  const body = JSON.stringify({
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: expiration.toISOString(),
  });
  const headers = { location: elsewhere.service.containerUrl };
  for (const [status, code] of [[302, "AWS_REFUSED"], [500, "AWS_UNAVAILABLE"]] as const) {
    world.service.fault({ status, body, headers });
    const says = `answered with status ${status}`;
    const error = await assertRejects(() => fetchContainerKeys(world.env), SentinelError, says);
    assertEquals(error.code, code);
  }
  assertEquals(elsewhere.service.calls, []);
});

const GARBLED: readonly (readonly [string, string])[] = [
  ["[]", "not a JSON object"],
  ["{}", "AccessKeyId is missing"],
  ['{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T"}', "Expiration is not a time"],
  ['{"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"2026-01-01T00:00:00Z"}', "Token is"],
  ['{"AccessKeyId":"A\\r\\nX: y","SecretAccessKey":"CANARY","Token":"T"}', "AccessKeyId"],
  [`{"pad":"${"x".repeat(70_000)}"}`, "too long"],
  ['{"Code":"AssumeRoleUnauthorizedAccess","Message":"no \\u001b[31m"}', "AssumeRoleUnauthorized"],
];

for (const [body, says] of GARBLED) {
  Deno.test(`an answer that holds no keys is none: ${body.slice(0, 60)}`, async () => {
    await using world = openService();
    world.service.fault({ status: 200, body });
    const error = await assertRejects(() => fetchContainerKeys(world.env), SentinelError, says);
    const told = `${error.message} ${error.suggestion}`;
    // deno-lint-ignore no-control-regex
    assert(!told.includes("CANARY") && !/[\u0000-\u001f]/.test(told), told);
  });
}

const PLACES: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://evil.example.com/x" }, "evil.example.com"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.169.254/x" }, "neither this machine"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://localhost.evil.com/" }, "neither this machine"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1.evil.com/" }, "neither this machine"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://evil.example.com/x" }, "neither this machine"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "file:///etc/passwd" }, "not a plain http"],
  [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://u:p@127.0.0.1/" }, "not a plain http"],
  [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "@evil.example.com/x" }, "is not a path"],
  [{
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/",
  }, "both set"],
  [{}, "neither"],
];

for (const [variables, says] of PLACES) {
  Deno.test(`the token goes nowhere else: ${JSON.stringify(variables)}`, async () => {
    const env = new Map(
      Object.entries({ AWS_CONTAINER_AUTHORIZATION_TOKEN: "CANARY", ...variables }),
    );
    const error = await assertRejects(() => fetchContainerKeys(env), SentinelError, says);
    assertEquals(error.code, "CONFIG_INVALID");
    assert(!`${error.message}${error.suggestion}`.includes("CANARY"));
  });
}

Deno.test("the metadata service is that of this machine", async () => {
  for (
    const url of ["http://evil.example.com", "https://169.254.169.254", "http://10.0.0.1", "x"]
  ) {
    const env = new Map([["AWS_EC2_METADATA_SERVICE_ENDPOINT", url]]);
    await assertRejects(() => fetchInstanceKeys(env), SentinelError, "neither the address");
  }
});

Deno.test("a proxy of the environment never sees the keys", async () => {
  await using world = openService();
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "-A"],
      ...["--config", new URL("../../deno.json", import.meta.url).pathname],
      new URL("./metadata_program.ts", import.meta.url).href,
    ],
    env: {
      // Nothing listens there.
      HTTP_PROXY: "http://127.0.0.1:9",
      http_proxy: "http://127.0.0.1:9",
      ALL_PROXY: "http://127.0.0.1:9",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: world.service.url,
    },
  }).output();
  const text = new TextDecoder();
  assertStringIncludes(text.decode(stdout), "keys\n", text.decode(stderr));
});
