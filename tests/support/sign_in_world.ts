/**
 * A sandbox in which every way to sign in works: profiles of each kind, each alone and as the
 * source of a role, against strict services that are all this machine's own.
 *
 * @module
 */
import { formatToken, tokenFileName } from "../../src/aws/sso_token.ts";
import { type MetadataEndpoint, startMetadataEndpoint } from "./metadata_endpoint.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";
import { type SsoPortal, startSsoPortal } from "./sso_portal.ts";
import type { SessionCredentials } from "./sts_endpoint.ts";

/** The role behind the permission set, with the name that AWS gives it. */
export const SSO_ROLE = "arn:aws:iam::123456789012:role/AWSReservedSSO_Dev_0123456789abcdef";
const ACCOUNT = "123456789012";

/** The session of the sign-in. */
export const SSO_SESSION = {
  name: "corp",
  startUrl: "https://corp.awsapps.com/start",
  region: "eu-central-1",
  scopes: [],
} as const;

/** The sandbox and its services. */
export interface SignInWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly portal: SsoPortal;
  readonly metadata: MetadataEndpoint;
  /** Environment that leads to the services. */
  readonly env: Readonly<Record<string, string>>;
  /** Keys of a session of `role`, by nobody's call. */
  session(role: string, options?: SessionOptions): SessionCredentials;
  /** Signs in: puts a token of `user` into the cache. Returns the token. */
  signIn(user: string, options?: SessionOptions): Promise<string>;
  /** What the program of profile `process` prints from now on. */
  printKeys(keys: SessionCredentials): Promise<void>;
}

/** A session to make. */
export interface SessionOptions {
  /** Default: the role's name. */
  readonly name?: string;
  /** Seconds; default: 3600. */
  readonly durationSeconds?: number;
}

/** Kinds of base credentials, by the name of the profile that has nothing else. */
export const KINDS = ["base", "temporary", "sso", "legacy", "web", "process", "longterm"] as const;

/** Opens it with `policy`. */
export async function openSignInWorld(policy: string): Promise<SignInWorld> {
  const sandbox = await openSandbox(policy);
  const { sts, home } = sandbox;
  const portal = startSsoPortal();
  for (const name of ["AWSReservedSSO_Dev_0123456789abcdef", "Web", "Tool", "Instance", "Task"]) {
    sts.addRole({ name });
  }
  const session = (
    role: string,
    { name = "session", durationSeconds = 3600 }: SessionOptions = {},
  ) =>
    sts.addRoleSession({
      roleArn: role.startsWith("arn:") ? role : `arn:aws:iam::${ACCOUNT}:role/${role}`,
      sessionName: name,
      durationSeconds,
    });
  const metadata = startMetadataEndpoint({ issue: () => session("Instance", { name: "i-1" }) });
  const longterm = sts.addUser({ name: "keychain" });
  const world: SignInWorld = {
    sandbox,
    portal,
    metadata,
    env: {
      AWS_ENDPOINT_URL_SSO: portal.url,
      AWS_REGION: "eu-west-1",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    },
    session,
    async signIn(user, options = {}) {
      const token = `token-${crypto.randomUUID()}`;
      portal.assign(token, {
        accountId: ACCOUNT,
        roleName: "Dev",
        issue: () => session(SSO_ROLE, { ...options, name: user }),
      });
      await Deno.mkdir(`${home}/.aws/sso/cache`, { recursive: true, mode: 0o700 });
      const sessions = [SSO_SESSION, { ...SSO_SESSION, name: null }];
      for (const one of sessions) {
        await Deno.writeTextFile(
          `${home}/.aws/sso/cache/${await tokenFileName(one)}`,
          formatToken({
            accessToken: token,
            expiresAt: Date.now() + 8 * 3600_000,
            renewal: null,
          }, one),
          { mode: 0o600 },
        );
      }
      return token;
    },
    async printKeys(keys) {
      await Deno.writeTextFile(`${home}/keys.json`, processDocument(keys));
    },
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
  await Deno.writeTextFile(
    `${home}/token`,
    sts.addWebIdentity({ arn: `arn:aws:iam::${ACCOUNT}:role/Web` }),
  );
  await world.printKeys(session("Tool", { name: "tool" }));
  await Deno.writeTextFile(
    `${home}/longterm.json`,
    JSON.stringify({
      Version: 1,
      AccessKeyId: longterm.accessKeyId,
      SecretAccessKey: longterm.secretAccessKey,
    }),
  );
  const temporary = session("Tool", { name: "pasted" });
  await append(
    `${home}/.aws/credentials`,
    `
[temporary]
aws_access_key_id = ${temporary.accessKeyId}
aws_secret_access_key = ${temporary.secretAccessKey}
aws_session_token = ${temporary.sessionToken}
`,
  );
  await append(
    `${home}/.aws/config`,
    `
[sso-session ${SSO_SESSION.name}]
sso_start_url = ${SSO_SESSION.startUrl}
sso_region = ${SSO_SESSION.region}
[profile sso]
sso_session = corp
sso_account_id = ${ACCOUNT}
sso_role_name = Dev
[profile legacy]
sso_start_url = ${SSO_SESSION.startUrl}
sso_region = ${SSO_SESSION.region}
sso_account_id = ${ACCOUNT}
sso_role_name = Dev
[profile web]
role_arn = arn:aws:iam::${ACCOUNT}:role/Web
web_identity_token_file = ${home}/token
role_session_name = pod
[profile process]
credential_process = cat ${home}/keys.json
[profile longterm]
credential_process = cat '${home}/longterm.json'
${KINDS.map(roleOf).join("")}
[profile environment-role]
role_arn = arn:aws:iam::${ACCOUNT}:role/Prod
credential_source = Environment
[profile instance-role]
role_arn = arn:aws:iam::${ACCOUNT}:role/Prod
credential_source = Ec2InstanceMetadata
[profile container-role]
role_arn = arn:aws:iam::${ACCOUNT}:role/Prod
credential_source = EcsContainer
`,
  );
  return world;
}

/** Profile `sso-role`: a role whose source is profile `sso`. */
function roleOf(source: string): string {
  return `[profile ${source}-role]
role_arn = arn:aws:iam::${ACCOUNT}:role/Prod
source_profile = ${source}
`;
}

/** Keys as a `credential_process` prints them. */
export function processDocument(keys: SessionCredentials): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    SessionToken: keys.sessionToken,
    Expiration: keys.expiration.toISOString(),
  });
}

async function append(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { append: true });
}
