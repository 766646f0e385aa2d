/**
 * A profile as its files have it now, for a process that runs for hours: keys that somebody
 * renewed in the files are taken, as long as they lead by the same roles from the same caller. It
 * never changes who is served what.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import type { ResolvedProfile, StaticKeys } from "./profile.ts";

/** Where a renewed profile comes from, and what must stay. */
export interface RenewedProfileOptions {
  /** The profile at the start. */
  readonly profile: ResolvedProfile;
  /** ARN of the caller at the start. */
  readonly callerArn: string;
  /** Resolves the profile again. */
  readonly reload: () => Promise<ResolvedProfile>;
  /** ARN of the owner of keys. */
  readonly identify: (base: StaticKeys) => Promise<string>;
  readonly warn: (message: string) => void;
}

/** Gives the profile with the keys of now; never rejects: what cannot be renewed stays. */
export function createRenewedProfile(
  options: RenewedProfileOptions,
): () => Promise<ResolvedProfile> {
  let current = options.profile;
  /** Keys that were looked at and not taken: nobody is asked about them twice. */
  let declined: string | null = null;
  let renewing: Promise<ResolvedProfile> | null = null;

  async function renew(): Promise<ResolvedProfile> {
    let next: ResolvedProfile;
    try {
      next = await options.reload();
    } catch {
      // A file that is being written, or is broken for now: STS judges the keys that we have.
      return current;
    }
    const keys = fingerprint(next.base);
    if (keys === fingerprint(current.base) || keys === declined) return current;
    if (path(next) !== path(options.profile)) return decline(keys, "leads to other roles now");
    let owner: string;
    try {
      owner = await options.identify(next.base);
    } catch {
      // Not answered, or not valid yet: asked again with the next call.
      return current;
    }
    if (owner !== options.callerArn) return decline(keys, "has the keys of somebody else now");
    return current = next;
  }

  function decline(keys: string, reason: string): ResolvedProfile {
    declined = keys;
    options.warn(
      `profile ${quote(options.profile.name)} ${reason}: this server goes on with what it had; ` +
        "start sentinel exec again to use it",
    );
    return current;
  }

  return () => {
    renewing ??= renew().finally(() => renewing = null);
    return renewing;
  };
}

function fingerprint({ accessKeyId, secretAccessKey, sessionToken }: StaticKeys): string {
  return JSON.stringify([accessKeyId, secretAccessKey, sessionToken]);
}

/** The roles on the way, wherever in the files they stand. */
function path({ hops }: ResolvedProfile): string {
  return JSON.stringify(
    hops.map((
      { roleArn, externalId, roleSessionName, region },
    ) => [roleArn, externalId, roleSessionName, region]),
  );
}
