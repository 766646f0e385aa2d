/**
 * Whose credentials an administrative command works with: keys of the environment, or a profile,
 * whose roles are then assumed. It must never mix the two, and nothing is called before
 * credentials are needed.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type AwsKeys, openStsClient, type StsCaller, type StsOptions } from "./clients.ts";
import type { Environment } from "./config_files.ts";
import { refuseExpiry } from "./credential_life.ts";
import {
  type ChildSettings,
  loadProfile,
  loadProfileSettings,
  type ProfileSettings,
  type RoleHop,
} from "./profile.ts";

/** Who calls AWS, before any role is assumed. */
export interface Caller {
  /** Completes "the credentials of": `profile "ops"`, or the variable that holds the key. */
  readonly name: string;
  /** The same of the keys: where a role is assumed, they may stand in another profile. */
  readonly keysName: string;
  readonly keys: AwsKeys;
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
const SECRET_KEY = "AWS_SECRET_ACCESS_KEY";
const ROLE_SECONDS = 3600;

/**
 * The caller, as the AWS SDKs would find it: a named profile, else keys of the environment, else
 * the profile of `AWS_PROFILE` or `default`. Rejects with `CONFIG_INVALID` or `PROFILE_NOT_FOUND`.
 */
export async function resolveCaller(options: ResolveCallerOptions): Promise<ResolvedCaller> {
  const { env } = options;
  const keys = options.profile === null ? readEnvironmentKeys(env) : null;
  if (keys !== null) {
    const profile = await findProfileSettings(env);
    return {
      caller: { name: KEY_ID, keysName: KEY_ID, keys, hops: [] },
      region: profile?.region ?? null,
      settings: profile?.settings ?? null,
    };
  }
  const named = options.profile ?? (env.get("AWS_PROFILE") || null);
  const { name, base, hops, region, settings } = await load(named, env);
  const caller = {
    name: `profile ${quote(name)}`,
    keysName: `profile ${quote(base.profile)}`,
    keys: base,
    hops,
  };
  return { caller, region, settings };
}

/** Region and settings of the caller's profile, without its credentials; `null` without a profile. */
export async function findCallerSettings(
  { profile, env }: ResolveCallerOptions,
): Promise<ProfileSettings | null> {
  return profile === null
    ? await findProfileSettings(env)
    : await loadProfileSettings(profile, { env });
}

async function load(named: string | null, env: Environment) {
  try {
    return await loadProfile(named ?? "default", { env });
  } catch (thrown) {
    if (named !== null || !isNotFound(thrown)) throw thrown;
    throw new SentinelError(
      "PROFILE_NOT_FOUND",
      `Cannot find AWS credentials: ${KEY_ID} is not set, and there is no profile "default"`,
      { suggestion: "Name a profile with --aws-profile.", cause: thrown },
    );
  }
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

/** Keys of the environment, or `null`. Half a pair is an error, as it would be elsewhere too late. */
function readEnvironmentKeys(env: Environment): AwsKeys | null {
  const accessKeyId = env.get(KEY_ID);
  const secretAccessKey = env.get(SECRET_KEY);
  if (!accessKeyId && !secretAccessKey) return null;
  if (!accessKeyId || !secretAccessKey) {
    const missing = accessKeyId ? SECRET_KEY : KEY_ID;
    throw refuseKeys(`half a key pair: ${missing} is not set`);
  }
  const sessionToken = env.get("AWS_SESSION_TOKEN") || null;
  // They become header lines, so nothing but visible ASCII may be in them.
  for (const key of [accessKeyId, secretAccessKey, sessionToken]) {
    if (key !== null && !/^[!-~]+$/.test(key)) {
      throw refuseKeys("a key must consist of visible ASCII characters");
    }
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function refuseKeys(reason: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot use the keys of the environment: ${reason}`, {
    suggestion: "Set the whole pair, or name a profile with --aws-profile.",
  });
}

/** The caller's own keys as a caller of STS. */
export function stsCaller({ keysName, keys }: Caller): StsCaller {
  return { name: keysName, keys };
}

/**
 * The keys that sign the caller's calls: its own, or those of its last role, assumed anew. Rejects
 * with `SentinelError`.
 */
export async function openCallerKeys(
  caller: Caller,
  options: StsOptions & { readonly clock: { now(): number } },
): Promise<CallerKeys> {
  let current: StsCaller = stsCaller(caller);
  let expiresAt: number | null = null;
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
