import type { SsoCredentials } from "../../src/aws/base_credentials.ts";
import { UNATTENDED } from "../../src/aws/interaction.ts";
import { tokenFileName } from "../../src/aws/sso_token.ts";
import { systemClock } from "../../src/clock.ts";
import { createSsoTokens, signIn } from "../../src/sign_in.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { startOidcEndpoint } from "../support/oidc_endpoint.ts";
import { visit } from "../support/sign_in_page.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";
import { botocoreMissing } from "./oracle/readers.ts";

const SSO: SsoCredentials = {
  kind: "sso",
  profile: "dev",
  session: {
    name: "corp",
    startUrl: "https://corp.awsapps.com/start",
    region: "eu-west-1",
    scopes: [],
  },
  accountId: "123456789012",
  roleName: "Admin",
  file: "/home/alice/.aws/config",
  line: 3,
};

const CONFIG = `[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
`;

const PROGRAM = `
from botocore.session import Session
from botocore.tokens import SSOTokenProvider
token = SSOTokenProvider(Session(profile="dev"), profile_name="dev").load_token()
print(token.get_frozen_token().token)
`;

/** The token that botocore uses, renewed by it where it thinks so. */
async function askBotocore(env: Readonly<Record<string, string>>): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", PROGRAM],
    env: { ...env, PATH: Deno.env.get("PATH") ?? "" },
    clearEnv: true,
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const missing = botocoreMissing();

Deno.test({
  name: `one sign-in serves this program and botocore, and each renews for the other${
    missing === null ? "" : ` (skipped: ${missing})`
  }`,
  ignore: missing !== null,
  async fn() {
    using directory = new TemporaryDirectory();
    // Ten minutes: botocore renews at once what lives for less than fifteen.
    await using oidc = startOidcEndpoint({ tokenSeconds: 600 });
    const env: Record<string, string> = {
      HOME: directory.at("."),
      AWS_CONFIG_FILE: directory.at("config"),
      AWS_ENDPOINT_URL_SSO_OIDC: oidc.url,
    };
    Deno.writeTextFileSync(directory.at("config"), CONFIG);
    const surroundings = {
      env: { get: (name: string) => env[name] },
      os: "linux",
      clock: systemClock,
    } as const;
    const first = await signIn(SSO, {
      surroundings,
      onDevice: false,
      insist: true,
      onWait: () => {},
      show: ({ url }) => void visit(url),
    });
    const theirs = await askBotocore(env);
    assert(theirs !== first.accessToken && oidc.accepts(theirs), "botocore renewed our token");
    const file = `${directory.at(".aws/sso/cache")}/${await tokenFileName(SSO.session)}`;
    assertEquals(JSON.parse(Deno.readTextFileSync(file)).accessToken, theirs);
    const ours = await createSsoTokens(surroundings, UNATTENDED).current(SSO);
    assert(ours.accessToken !== theirs && oidc.accepts(ours.accessToken), "and we renewed theirs");
    assertEquals(oidc.count("CreateToken", "refresh_token"), 2);
    assert(oidc.accepts(await askBotocore(env)), "and so on");
  },
});
