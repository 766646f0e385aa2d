/**
 * Makes a profile's credentials: assumes its roles one after the other, each with the source
 * identity of the request, or asks for a session where it has none. It must never hand out
 * credentials that live longer than was asked for unless the request says that they may, and never
 * says "yes, but shorter".
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { allowedSeconds, lifetimeSeconds } from "../gate/lifetime.ts";
import type {
  CredentialRequest,
  CredentialSource,
  Issued,
  IssuedCredentials,
} from "../gate/ports.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { baseCaller, openStsClient } from "./clients.ts";
import { refuseDuration, refuseExpiry } from "./credential_life.ts";
import type { ResolvedProfile } from "./profile.ts";
import { RoleChain, type RoleChainOptions } from "./role_chain.ts";

/** Settings of {@linkcode createCredentialSource}. */
export interface CredentialSourceOptions extends RoleChainOptions {
  /** Hand out the keys of a profile without role as they are. Default: false. */
  readonly noSession?: boolean;
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
      const now = () => options.clock.now();
      if (options.noSession) {
        const keys = await options.base.current();
        // Those with a known end are judged by it, asked for as they are or not.
        return keys.expiresAt === null
          ? ownKeys(keys, now())
          : lendKeys(profile, { keys, request, now: now() });
      }
      if (profile.base.kind === "web_identity") {
        const durationSeconds = lifetimeSeconds(request, now());
        if (durationSeconds === null) return null;
        const { assumeWebIdentity } = await import("./web_identity.ts");
        const { arn: _, ...keys } = await assumeWebIdentity(profile.base, {
          sts: options,
          clock: options.clock,
          durationSeconds,
        });
        const { roleArn } = profile.base;
        return { ...keys, durationSeconds, accountId: null, roleArn, sourceIdentity: null };
      }
      const keys = await options.base.current();
      return keys.sessionToken === null
        ? await openSession(profile, { ...options, keys, request, signal })
        : lendKeys(profile, { keys, request, now: now() });
    },
  };
}

/** The keys of a profile themselves. */
function ownKeys(
  { accessKeyId, secretAccessKey, sessionToken, expiresAt }: BaseKeysNow,
  now: number,
): IssuedCredentials {
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAt,
    durationSeconds: expiresAt === null ? null : Math.ceil((expiresAt - now) / 1000),
    accountId: null,
    roleArn: null,
    sourceIdentity: null,
  };
}

/** The temporary keys of a profile without role: nothing can shorten them. */
function lendKeys(
  { name }: ResolvedProfile,
  options: {
    readonly keys: BaseKeysNow;
    readonly request: CredentialRequest;
    readonly now: number;
  },
): IssuedCredentials {
  const { keys, request, now } = options;
  const { ownLife = "refused" } = request;
  const durationSeconds = allowedSeconds(request, now);
  const what = `Cannot make a session for profile ${quote(name)}: its keys are temporary already`;
  if (keys.expiresAt === null) {
    throw new SentinelError("CREDENTIALS_UNSUITABLE", what, {
      suggestion: "Add a role_arn to the profile, or hand the keys out as they are: --no-session",
    });
  }
  const issued = ownKeys(keys, now);
  const lifeSeconds = issued.durationSeconds ?? Infinity;
  if (ownLife === "allowed") return issued;
  if (ownLife === "within" && lifeSeconds <= durationSeconds) return issued;
  const life = formatDuration(Math.max(60, lifeSeconds - lifeSeconds % 60));
  throw new SentinelError(
    "CREDENTIALS_UNSUITABLE",
    ownLife === "refused"
      ? `${what}, and a server hands out only what it can renew and end: these live another ${life}`
      : `${what} and live another ${life}: they cannot be shortened to ${
        formatDuration(durationSeconds)
      }`,
    {
      suggestion:
        `Add a profile with a role_arn and source_profile = ${name}, and use that one with --profile.`,
    },
  );
}

/** A session of the keys of a profile. GetSessionToken takes no source identity. */
async function openSession(
  { name, base }: ResolvedProfile,
  options: CredentialSourceOptions & {
    readonly keys: BaseKeysNow;
    readonly request: CredentialRequest;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Issued> {
  const { keys, clock, request, signal } = options;
  const durationSeconds = lifetimeSeconds(request, clock.now());
  if (durationSeconds === null) return null;
  const what = `a session for profile ${quote(name)}`;
  refuseDuration(durationSeconds, { longestSeconds: 129_600, what });
  using client = await openStsClient(baseCaller(base, keys), options);
  const session = await client.getSessionToken({ durationSeconds }, signal);
  refuseExpiry(session, { durationSeconds, now: clock.now(), what });
  return { ...session, durationSeconds, accountId: null, roleArn: null, sourceIdentity: null };
}
