/**
 * Profiles: which chain a configuration means.
 *
 * @module
 */
import { assertEquals } from "../support/assert.ts";
import { chainOf, ConfigHome, type ConfigTexts } from "./config_home.ts";

const ROLE = "arn:aws:iam::123456789012:role";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY-SECRET\n";

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
    assertEquals(chainOf(loaded), expected);
  });
}

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
      mfa: null,
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
      mfa: null,
      profile: "prod",
      file,
      line: 2,
    },
  ]);
  assertEquals(base, {
    kind: "keys",
    profile: "keys",
    accessKeyId: "AKIAEXAMPLE",
    secretAccessKey: "CANARY-SECRET",
    sessionToken: null,
    file,
    line: 12,
  });
});
