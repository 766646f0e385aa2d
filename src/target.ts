/**
 * Who asks for whose credentials: the profile with its chain, the region and endpoint of STS, and
 * the caller behind the base credentials. Every part that names a request (the gate's doors, the
 * filing of approvals) asks here, so that all of them mean the same person and the same role. It
 * grants nothing.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { BaseCredentials } from "./aws/base_credentials.ts";
import { type BaseKeys, type BaseKeysNow, openBaseKeys, ownerMark } from "./aws/base_keys.ts";
import type { Environment } from "./aws/config_files.ts";
import { resolveEndpoint, resolveFips } from "./aws/endpoint.ts";
import { parseCallerArn, policyUsername } from "./aws/identity.ts";
import type { Interaction, SsoTokens } from "./aws/interaction.ts";
import { loadProfile, type ResolvedProfile } from "./aws/profile.ts";
import { resolveRegion } from "./aws/region.ts";
import { cachedIdentity, type KnownIdentity, knownIdentity } from "./io/identity_cache.ts";
import { cacheDirectory } from "./io/platform_paths.ts";
import type { SignInSurroundings } from "./sign_in.ts";
import { accountOf } from "./text/arn.ts";

/** What tells one target from another. */
export interface TargetSettings {
  readonly profile: string;
  readonly region: string | null;
  /** Profile whose credentials are the base, or `null` for the profile's own. */
  readonly awsProfile: string | null;
}

/** What finding a target takes. */
export interface TargetSurroundings {
  readonly env: Environment;
  readonly os: typeof Deno.build.os;
  readonly clock: Clock;
  /** The way to a person; `UNATTENDED` where nobody may be asked. */
  readonly interaction: Interaction;
}

/** How STS is reached. */
export interface StsSettings {
  readonly region: string | null;
  readonly endpoint: string | null;
  readonly useFips: boolean;
}

/** A caller and the profile whose credentials they ask for. */
export interface Target {
  readonly profile: ResolvedProfile;
  /** Who the base credentials belong to, before any role of the profile. */
  readonly identity: KnownIdentity;
  /** What tells that owner from all others: see `ownerMark`. */
  readonly mark: string;
  /** Policy username of the caller. */
  readonly user: string;
  /** The base credentials' keys, got when they are needed. */
  readonly keys: BaseKeys;
  /** ARN of the role that would be assumed last, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials that would be issued, twelve digits. */
  readonly account: string;
  readonly region: string | null;
  readonly sts: StsSettings;
  /** Resolves the profile again, as its files are now. */
  reload(): Promise<ResolvedProfile>;
  /** Who `keys` belong to, asked of STS where nobody said so. */
  identify(keys: BaseKeysNow): Promise<KnownIdentity>;
}

/** What may be believed. */
export interface TargetTrust {
  /**
   * Ask AWS who the caller is, whatever was kept: the user can write what is kept, and with it be
   * somebody else to a policy that they cannot choose. Default: false.
   */
  readonly askIdentity?: boolean;
}

/**
 * Resolves the profile and who its base credentials belong to; nothing else is asked of AWS, and
 * that only when it is not known yet. Rejects with `SentinelError`.
 */
export async function openTarget(
  settings: TargetSettings,
  surroundings: TargetSurroundings,
  { askIdentity = false }: TargetTrust = {},
): Promise<Target> {
  const { env, clock } = surroundings;
  const reload = () => loadProfile(settings.profile, { env, baseProfile: settings.awsProfile });
  const profile = await reload();
  const region = resolveRegion({ flag: settings.region, env, profile });
  const endpoint = resolveEndpoint("sts", { env, profile });
  const sts = { region, endpoint, useFips: resolveFips({ env, profile }) };
  const { base } = profile;
  const keys = openBaseKeys(base, {
    ...surroundings,
    sts,
    ssoEndpoint: resolveEndpoint("sso", { env, profile }),
    tokens: lazySsoTokens(surroundings),
  });
  const identify = (keys: BaseKeysNow) => identifyKeys(base, { keys, sts });
  const { identity, mark } = await ownerOf(keys, {
    directory: askIdentity ? null : cacheDirectory(surroundings),
    endpoint,
    clock,
    identify,
  });
  const role = profile.hops.at(-1)?.roleArn ??
    (base.kind === "web_identity" ? base.roleArn : null);
  return {
    profile,
    keys,
    identity,
    mark,
    user: policyUsername(identity.arn),
    role,
    account: role === null ? identity.account : accountOf(role),
    region,
    sts,
    reload,
    identify,
  };
}

/** Who `keys` of `base` belong to, asked of STS where nobody said so. */
export async function identifyKeys(
  base: BaseCredentials,
  { keys, sts }: { readonly keys: BaseKeysNow; readonly sts: StsSettings },
): Promise<KnownIdentity> {
  if (keys.arn !== null) return { arn: keys.arn, account: parseCallerArn(keys.arn).account };
  const { baseCaller, fetchIdentity } = await import("./aws/clients.ts");
  return await fetchIdentity(baseCaller(base, keys), sts);
}

/** Who the base credentials belong to: from the cache, or asked of STS. Rejects with `SentinelError`. */
export async function ownerOf(
  keys: BaseKeys,
  options: {
    /** Where answers are kept; `null`: what is kept is not believed. */
    readonly directory: string | null;
    /** Where STS is called. */
    readonly endpoint: string | null;
    readonly clock: Clock;
    readonly identify: (keys: BaseKeysNow) => Promise<KnownIdentity>;
  },
): Promise<Pick<Target, "identity" | "mark">> {
  const { directory, endpoint, clock, identify } = options;
  const place = (mark: string) => ({ directory, key: [mark, endpoint], clock });
  const { mark, keys: got } = await keys.owner();
  const known = got === null ? await knownIdentity(place(mark)) : null;
  if (known !== null) return { identity: known, mark };
  // On the way to them somebody may have had to sign in anew.
  const now = got ?? await keys.current();
  const own = ownerMark(now);
  return { mark: own, identity: await cachedIdentity(place(own), () => identify(now)) };
}

/** Tokens of sign-ins; what makes them is loaded with the first. */
export function lazySsoTokens(
  surroundings: SignInSurroundings & { readonly interaction: Interaction },
): SsoTokens {
  let tokens: Promise<SsoTokens> | null = null;
  return {
    async current(sso, options) {
      tokens ??= import("./sign_in.ts")
        .then(({ createSsoTokens }) => createSsoTokens(surroundings, surroundings.interaction));
      return await (await tokens).current(sso, options);
    },
  };
}
