/**
 * Profiles: which chain a configuration means, which configurations are refused and with which
 * words, and that botocore and the JavaScript SDK would do the same with whatever is accepted.
 *
 * @module
 */
import * as fc from "fast-check";
import { type ErrorCode, SentinelError } from "../../src/errors.ts";
import { loadProfile, type ResolvedProfile } from "../../src/aws/profile.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "../support/assert.ts";
import { ConfigHome, type ConfigTexts } from "./config_home.ts";
import {
  askBotocore,
  askJavascript,
  botocoreMissing,
  type OracleCase,
  type OracleChain,
} from "./oracle/readers.ts";
import { tangledFiles } from "./oracle/tangled.ts";

const ROLE = "arn:aws:iam::123456789012:role";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY-SECRET\n";
const SECRETS = ["CANARY", "MORE"];

/** A chain in one line: base profile and key, then the roles in the order of assumption. */
function chain({ base, hops }: ResolvedProfile): string {
  const token = base.sessionToken === null ? "" : "+token";
  const roles = hops.map(({ roleArn, profile }) => `${profile}:${roleArn.split("/").at(-1)}`);
  return [`${base.profile}:${base.accessKeyId}${token}`, ...roles].join(" → ");
}

interface ChainCase extends ConfigTexts {
  readonly what: string;
  readonly profile: string;
  readonly onto?: string;
  readonly expected: string;
}

const CHAINS: readonly ChainCase[] = [
  {
    what: "keys of the credentials file",
    profile: "dev",
    credentials: `[dev]\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE",
  },
  {
    what: "keys of the config file, with a token",
    profile: "dev",
    config: `[profile dev]\n${KEYS}aws_session_token = CANARY-TOKEN\n`,
    expected: "dev:AKIAEXAMPLE+token",
  },
  {
    what: "an empty session token is none",
    profile: "default",
    credentials: `[default]\n${KEYS}aws_session_token =\n`,
    expected: "default:AKIAEXAMPLE",
  },
  {
    what: "keys of the credentials file win over those of the config file",
    profile: "dev",
    config: "[profile dev]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = MORE\n",
    credentials: `[dev]\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE",
  },
  {
    what: "a role in the config file, its source in the credentials file",
    profile: "prod",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = dev\n`,
    credentials: `[dev]\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "roles are assumed from the source outwards",
    profile: "c",
    config: `[profile c]\nrole_arn = ${ROLE}/C\nsource_profile = b\n` +
      `[profile b]\nrole_arn = ${ROLE}/path/B\nsource_profile = a\n` +
      `[profile a]\nrole_arn = ${ROLE}/A\nsource_profile = default\n[default]\n${KEYS}`,
    expected: "default:AKIAEXAMPLE → a:A → b:B → c:C",
  },
  {
    what: "a profile may be its own source",
    profile: "prod",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = prod\n${KEYS}`,
    expected: "prod:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "keys of a source win over its role",
    profile: "prod",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = dev\n` +
      `[profile dev]\nrole_arn = ${ROLE}/Ignored\nsource_profile = nobody\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "a role wins over keys in the profile that was asked for",
    profile: "prod",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = dev\n` +
      "aws_access_key_id = AKIAOTHER\naws_secret_access_key = MORE\n" +
      `[profile dev]\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "keys in the credentials file win over a credential_process",
    profile: "dev",
    config: "[profile dev]\ncredential_process = /bin/false\n",
    credentials: `[dev]\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE",
  },
  {
    what: "keys beside an sso_session that only serves bearer tokens",
    profile: "dev",
    config: `[profile dev]\nsso_session = corp\n${KEYS}`,
    expected: "dev:AKIAEXAMPLE",
  },
  {
    what: "a profile with @, / and + in its name",
    profile: "team/alice@example.com+x",
    config: `[profile team/alice@example.com+x]\n${KEYS}`,
    expected: "team/alice@example.com+x:AKIAEXAMPLE",
  },
  {
    what: "other partitions",
    profile: "gov",
    config: "[profile gov]\nrole_arn = arn:aws-us-gov:iam::123456789012:role/R\n" +
      `source_profile = gov\n${KEYS}`,
    expected: "gov:AKIAEXAMPLE → gov:R",
  },
  {
    what: "a broken profile elsewhere is no concern",
    profile: "dev",
    config: `[profile broken]\nwhat is this\nRegion : x\nrole_arn = nonsense # no\n` +
      `[profile dev]\n${KEYS}[profile also]\nsource_profile = also\nrole_arn = x\n`,
    expected: "dev:AKIAEXAMPLE",
  },
  {
    what: "a base profile gives its keys",
    profile: "prod",
    onto: "me",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = dev\n`,
    credentials:
      `[dev]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = MORE\n[me]\n${KEYS}`,
    expected: "me:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "a base profile brings its own roles first, and roles on the way are kept",
    profile: "c",
    onto: "me",
    config: `[profile c]\nrole_arn = ${ROLE}/C\nsource_profile = b\n` +
      `[profile b]\nrole_arn = ${ROLE}/B\nsource_profile = dev\n` +
      `[profile dev]\nsso_role_name = Admin\nsso_account_id = 123456789012\n` +
      `[profile me]\nrole_arn = ${ROLE}/Me\nsource_profile = keys\n[profile keys]\n${KEYS}`,
    expected: "keys:AKIAEXAMPLE → me:Me → b:B → c:C",
  },
  {
    what: "with a base profile a role needs no source",
    profile: "prod",
    onto: "me",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\n[profile me]\n${KEYS}`,
    expected: "me:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "with a base profile a credential_source is replaced",
    profile: "prod",
    onto: "me",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\ncredential_source = Ec2InstanceMetadata\n` +
      `[profile me]\n${KEYS}`,
    expected: "me:AKIAEXAMPLE → prod:Deploy",
  },
  {
    what: "a base profile that is on the way already changes nothing",
    profile: "c",
    onto: "b",
    config: `[profile c]\nrole_arn = ${ROLE}/C\nsource_profile = b\n` +
      `[profile b]\nrole_arn = ${ROLE}/B\nsource_profile = a\n[profile a]\n${KEYS}`,
    expected: "a:AKIAEXAMPLE → b:B → c:C",
  },
  {
    what: "the profile itself as base changes nothing",
    profile: "prod",
    onto: "prod",
    config: `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = prod\n${KEYS}`,
    expected: "prod:AKIAEXAMPLE → prod:Deploy",
  },
];

for (const { what, profile, onto, expected, ...texts } of CHAINS) {
  Deno.test(`chain: ${what}`, async () => {
    using home = new ConfigHome(texts);
    const loaded = await home.load(profile, { baseProfile: onto ?? null });
    assertEquals(loaded.name, profile);
    assertEquals(chain(loaded), expected);
  });
}

interface RefusalCase extends ConfigTexts {
  readonly what: string;
  readonly profile?: string;
  readonly onto?: string;
  readonly code?: ErrorCode;
  /** Line that must be named; `null`: none. */
  readonly line: number | null;
  readonly says: string;
}

const role = (rest: string) => `[profile dev]\nrole_arn = ${ROLE}/R\n${rest}`;

const REFUSALS: readonly RefusalCase[] = [
  {
    what: "no such profile",
    code: "PROFILE_NOT_FOUND",
    config: "[profile deva]\n",
    line: null,
    says: 'profile "dev"',
  },
  {
    what: "a profile without anything",
    config: "[profile dev]\nregion = eu-west-1\n",
    line: 1,
    says: "no keys",
  },
  {
    what: "the profile prefix forgotten",
    config: `\n[dev]\n${KEYS}`,
    line: 2,
    says: "write [profile NAME]",
  },
  {
    what: "the profile prefix in the credentials file",
    credentials: `[profile dev]\n${KEYS}`,
    line: 1,
    says: "header",
  },
  {
    what: "a comment after a secret key",
    config: "[profile dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY # x\n",
    line: 3,
    says: "comment after a value",
  },
  {
    what: "a broken source, although the profile itself is fine",
    config: role(`source_profile = keys\n[profile keys]\n${KEYS}Region = x\n`),
    line: 7,
    says: "small letters",
  },
  {
    what: "half a key pair without secret",
    config: "[profile dev]\naws_access_key_id = AKIAEXAMPLE\n",
    line: 2,
    says: "half a key pair: aws_secret_access_key is missing",
  },
  {
    what: "half a key pair without id",
    credentials: "[dev]\naws_secret_access_key = CANARY\n",
    line: 2,
    says: "half a key pair: aws_access_key_id is missing",
  },
  {
    what: "a key pair torn over both files",
    config: "[profile dev]\naws_secret_access_key = CANARY\n",
    credentials: "[dev]\naws_access_key_id = AKIAEXAMPLE\n",
    line: 2,
    says: "the rest of the key is in",
  },
  {
    what: "a token of the config file beside keys of the credentials file",
    config: "[profile dev]\naws_session_token = CANARY\n",
    credentials: `[dev]\n${KEYS}`,
    line: 2,
    says: "the rest of the key is in",
  },
  {
    what: "a token under its old name",
    credentials: `[dev]\n${KEYS}aws_security_token = CANARY\n`,
    line: 4,
    says: "aws_session_token",
  },
  {
    what: "an empty old token, which hides the new one from botocore",
    credentials: `[dev]\n${KEYS}aws_session_token = CANARY\naws_security_token =\n`,
    line: 5,
    says: "aws_security_token has no value",
  },
  {
    what: "a key with a character that no header may hold",
    credentials: "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARYé\n",
    line: 3,
    says: "visible ASCII",
  },
  {
    what: "a role without source",
    config: role(""),
    line: 2,
    says: "no source_profile",
  },
  {
    what: "a role without source beside keys, which JavaScript would use",
    config: role(KEYS),
    line: 2,
    says: "no source_profile",
  },
  {
    what: "two sources",
    config: role("source_profile = x\ncredential_source = Environment\n"),
    line: 4,
    says: "both source_profile and credential_source",
  },
  {
    what: "a source that does not exist",
    config: role("source_profile = nobody\n"),
    line: 3,
    says: 'no profile "nobody"',
  },
  {
    what: "a circle of two",
    config: role(
      `source_profile = b\n[profile b]\nrole_arn = ${ROLE}/B\nsource_profile = dev\n`,
    ),
    line: 6,
    says: '"dev" → "b" → "dev"',
  },
  {
    what: "a circle that JavaScript leaves at the keys of the profile that was asked for",
    config: role(
      `source_profile = b\n${KEYS}[profile b]\nrole_arn = ${ROLE}/B\nsource_profile = dev\n`,
    ),
    line: 8,
    says: "in a circle",
  },
  {
    what: "its own source without keys",
    config: role("source_profile = dev\n"),
    line: 3,
    says: "in a circle",
  },
  {
    what: "an empty role",
    config: `[profile dev]\nrole_arn =\n${KEYS}`,
    line: 2,
    says: "role_arn has no value",
  },
  {
    what: "an ARN of something else",
    config:
      `[profile dev]\nrole_arn = arn:aws:iam::123456789012:user/x\nsource_profile = dev\n${KEYS}`,
    line: 2,
    says: "role_arn must look like",
  },
  {
    what: "an ARN with a short account",
    config:
      `[profile dev]\nrole_arn = arn:aws:iam::12345678901:role/x\nsource_profile = dev\n${KEYS}`,
    line: 2,
    says: "role_arn must look like",
  },
  {
    what: "a duration that is not a number",
    config: role(`source_profile = dev\n${KEYS}duration_seconds = 1h\n`),
    line: 6,
    says: "900 to 43200",
  },
  {
    what: "a duration that JavaScript would cut",
    config: role(`source_profile = dev\n${KEYS}duration_seconds = 3600s\n`),
    line: 6,
    says: "900 to 43200",
  },
  {
    what: "a duration that is too short",
    config: role(`source_profile = dev\n${KEYS}duration_seconds = 899\n`),
    line: 6,
    says: "900 to 43200",
  },
  {
    what: "a duration that is too long",
    config: role(`source_profile = dev\n${KEYS}duration_seconds = 43201\n`),
    line: 6,
    says: "900 to 43200",
  },
  {
    what: "a session name that STS would refuse",
    config: role(`source_profile = dev\n${KEYS}role_session_name = a/b\n`),
    line: 6,
    says: "role_session_name must be",
  },
  {
    what: "an external id that STS would refuse, without repeating it",
    config: role(`source_profile = dev\n${KEYS}external_id = CANARY ID\n`),
    line: 6,
    says: "external_id must be",
  },
  {
    what: "a region that is not one label of a host name",
    config: `[profile dev]\n${KEYS}region = evil.example.com/x\n`,
    line: 4,
    says: "region must be",
  },
  {
    what: "multi-factor authentication",
    config: role(`source_profile = dev\n${KEYS}mfa_serial = arn:aws:iam::123456789012:mfa/x\n`),
    line: 6,
    says: "does not support multi-factor authentication",
  },
  {
    what: "single sign-on",
    config: "[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = Admin\n",
    line: 2,
    says: "does not support single sign-on",
  },
  {
    what: "single sign-on at the end of a chain",
    config: role("source_profile = s\n[profile s]\nsso_account_id = 1\nsso_role_name = Admin\n"),
    line: 5,
    says: "does not support single sign-on",
  },
  {
    what: "web identity",
    config: role("web_identity_token_file = /run/token\n"),
    line: 3,
    says: "does not support web identity",
  },
  {
    what: "a console login",
    config: "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/x\n",
    line: 2,
    says: "does not support login_session",
  },
  {
    what: "a credential source",
    config: role("credential_source = Environment\n"),
    line: 3,
    says: "does not support credential_source",
  },
  {
    what: "a credential process",
    config: "[profile dev]\ncredential_process = /bin/false\n",
    line: 2,
    says: "does not support credential_process",
  },
  {
    what: "keys beside single sign-on, of which tools choose differently",
    config: `[profile dev]\nsso_account_id = 1\nsso_role_name = Admin\n${KEYS}`,
    line: 1,
    says: "contradict each other: botocore would use single sign-on",
  },
  {
    what: "keys of the config file beside a credential process",
    config: `[profile dev]\ncredential_process = /bin/false\n${KEYS}`,
    line: 1,
    says: "contradict each other: botocore would run its credential_process",
  },
  {
    what: "a base profile without a role to assume with it",
    onto: "me",
    config: `[profile dev]\n${KEYS}[profile me]\n${KEYS}`,
    line: 1,
    says: "it has no role_arn",
  },
  {
    what: "the profile itself as base, without a role",
    onto: "dev",
    config: `[profile dev]\n${KEYS}`,
    line: 1,
    says: "it has no role_arn",
  },
  {
    what: "a base profile that does not exist",
    onto: "me",
    code: "PROFILE_NOT_FOUND",
    config: role(`source_profile = dev\n${KEYS}`),
    line: null,
    says: 'profile "me"',
  },
  {
    what: "a setting that stands in both files with different values",
    config: "[profile dev]\nmax_attempts = 2\n",
    credentials: `[dev]\n${KEYS}max_attempts = 3\n`,
    line: 4,
    says: "tools differ in which wins",
  },
  {
    what: "an empty key that hides the config file's from botocore only",
    config: "[profile dev]\nregion = eu-west-1\n",
    credentials: `[dev]\n${KEYS}region =\n`,
    line: 4,
    says: "tools differ in which wins",
  },
  {
    what: "a services section that is not there",
    config: `[profile dev]\n${KEYS}services = nowhere\n`,
    line: 4,
    says: 'services section "nowhere"',
  },
];

for (
  const { what, profile = "dev", onto, code = "CONFIG_INVALID", line, says, ...texts } of REFUSALS
) {
  Deno.test(`refused: ${what}`, async () => {
    using home = new ConfigHome(texts);
    const error = await assertRejects(
      () => home.load(profile, { baseProfile: onto ?? null }),
      SentinelError,
      says,
    );
    assertEquals(error.code, code);
    if (line === null) assertEquals(error.details["line"], undefined);
    else {
      assertEquals(error.details["line"], line);
      const file = String(error.details["file"]);
      assert(file === home.file("config") || file === home.file("credentials"), file);
      assertStringIncludes(error.message, `"${file}" line ${line}`);
    }
    for (const secret of SECRETS) {
      const told = `${error.message} ${error.suggestion} ${JSON.stringify(error.details)}`;
      assert(!told.includes(secret), told);
    }
  });
}

Deno.test("a misspelt profile is answered with the nearest one", async () => {
  using home = new ConfigHome({ config: "[profile production]\n[services prodaction]\n" });
  const error = await assertRejects(() => home.load("prodaction"), SentinelError);
  assertEquals(error.suggestion, 'Did you mean "production"?');
});

Deno.test("each hop carries what its own profile says", async () => {
  using home = new ConfigHome({
    config:
      `[profile prod]\nrole_arn = ${ROLE}/Deploy\nsource_profile = dev\nexternal_id = a:b/c\n` +
      "duration_seconds = 43200\nrole_session_name = me@host\nregion = eu-west-1\n" +
      `[profile dev]\nrole_arn = ${ROLE}/Dev\nsource_profile = keys\n[profile keys]\n${KEYS}`,
  });
  const { hops, base, region } = await home.load("prod");
  const file = home.file("config");
  assertEquals(region, "eu-west-1");
  assertEquals(hops, [
    {
      roleArn: `${ROLE}/Dev`,
      externalId: null,
      durationSeconds: null,
      roleSessionName: null,
      region: null,
      profile: "dev",
      file,
      line: 9,
    },
    {
      roleArn: `${ROLE}/Deploy`,
      externalId: "a:b/c",
      durationSeconds: 43_200,
      roleSessionName: "me@host",
      region: "eu-west-1",
      profile: "prod",
      file,
      line: 2,
    },
  ]);
  assertEquals(base, {
    kind: "static",
    profile: "keys",
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: "CANARY-SECRET",
    sessionToken: null,
    file,
    line: 12,
  });
});

const RECURSIVE = [
  "sentinel credentials --profile dev",
  "/usr/local/bin/sentinel credentials --profile=dev --region eu-west-1",
  '"C:\\Program Files\\Sentinel\\sentinel.exe" credentials --profile "dev"',
  "C:/tools/SENTINEL.EXE credentials --profile dev",
  "env FOO=1 sentinel credentials --profile 'dev'",
  'sh -c "sentinel credentials --profile dev"',
  "deno run -A jsr:@sentinel/cli credentials --profile dev",
  "/opt/deno run -A /src/sentinel-cli/main.ts credentials --profile dev",
  "sentinel credentials",
];

for (const command of RECURSIVE) {
  Deno.test(`recursion is seen in ${command}`, async () => {
    using home = new ConfigHome({ config: `[profile dev]\ncredential_process = ${command}\n` });
    const error = await assertRejects(() => home.load("dev"), SentinelError);
    assertEquals([error.code, error.details["line"]], ["CREDENTIAL_PROCESS_RECURSION", 2]);
  });
}

for (
  const command of [
    "sentinel credentials --profile devel",
    "sentinel credentials --profile other",
    "not-sentinel credentials --profile dev",
    "deno run other.ts --profile dev",
    "aws-vault exec dev --json",
  ]
) {
  Deno.test(`no recursion is seen in ${command}`, async () => {
    using home = new ConfigHome({ config: `[profile dev]\ncredential_process = ${command}\n` });
    const error = await assertRejects(() => home.load("dev"), SentinelError);
    assertEquals(error.code, "CONFIG_INVALID");
  });
}

Deno.test("recursion is seen through a chain, and beside a role that outranks it", async () => {
  const command = "credential_process = sentinel credentials --profile prod\n";
  const source = `role_arn = ${ROLE}/R\nsource_profile = dev\n`;
  for (
    const config of [
      `[profile prod]\n${source}[profile dev]\n${command}`,
      `[profile prod]\n${source}${command}[profile dev]\n${KEYS}`,
    ]
  ) {
    using home = new ConfigHome({ config });
    const error = await assertRejects(() => home.load("prod"), SentinelError, '"prod" itself');
    assertEquals(error.code, "CREDENTIAL_PROCESS_RECURSION");
  }
});

Deno.test("a credential_process is never started", async () => {
  using home = new ConfigHome({});
  const trace = `${home.path}/started`;
  Deno.writeTextFileSync(
    home.file("config"),
    `[profile dev]\ncredential_process = touch ${trace}\n` +
      `[profile prod]\nrole_arn = ${ROLE}/R\nsource_profile = dev\n`,
  );
  for (const profile of ["dev", "prod"]) {
    await assertRejects(() => home.load(profile), SentinelError, "credential_process");
  }
  await assertRejects(() => Deno.stat(trace), Deno.errors.NotFound);
});

Deno.test("files are found by their variables, and ~/ is the home directory", async () => {
  using home = new ConfigHome({});
  Deno.writeTextFileSync(`${home.path}/own config`, `[profile a]\n${KEYS}`);
  home.env.set("AWS_CONFIG_FILE", "~/own config");
  home.env.set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  assertEquals((await home.load("a")).base.file, `${home.path}/own config`);
  home.env.delete("HOME");
  home.env.set("USERPROFILE", home.path);
  assertEquals((await home.load("a")).base.file, `${home.path}/own config`);
});

const UNUSABLE_PATHS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["an empty variable", { AWS_CONFIG_FILE: "" }, "AWS_CONFIG_FILE: it is empty"],
  ["a variable in a path", { AWS_CONFIG_FILE: "$HOME/x" }, "AWS_CONFIG_FILE: only a leading ~/"],
  ["another's home", { AWS_SHARED_CREDENTIALS_FILE: "~bob/x" }, "only a leading ~/"],
  ["no home", { HOME: "" }, "HOME is not set"],
];

for (const [what, variables, says] of UNUSABLE_PATHS) {
  Deno.test(`no file is guessed at: ${what}`, async () => {
    using home = new ConfigHome({ config: `[default]\n${KEYS}` }, variables);
    const error = await assertRejects(() => home.load("default"), SentinelError, says);
    assertEquals(error.code, "CONFIG_INVALID");
  });
}

Deno.test("two homes on Windows are one too many", async () => {
  using home = new ConfigHome({ credentials: `[a]\n${KEYS}` }, { USERPROFILE: "/elsewhere" });
  assertEquals((await home.load("a", { os: "linux" })).base.profile, "a");
  await assertRejects(() => home.load("a", { os: "windows" }), SentinelError, "differ");
});

Deno.test("a file that cannot be read is an error, never an empty file", async () => {
  using home = new ConfigHome({ credentials: `[dev]\n${KEYS}` });
  Deno.mkdirSync(home.file("config"));
  const directory = await assertRejects(
    () => home.load("dev"),
    SentinelError,
    "not a regular file",
  );
  assertEquals(directory.code, "CONFIG_INVALID");
  home.env.set("AWS_CONFIG_FILE", `${home.file("credentials")}/x`);
  await assertRejects(() => home.load("dev"), SentinelError, "Cannot read the AWS configuration");
  Deno.removeSync(home.file("config"));
  home.env.delete("AWS_CONFIG_FILE");
  assertEquals((await home.load("dev")).base.profile, "dev");
  Deno.symlinkSync(home.file("config"), home.file("config"));
  await assertRejects(() => home.load("dev"), SentinelError, "Cannot read the AWS configuration");
});

Deno.test({
  name: "a pipe is refused at once, not waited for",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = new ConfigHome({ credentials: `[dev]\n${KEYS}` });
    const { success } = await new Deno.Command("mkfifo", { args: [home.file("config")] }).output();
    assert(success);
    await assertRejects(() => home.load("dev"), SentinelError, "not a regular file");
  },
});

Deno.test("a percent sign in a path is one, but on Windows", async () => {
  using home = new ConfigHome({});
  Deno.writeTextFileSync(`${home.path}/100%`, `[profile a]\n${KEYS}`);
  home.env.set("AWS_CONFIG_FILE", `${home.path}/100%`);
  assertEquals((await home.load("a")).base.profile, "a");
  await assertRejects(() => home.load("a", { os: "windows" }), SentinelError, "expanded");
});

Deno.test("a text that is not UTF-8 is not guessed at", async () => {
  using home = new ConfigHome({});
  const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  Deno.writeFileSync(
    home.file("credentials"),
    latin1(`[dev]\n${KEYS}region = \u00fc\n[other]\n${KEYS}`),
  );
  await assertRejects(() => home.load("dev"), SentinelError, "not UTF-8");
  assertEquals(chain(await home.load("other")), "other:AKIAEXAMPLE");
});

Deno.test("text of the files cannot reach the terminal raw", async () => {
  using home = new ConfigHome({
    config: "[profile dev]\nrole_arn = x\u001b[31m\nsource_profile = \u202ex\n" +
      "[profile a\u0007]\nregion = x\n",
  });
  for (const profile of ["dev", "a\u0007", "b\u001b]0;x"]) {
    const error = await assertRejects(() => home.load(profile), SentinelError);
    const told = `${error.message}${error.suggestion}`;
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u001f\u202e]/.test(told), told);
  }
});

/** Resolves `profiles` of the case with our reader; those that it accepts. */
async function accepted(files: OracleCase): Promise<ReadonlyMap<string, ResolvedProfile>> {
  const env = new Map([
    ["AWS_CONFIG_FILE", files.config],
    ["AWS_SHARED_CREDENTIALS_FILE", files.credentials],
  ]);
  const found = new Map<string, ResolvedProfile>();
  for (const name of files.profiles) {
    try {
      found.set(name, await loadProfile(name, { env }));
    } catch (error) {
      assert(error instanceof SentinelError && error.code !== "INTERNAL", String(error));
    }
  }
  return found;
}

/** Our chain as the oracles tell theirs; what a profile leaves open is taken from `theirs`. */
function asOracle({ base, hops }: ResolvedProfile, theirs: OracleChain | null): OracleChain {
  const name = (index: number) => Array(3).fill(`hop${index}`);
  const keys = [base.accessKeyId, base.secretAccessKey, base.sessionToken];
  return {
    hops: hops.map((hop, index) => ({
      role: hop.roleArn,
      externalId: hop.externalId,
      duration: hop.durationSeconds ?? theirs?.hops[index]?.duration ?? null,
      sessionName: hop.roleSessionName ?? theirs?.hops[index]?.sessionName ?? null,
      caller: index === 0 ? keys : name(index),
    })),
    keys: hops.length === 0 ? keys : name(hops.length),
  };
}

const noBotocore = botocoreMissing();
const ORACLES = [
  { name: "the JavaScript SDK", ignore: false, ask: askJavascript },
  {
    name: noBotocore === null ? "botocore" : `botocore (not compared: ${noBotocore})`,
    ignore: noBotocore !== null,
    ask: askBotocore,
  },
] as const;

for (const { name, ignore, ask } of ORACLES) {
  Deno.test({
    name: `${name} gets the same keys and asks for the same roles wherever a profile is accepted`,
    ignore,
    async fn() {
      const directory = await Deno.makeTempDir();
      try {
        const cases: OracleCase[] = [];
        const ours: ReadonlyMap<string, ResolvedProfile>[] = [];
        for (const [index, texts] of fc.sample(tangledFiles, { numRuns: 150, seed: 5 }).entries()) {
          const config = `${directory}/${index}.config`;
          const credentials = `${directory}/${index}.credentials`;
          Deno.writeTextFileSync(config, texts.config);
          Deno.writeTextFileSync(credentials, texts.credentials);
          const found = await accepted({ config, credentials, profiles: texts.profiles });
          ours.push(found);
          cases.push({ config, credentials, profiles: [...found.keys()] });
        }
        const answers = await ask(cases);
        const lengths = [0, 0, 0, 0, 0];
        for (const [index, found] of ours.entries()) {
          for (const [profile, resolved] of found) {
            const theirs = answers[index]!.chains[profile] ?? null;
            const { config, credentials } = cases[index]!;
            const context = () =>
              `${profile}\n${Deno.readTextFileSync(config)}\n---\n${
                Deno.readTextFileSync(credentials)
              }`;
            assertNotEquals(theirs, null, theirs === null ? context() : "");
            const expected = asOracle(resolved, theirs);
            if (JSON.stringify(theirs) !== JSON.stringify(expected)) {
              assertEquals(theirs, expected, context());
            }
            lengths[resolved.hops.length]!++;
          }
        }
        const [none = 0, one = 0, two = 0] = lengths;
        assert(none > 50 && one > 25 && two > 2, `vacuous: ${lengths}`);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
