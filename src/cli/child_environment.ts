/**
 * The environment of the command that gets the credentials: everything of ours except what could
 * put other credentials in front of the ones we give (P10). Pure. It must never let an inherited
 * credential, or a pointer to one, through.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { IssuedCredentials } from "../gate/ports.ts";

/** How the child gets its credentials. */
export type Delivery =
  | {
    readonly mode: "cli";
    readonly credentials: Pick<
      IssuedCredentials,
      "accessKeyId" | "secretAccessKey" | "sessionToken" | "expiresAt" | "accountId"
    >;
  }
  | {
    readonly mode: "server";
    /** URL of the credential endpoint. */
    readonly uri: string;
    /** What the endpoint wants in the `Authorization` header. */
    readonly token: string;
  };

/** What {@linkcode childEnvironment} adds. */
export interface ChildEnvironmentOptions {
  /** The profile whose credentials are delivered. */
  readonly profile: string;
  /** Region of the profile, or `null`: then the inherited one stays. */
  readonly region: string | null;
  /** Generated stand-in for `~/.aws/config`: settings of the profile, no credentials. */
  readonly configFile: string;
  /** Generated stand-in for `~/.aws/credentials`: empty. */
  readonly credentialsFile: string;
  readonly delivery: Delivery;
}

/**
 * Families of variables from which AWS clients take credentials, a profile, a role or a file of
 * such. By family, because each client has its own spelling: botocore (`AWS_CREDENTIAL_FILE`,
 * `AWS_SECURITY_TOKEN`, `AWS_BEARER_TOKEN_*`), Go and Java (`AWS_ACCESS_KEY`, `AWS_SECRET_KEY`),
 * Java 1 (`AWS_CREDENTIAL_PROFILES_FILE`), JavaScript (`AWS_CREDENTIAL_SCOPE`), C++
 * (`AWS_IAM_ROLE_ARN`), Ruby (`AMAZON_*`), Ansible (`EC2_*`).
 */
const CREDENTIAL_FAMILIES = new RegExp(
  "^(?:" + [
    "AWS_ACCESS_KEY.*",
    "AWS_SECRET.*",
    "AWS_SESSION_.*",
    "AWS_SECURITY_TOKEN.*",
    "AWS_BEARER_TOKEN.*",
    "AWS_CREDENTIAL.*",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_(?:DEFAULT_)?PROFILE",
    "AWS_ACCOUNT_ID",
    "AWS_(?:IAM_)?ROLE_.*",
    "AWS_WEB_IDENTITY_.*",
    "AWS_CONTAINER_.*",
    "AMAZON_(?:ACCESS_KEY|SECRET|SESSION_TOKEN).*",
    "EC2_(?:ACCESS_KEY|SECRET_KEY|SECURITY_TOKEN)",
  ].join("|") + ")$",
  "s",
);

/** Whether an AWS client could take credentials from the variable, or a pointer to some. */
export function isCredentialVariable(name: string): boolean {
  // Names have no case on Windows; elsewhere `aws_profile` is nobody's, so nothing is lost.
  return CREDENTIAL_FAMILIES.test(name.toUpperCase());
}

/** `YYYY-MM-DDTHH:MM:SSZ`: botocore and the JavaScript SDK read nothing with `+00:00` alike. */
function expiration(expiresAt: number): string {
  return `${new Date(expiresAt).toISOString().slice(0, 19)}Z`;
}

/** The variables that carry the credentials, or lead to them. */
function delivered(options: ChildEnvironmentOptions): Record<string, string> {
  const { delivery } = options;
  switch (delivery.mode) {
    case "cli": {
      const { accessKeyId, secretAccessKey, sessionToken, expiresAt, accountId } =
        delivery.credentials;
      return {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...sessionToken !== null && { AWS_SESSION_TOKEN: sessionToken },
        ...expiresAt !== null && {
          AWS_CREDENTIAL_EXPIRATION: expiration(expiresAt),
          // For prompts, under the name that other credential helpers made common.
          AWS_SESSION_EXPIRATION: expiration(expiresAt),
        },
        ...accountId !== null && { AWS_ACCOUNT_ID: accountId },
      };
    }
    case "server":
      return {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: delivery.uri,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: delivery.token,
        // botocore takes keys from ~/.boto, and Java 1 from ~/.aws/credentials, before it asks
        // a container endpoint; each has one variable that leads it elsewhere.
        BOTO_CONFIG: options.credentialsFile,
        AWS_CREDENTIAL_PROFILES_FILE: options.credentialsFile,
      };
    default:
      return assertNever(delivery);
  }
}

/** With it the command could speak to people in our name. */
const WEBHOOK_SECRET = "SENTINEL_WEBHOOK_SECRET";

/** The complete environment of the child: start it with nothing else. */
export function childEnvironment(
  parent: Readonly<Record<string, string>>,
  options: ChildEnvironmentOptions,
): Record<string, string> {
  const { region } = options;
  const ours: Record<string, string> = {
    ...delivered(options),
    ...region !== null && { AWS_REGION: region, AWS_DEFAULT_REGION: region },
    AWS_CONFIG_FILE: options.configFile,
    AWS_SHARED_CREDENTIALS_FILE: options.credentialsFile,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SENTINEL: options.profile,
  };
  const inherited = Object.entries(parent).filter(([name]) =>
    !isCredentialVariable(name) && name.toUpperCase() !== WEBHOOK_SECRET &&
    !Object.hasOwn(ours, name.toUpperCase())
  );
  return { ...Object.fromEntries(inherited), ...ours };
}
