/**
 * Whose credentials an administrative command works with: keys of the environment, or a profile,
 * whose roles are then assumed, or what the program runs in. It must never mix them, and nothing is
 * called before credentials are needed.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import {
  type BaseCredentials,
  type ContainerCredentials,
  originName,
  type WebIdentityCredentials,
} from "./base_credentials.ts";
import type { BaseKeys } from "./base_keys.ts";
import {
  type AwsKeys,
  baseCaller,
  openStsClient,
  type StsCaller,
  type StsOptions,
} from "./clients.ts";
import type { Environment } from "./config_files.ts";
import { refuseExpiry } from "./credential_life.ts";
import { hasContainerEndpoint } from "./container_keys.ts";
import { findEnvironmentKeys } from "./environment_keys.ts";
import type { MfaDevice } from "./interaction.ts";
import {
  type ChildSettings,
  loadProfile,
  loadProfileSettings,
  type ProfileSettings,
  type ResolvedProfile,
  type RoleHop,
} from "./profile.ts";
import { isRoleArn, isSessionName } from "./profile_credentials.ts";

/** Who calls AWS, before any role is assumed. */
export interface Caller {
  /** Completes "the credentials of": `profile "ops"`, or the variable that holds the key. */
  readonly name: string;
  /** Where the keys come from: where a role is assumed, that may be another profile. */
  readonly base: BaseCredentials;
  /** Roles in the order in which they are assumed; empty when the keys themselves are used. */
  readonly hops: readonly RoleHop[];
}

/** A caller, and what its profile says beside credentials. */
export interface ResolvedCaller {
  readonly caller: Caller;
  /** Region of the profile, or `null`. */
  readonly region: string | null;
  /** `null`: there is no profile. */
  readonly settings: ChildSettings | null;
}

/** Keys that sign calls, and until when. */
export interface CallerKeys extends AwsKeys {
  /** End of life in milliseconds since the epoch; `null` when none is known. */
  readonly expiresAt: number | null;
}

/** Where the caller is looked for. */
export interface ResolveCallerOptions {
  /** Profile of the command line, or `null`: keys of the environment, `AWS_PROFILE`, `default`. */
  readonly profile: string | null;
  readonly env: Environment;
}

const SESSION_NAME = "sentinel-admin";
const KEY_ID = "AWS_ACCESS_KEY_ID";
const WEB_IDENTITY = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE_SECONDS = 3600;

/**
 * The caller, as the AWS SDKs would find it: a named profile, else keys of the environment, else
 * the profile of `AWS_PROFILE` or `default`, else the web identity or the container of the
 * environment. Rejects with `CONFIG_INVALID` or `PROFILE_NOT_FOUND`.
 */
export async function resolveCaller(options: ResolveCallerOptions): Promise<ResolvedCaller> {
  const { env } = options;
  if (options.profile === null && findEnvironmentKeys(env) !== null) {
    return await withoutProfile({ kind: "environment", ...variable(KEY_ID) }, env);
  }
  const named = options.profile ?? (env.get("AWS_PROFILE") || null);
  const surrounding = named === null ? findSurrounding(env) : null;
  let found: ResolvedProfile;
  try {
    found = await loadProfile(named ?? "default", { env });
  } catch (thrown) {
    if (named !== null || !hasNoCredentials(thrown)) throw thrown;
    if (surrounding !== null) return await withoutProfile(surrounding, env);
    throw new SentinelError(
      "PROFILE_NOT_FOUND",
      `Cannot find AWS credentials: ${KEY_ID} is not set, and there is no profile "default" that has any`,
      { suggestion: "Name a profile with --aws-profile.", cause: thrown },
    );
  }
  if (surrounding?.kind === "web_identity") {
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot tell whose credentials to use: ${WEB_IDENTITY} is set, and there is a profile "default"; tools differ in which wins`,
      { suggestion: `Name a profile with --aws-profile, or unset ${WEB_IDENTITY}.` },
    );
  }
  const { name, base, hops, region, settings } = found;
  return { caller: { name: `profile ${quote(name)}`, base, hops }, region, settings };
}

/** A variable of the environment, as the place that says how to sign in. */
function variable(name: string) {
  return { profile: "", file: name, line: 0 };
}

async function withoutProfile(base: BaseCredentials, env: Environment): Promise<ResolvedCaller> {
  const profile = await findProfileSettings(env);
  return {
    caller: { name: originName(base), base, hops: [] },
    region: profile?.region ?? null,
    settings: profile?.settings ?? null,
  };
}

/** What this program runs in, where that gives credentials: a pod, a CI job, a container. */
function findSurrounding(env: Environment): WebIdentityCredentials | ContainerCredentials | null {
  const tokenFile = env.get(WEB_IDENTITY) || null;
  if (tokenFile !== null) return readWebIdentityVariables(tokenFile, env);
  return hasContainerEndpoint(env)
    ? { kind: "container", ...variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") }
    : null;
}

function readWebIdentityVariables(tokenFile: string, env: Environment): WebIdentityCredentials {
  const roleArn = env.get("AWS_ROLE_ARN") ?? "";
  const roleSessionName = env.get("AWS_ROLE_SESSION_NAME") || null;
  const refuse = (reason: string) =>
    new SentinelError("CONFIG_INVALID", `Cannot use ${WEB_IDENTITY}: ${reason}`, {
      suggestion: `Mend it, or name a profile with --aws-profile.`,
    });
  if (!isRoleArn(roleArn)) throw refuse("AWS_ROLE_ARN is not the ARN of a role");
  if (roleSessionName !== null && !isSessionName(roleSessionName)) {
    throw refuse("AWS_ROLE_SESSION_NAME is not a name that STS takes");
  }
  const at = variable(WEB_IDENTITY);
  const rest = { durationSeconds: null, region: null };
  return { kind: "web_identity", roleArn, tokenFile, roleSessionName, ...rest, ...at };
}

/** Region and settings of the caller's profile, without its credentials; `null` without a profile. */
export async function findCallerSettings(
  { profile, env }: ResolveCallerOptions,
): Promise<ProfileSettings | null> {
  return profile === null
    ? await findProfileSettings(env)
    : await loadProfileSettings(profile, { env });
}

/** What the profile says beside credentials; the `default` profile need not exist. */
async function findProfileSettings(env: Environment): Promise<ProfileSettings | null> {
  const named = env.get("AWS_PROFILE") || null;
  try {
    return await loadProfileSettings(named ?? "default", { env });
  } catch (thrown) {
    if (named !== null || !isNotFound(thrown)) throw thrown;
    return null;
  }
}

function isNotFound(thrown: unknown): boolean {
  return thrown instanceof SentinelError && thrown.code === "PROFILE_NOT_FOUND";
}

/** Whether there is no such profile, or one that says nothing of credentials. */
function hasNoCredentials(thrown: unknown): boolean {
  return isNotFound(thrown) ||
    thrown instanceof SentinelError && thrown.details.lacks === "credentials";
}

/** What {@linkcode openCallerKeys} needs. */
export interface OpenCallerKeysOptions extends StsOptions {
  readonly clock: { now(): number };
  /** The keys of the caller's base. */
  readonly keys: BaseKeys;
  readonly mfaCode: (device: MfaDevice) => Promise<string>;
}

/**
 * The keys that sign the caller's calls: its own, or those of its last role, assumed anew. Rejects
 * with `SentinelError`.
 */
export async function openCallerKeys(
  caller: Caller,
  options: OpenCallerKeysOptions,
): Promise<CallerKeys> {
  const base = await options.keys.current();
  let current: StsCaller = baseCaller(caller.base, base);
  let { expiresAt } = base;
  for (const hop of caller.hops) {
    // AWS allows a role that another one assumes an hour, and more than that is not needed here.
    const durationSeconds = Math.min(hop.durationSeconds ?? ROLE_SECONDS, ROLE_SECONDS);
    using client = await openStsClient(current, {
      ...options,
      region: options.region ?? hop.region,
    });
    const { keys } = await client.assumeRole({
      roleArn: hop.roleArn,
      roleSessionName: hop.roleSessionName ?? SESSION_NAME,
      sourceIdentity: null,
      externalId: hop.externalId,
      durationSeconds,
      mfa: hop.mfa === null
        ? null
        : { serial: hop.mfa.serial, code: await options.mfaCode(hop.mfa) },
    });
    const name = `role ${quote(hop.roleArn)}`;
    refuseExpiry(keys, { durationSeconds, now: options.clock.now(), what: name });
    current = { keys, name, roleArn: hop.roleArn };
    expiresAt = keys.expiresAt;
  }
  return { ...pickKeys(current.keys), expiresAt };
}

function pickKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys): AwsKeys {
  return { accessKeyId, secretAccessKey, sessionToken };
}
