/**
 * Makes a profile's credentials: assumes its roles one after the other, each with the source
 * identity of the request, or asks for a session where it has none. It must never hand out
 * credentials that live longer than was asked for, and never says "yes, but shorter".
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { lifetimeSeconds } from "../gate/lifetime.ts";
import type {
  CredentialRequest,
  CredentialSource,
  Issued,
  IssuedCredentials,
} from "../gate/ports.ts";
import { quote } from "../text/printable.ts";
import { baseCaller, openStsClient, type StsOptions } from "./clients.ts";
import { refuseDuration, refuseExpiry } from "./credential_life.ts";
import type { ResolvedProfile } from "./profile.ts";
import { RoleChain } from "./role_chain.ts";

/** Settings of {@linkcode createCredentialSource}. */
export interface CredentialSourceOptions extends StsOptions {
  /** Hand out the keys of a profile without role as they are. Default: false. */
  readonly noSession?: boolean;
  readonly clock: { now(): number };
}

/** A {@linkcode CredentialSource} whose work can be abandoned. */
export interface StsCredentialSource extends CredentialSource {
  /** Rejects with `SentinelError`; with `TIMED_OUT` when `signal` aborts. */
  issue(request: CredentialRequest, signal?: AbortSignal): Promise<Issued>;
}

/** Credentials of `profile`, made anew by each call. Nothing is called or loaded before the first. */
export function createCredentialSource(
  profile: ResolvedProfile,
  options: CredentialSourceOptions,
): StsCredentialSource {
  const roles = new RoleChain(profile, options);
  return {
    async issue(request, signal) {
      if (profile.hops.length > 0) return await roles.assume(request, signal);
      if (options.noSession) return asTheyAre(profile);
      const durationSeconds = lifetimeSeconds(request, options.clock.now());
      if (durationSeconds === null) return null;
      return await openSession(profile, { ...options, durationSeconds, signal });
    },
  };
}

/** The keys of a profile themselves. */
function asTheyAre({ base }: ResolvedProfile): IssuedCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = base;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAt: null,
    durationSeconds: null,
    accountId: null,
    roleArn: null,
    sourceIdentity: null,
  };
}

/** A session of the keys of a profile. GetSessionToken takes no source identity. */
async function openSession(
  { name, base }: ResolvedProfile,
  options: CredentialSourceOptions & IssueOptions,
): Promise<IssuedCredentials> {
  const { durationSeconds, clock, signal } = options;
  if (base.sessionToken !== null) {
    throw new SentinelError(
      "CREDENTIALS_UNSUITABLE",
      `Cannot make a session for profile ${quote(name)}: its keys are temporary already`,
      {
        suggestion: "Add a role_arn to the profile, or hand the keys out as they are: --no-session",
      },
    );
  }
  const what = `a session for profile ${quote(name)}`;
  refuseDuration(durationSeconds, { longestSeconds: 129_600, what });
  using client = await openStsClient(baseCaller(base), options);
  const keys = await client.getSessionToken(durationSeconds, signal);
  refuseExpiry(keys, { durationSeconds, now: clock.now(), what });
  return { ...keys, durationSeconds, accountId: null, roleArn: null, sourceIdentity: null };
}

interface IssueOptions {
  readonly durationSeconds: number;
  readonly signal: AbortSignal | undefined;
}
