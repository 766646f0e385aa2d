/**
 * Profiles: which configurations are refused, with which words and which line.
 *
 * @module
 */
import { type ErrorCode, SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { ConfigHome, type ConfigTexts } from "./config_home.ts";

const ROLE = "arn:aws:iam::123456789012:role";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY-SECRET\n";
const SECRETS = ["CANARY", "MORE"];

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
    what: "a serial of a device that STS would refuse",
    config: role(`source_profile = dev\n${KEYS}mfa_serial = my phone\n`),
    line: 6,
    says: "mfa_serial must be",
  },
  {
    what: "a device of a role that another role assumes",
    config: role(
      `source_profile = b\nmfa_serial = arn:aws:iam::123456789012:mfa/x\n[profile b]\n` +
        `role_arn = ${ROLE}/B\nsource_profile = k\n[profile k]\n${KEYS}`,
    ),
    line: 4,
    says: "AWS takes codes from users only",
  },
  {
    what: "a device of a role that single sign-on assumes",
    config: role(
      "source_profile = s\nmfa_serial = arn:aws:iam::123456789012:mfa/x\n" +
        "[profile s]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n" +
        "sso_account_id = 123456789012\nsso_role_name = Admin\n",
    ),
    line: 4,
    says: "AWS takes codes from users only",
  },
  {
    what: "single sign-on without a session section",
    config:
      "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\n",
    line: 2,
    says: "there is no [sso-session corp]",
  },
  {
    what: "single sign-on with half a session section",
    config: "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\n" +
      "sso_role_name = Admin\n[sso-session corp]\nsso_region = eu-west-1\n",
    line: 2,
    says: "needs sso_start_url: [sso-session corp] has none",
  },
  {
    what: "a profile that contradicts its session section",
    config: "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\n" +
      "sso_role_name = Admin\nsso_region = us-east-1\n[sso-session corp]\n" +
      "sso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n",
    line: 5,
    says: "sso_region contradicts [sso-session corp]",
  },
  {
    what: "single sign-on for an account that is none",
    config: "[profile dev]\nsso_account_id = 1\nsso_role_name = Admin\n" +
      "sso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n",
    line: 2,
    says: "sso_account_id must be twelve digits",
  },
  {
    what: "single sign-on at a portal that is not https",
    config: "[profile dev]\nsso_account_id = 123456789012\nsso_role_name = Admin\n" +
      "sso_region = eu-west-1\nsso_start_url = http://corp.awsapps.com/start\n",
    line: 5,
    says: "sso_start_url must be an https URL",
  },
  {
    what: "single sign-on without an account",
    config: "[profile dev]\nsso_role_name = Admin\nsso_region = eu-west-1\n" +
      "sso_start_url = https://corp.awsapps.com/start\n",
    line: 1,
    says: "needs sso_account_id: the profile has none",
  },
  {
    what: "nothing but a session for bearer tokens",
    config: "[profile dev]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\n" +
      "sso_start_url = https://corp.awsapps.com/start\n",
    line: 2,
    says: "needs sso_account_id",
  },
  {
    what: "web identity without a role",
    config: "[profile dev]\nweb_identity_token_file = /run/token\n",
    line: 2,
    says: "needs a role_arn",
  },
  {
    what: "a web identity token at a path that no tool expands",
    config: role("web_identity_token_file = ~/token\n"),
    line: 3,
    says: "must be an absolute path",
  },
  {
    what: "a device beside a web identity token",
    config: role(
      "web_identity_token_file = /run/token\nmfa_serial = arn:aws:iam::123456789012:mfa/x\n",
    ),
    line: 4,
    says: "takes no mfa_serial",
  },
  {
    what: "a console login",
    config: "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/x\n",
    line: 2,
    says: "does not read console logins",
  },
  {
    what: "a credential source in a case that only botocore knows",
    config: role("credential_source = environment\n"),
    line: 3,
    says: "credential_source must be Environment",
  },
  {
    what: "a credential process that a shell would expand",
    config: "[profile dev]\ncredential_process = ~/bin/keys\n",
    line: 2,
    says: "would read it differently",
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
