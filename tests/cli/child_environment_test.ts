/**
 * The child sees only our credentials (P10), whatever the parent's environment holds.
 *
 * @module
 */
import fc from "fast-check";
import {
  childEnvironment,
  type ChildEnvironmentOptions,
  isCredentialVariable,
} from "../../src/cli/child_environment.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const FILES = { configFile: "/gen/config", credentialsFile: "/gen/credentials" };

const CLI: ChildEnvironmentOptions = {
  profile: "prod",
  region: "eu-west-1",
  ...FILES,
  delivery: {
    mode: "cli",
    credentials: {
      accessKeyId: "ASIAOURS",
      secretAccessKey: "our-secret",
      sessionToken: "our-token",
      expiresAt: Date.parse("2026-03-01T12:00:00.999Z"),
      accountId: "123456789012",
    },
  },
};

const SERVER: ChildEnvironmentOptions = {
  profile: "prod",
  region: null,
  ...FILES,
  delivery: {
    mode: "server",
    uri: "http://127.0.0.1:4711/v1/credentials",
    token: "0123456789abcdef",
  },
};

/**
 * Every variable from which some AWS client takes credentials or the way to them, read in the
 * clients' sources and manuals; kept apart from the patterns in the code, which it checks.
 */
const DANGEROUS = [
  // All clients.
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  // botocore: older spellings, an expiry in the past makes it fail, bearer tokens beat signatures.
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_CREDENTIAL_FILE",
  "AWS_ACCOUNT_ID",
  "AWS_BEARER_TOKEN_BEDROCK",
  // Go, Java, .NET.
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  // Java 1.
  "AWS_CREDENTIAL_PROFILES_FILE",
  // JavaScript.
  "AWS_CREDENTIAL_SCOPE",
  // C++.
  "AWS_IAM_ROLE_ARN",
  "AWS_IAM_ROLE_SESSION_NAME",
  // Ruby.
  "AMAZON_ACCESS_KEY_ID",
  "AMAZON_SECRET_ACCESS_KEY",
  "AMAZON_SESSION_TOKEN",
  // Ansible.
  "EC2_ACCESS_KEY",
  "EC2_SECRET_KEY",
  "EC2_SECURITY_TOKEN",
  // What other credential helpers leave for prompts: theirs, not ours.
  "AWS_SESSION_EXPIRATION",
];

/** Settings that are nobody's credentials: they survive. */
const HARMLESS = [
  "AWS_CA_BUNDLE",
  "AWS_DEFAULT_OUTPUT",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_EXECUTION_ENV",
  "AWS_LOGIN_CACHE_DIRECTORY",
  "AWS_MAX_ATTEMPTS",
  "AWS_PAGER",
  "AWS_RETRY_MODE",
  "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
  "AWS_SDK_LOAD_CONFIG",
  "AWS_SDK_UA_APP_ID",
  "AWS_STS_REGIONAL_ENDPOINTS",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_VAULT",
  "HOME",
  "HTTPS_PROXY",
  "LANG",
  "PATH",
  "PROFILE",
  "SECRET_ACCESS_KEY_OF_SOMETHING",
  "SENTINEL_POLICY",
  "TF_VAR_aws_profile",
];

Deno.test("mode cli: the credentials, their expiry, and a configuration without any", () => {
  assertEquals(childEnvironment({ PATH: "/bin", AWS_PROFILE: "other" }, CLI), {
    PATH: "/bin",
    AWS_ACCESS_KEY_ID: "ASIAOURS",
    AWS_SECRET_ACCESS_KEY: "our-secret",
    AWS_SESSION_TOKEN: "our-token",
    AWS_CREDENTIAL_EXPIRATION: "2026-03-01T12:00:00Z",
    AWS_SESSION_EXPIRATION: "2026-03-01T12:00:00Z",
    AWS_ACCOUNT_ID: "123456789012",
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_CONFIG_FILE: "/gen/config",
    AWS_SHARED_CREDENTIALS_FILE: "/gen/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SENTINEL: "prod",
  });
});

Deno.test("mode cli: what the credentials do not have is absent, not empty or inherited", () => {
  const env = childEnvironment(
    { AWS_SESSION_TOKEN: "theirs", AWS_ACCOUNT_ID: "999999999999" },
    {
      ...CLI,
      delivery: {
        mode: "cli",
        credentials: {
          accessKeyId: "AKIAOURS",
          secretAccessKey: "our-secret",
          sessionToken: null,
          expiresAt: null,
          accountId: null,
        },
      },
    },
  );
  for (
    const name of [
      "AWS_SESSION_TOKEN",
      "AWS_CREDENTIAL_EXPIRATION",
      "AWS_SESSION_EXPIRATION",
      "AWS_ACCOUNT_ID",
    ]
  ) {
    assert(!(name in env), name);
  }
});

Deno.test("mode server: the endpoint and nothing that a client would ask before it", () => {
  assertEquals(childEnvironment({ PATH: "/bin", AWS_REGION: "us-east-2" }, SERVER), {
    PATH: "/bin",
    AWS_REGION: "us-east-2",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:4711/v1/credentials",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "0123456789abcdef",
    BOTO_CONFIG: "/gen/credentials",
    AWS_CREDENTIAL_PROFILES_FILE: "/gen/credentials",
    AWS_CONFIG_FILE: "/gen/config",
    AWS_SHARED_CREDENTIALS_FILE: "/gen/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SENTINEL: "prod",
  });
});

Deno.test("every variable that leads an AWS client to credentials is one of ours or gone", () => {
  for (const name of DANGEROUS) assert(isCredentialVariable(name), name);
  for (const name of HARMLESS) assert(!isCredentialVariable(name), name);
});

/** A spelling of `name` with letters of either case: Windows does not tell them apart. */
const spelling = (name: string) =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((lower) =>
    [...name].map((letter, index) => lower[index] ? letter.toLowerCase() : letter).join("")
  );

const dangerous = fc.constantFrom(...DANGEROUS).chain((name) =>
  fc.oneof(fc.constant(name), spelling(name))
);

Deno.test("property: no inherited credential survives, and everything else does", () => {
  fc.assert(fc.property(
    fc.dictionary(dangerous, fc.string().map((text) => `inherited ${text}`)),
    fc.dictionary(fc.oneof(fc.constantFrom(...HARMLESS), fc.string({ minLength: 1 })), fc.string()),
    fc.constantFrom(CLI, SERVER),
    (hostile, harmless, options) => {
      const parent = { ...harmless, ...hostile };
      const env = childEnvironment(parent, options);
      for (const [name, value] of Object.entries(env)) {
        const fromParent = Object.hasOwn(parent, name) && parent[name] === value;
        assert(!fromParent || !Object.hasOwn(hostile, name), `${name} survived`);
      }
      const names = Object.keys(env).map((name) => name.toUpperCase());
      for (const name of DANGEROUS) {
        assert(names.filter((other) => other === name).length <= 1, `${name} twice`);
      }
      for (const [name, value] of Object.entries(harmless)) {
        if (Object.hasOwn(hostile, name) || isCredentialVariable(name)) continue;
        if (name.toUpperCase() in childEnvironment({}, options)) continue;
        assertEquals(env[name], value, name);
      }
    },
  ));
});

Deno.test("names that are special to JavaScript are only names", () => {
  const parent = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}');
  const env = childEnvironment(parent, CLI);
  assertEquals(Object.getOwnPropertyDescriptor(env, "__proto__")?.value, "a");
  assertEquals([env["constructor"], env["toString"]] as unknown, ["b", "c"]);
  assertEquals(parent, JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}'));
});

/** Prints the access key that botocore's default chain finds, and where. */
const BOTOCORE = `
import botocore.session
found = botocore.session.get_session().get_credentials()
print(found.access_key, found.method)
`;

async function hasBotocore(): Promise<boolean> {
  try {
    return (await new Deno.Command("python3", {
      args: ["-c", "import botocore"],
      stdout: "null",
      stderr: "null",
    }).output()).success;
  } catch {
    return false;
  }
}

const BOTOCORE_IS_THERE = await hasBotocore();

Deno.test({
  name: BOTOCORE_IS_THERE
    ? "botocore in a hostile home takes our credentials in both modes"
    : "botocore in a hostile home (ignored: python3 with botocore is not on the PATH)",
  ignore: !BOTOCORE_IS_THERE,
  fn: async () => {
    const home = await Deno.makeTempDir();
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () =>
        Response.json({
          AccessKeyId: "ASIASERVED",
          SecretAccessKey: "s",
          Token: "t",
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        }),
    );
    try {
      const hostile = "aws_access_key_id = AKIATHEIRS\naws_secret_access_key = theirs\n";
      await Deno.mkdir(`${home}/.aws`);
      await Deno.writeTextFile(`${home}/.aws/credentials`, `[default]\n${hostile}`);
      await Deno.writeTextFile(`${home}/.aws/config`, `[default]\n${hostile}`);
      await Deno.writeTextFile(`${home}/.boto`, `[Credentials]\n${hostile}`);
      const files = { configFile: `${home}/config`, credentialsFile: `${home}/credentials` };
      await Deno.writeTextFile(files.configFile, "[default]\nregion = eu-west-1\n");
      await Deno.writeTextFile(files.credentialsFile, "");
      const parent = {
        ...Object.fromEntries(DANGEROUS.map((name) => [name, "theirs"])),
        PATH: Deno.env.get("PATH") ?? "",
        HOME: home,
      };
      const uri = `http://127.0.0.1:${server.addr.port}/v1/credentials`;
      for (
        const [options, expected] of [
          [{ ...CLI, delivery: { ...CLI.delivery, credentials: unexpired() } }, "ASIAOURS env"],
          [{ ...SERVER, delivery: { ...SERVER.delivery, uri } }, "ASIASERVED container-role"],
        ] as const
      ) {
        const { stdout, stderr } = await new Deno.Command("python3", {
          args: ["-c", BOTOCORE],
          env: childEnvironment(parent, { ...options, ...files } as ChildEnvironmentOptions),
          clearEnv: true,
        }).output();
        const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        assertEquals(decode(stdout), `${expected}\n`, decode(stderr));
      }
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});

/** The credentials of {@linkcode CLI} with an hour to live: botocore checks. */
function unexpired() {
  assert(CLI.delivery.mode === "cli");
  return { ...CLI.delivery.credentials, expiresAt: Date.now() + 3_600_000 };
}
