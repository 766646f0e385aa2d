/**
 * The keys at the end of a profile's chain, however they are come by, kept while they last. It
 * decides nothing about roles or policy, starts no program but the profile's own, and asks nobody
 * but through {@linkcode SsoTokens}.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { assertNever, SentinelError } from "../errors.ts";
import type { BaseCredentials, SsoCredentials, StaticKeys } from "./base_credentials.ts";
import type { AwsKeys, StsOptions } from "./clients.ts";
import type { Environment } from "./config_files.ts";
import { readEnvironmentKeys } from "./environment_keys.ts";
import type { SsoTokens } from "./interaction.ts";
import { keepKeys } from "./kept_keys.ts";
import type { SsoToken } from "./sso_token.ts";

/** Keys of the base, as they are now. */
export interface BaseKeysNow extends AwsKeys {
  /** End of life in milliseconds since the epoch; `null` when none is known. */
  readonly expiresAt: number | null;
  /** ARN of their owner where whoever made them said so; else `null`. */
  readonly arn: string | null;
  /**
   * What they were made of, where that tells their owner: a token, and what it was good for.
   * Default: they themselves tell it.
   */
  readonly madeOf?: readonly (string | null)[];
}

/** The owner of keys, as far as it is known here. */
export interface KeyOwner {
  /** As of {@linkcode ownerMark}. */
  readonly mark: string;
  /** The keys, where they had to be got to tell; else `null`. */
  readonly keys: BaseKeysNow | null;
}

/** The keys of one base for the life of one process. */
export interface BaseKeys {
  /**
   * Keys that are valid now: those of before while they last. Many callers share one way to them.
   * Rejects with `SentinelError`; with `SIGN_IN_REQUIRED` where a person is needed and cannot be
   * asked.
   */
  current(): Promise<BaseKeysNow>;
  /** Whose they are, without getting them where that can be told. Rejects as `current` does. */
  owner(): Promise<KeyOwner>;
  /** The keys of before are of no use: the next are got anew, as soon as may be. */
  forget(): void;
}

/** What the ways to keys need. */
export interface BaseKeysOptions {
  readonly env: Environment;
  readonly os: typeof Deno.build.os;
  readonly clock: Clock;
  /** How STS is reached, for web identity. */
  readonly sts: StsOptions;
  /** URL of the access portal of IAM Identity Center, or `null` for AWS's own. */
  readonly ssoEndpoint: string | null;
  readonly tokens: SsoTokens;
}

/**
 * What tells the owner of keys from all others, a secret among it: to be compared and hashed, never
 * shown or kept.
 */
export function ownerMark(
  { madeOf, accessKeyId, secretAccessKey, sessionToken }: Omit<BaseKeysNow, "expiresAt" | "arn">,
): string {
  return JSON.stringify(madeOf ?? [accessKeyId, secretAccessKey, sessionToken]);
}

/** Keys that stand in a file, as they are. */
export function fileKeys({ accessKeyId, secretAccessKey, sessionToken }: StaticKeys): BaseKeysNow {
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: null, arn: null };
}

/** The way to the keys of `base`. Nothing is read, called or started before they are asked for. */
export function openBaseKeys(base: BaseCredentials, options: BaseKeysOptions): BaseKeys {
  const { current, forget } = keepKeys(() => fetchKeys(base, options), {
    base,
    clock: options.clock,
  });
  return { current, forget, owner: () => ownerOf(base, { options, current }) };
}

async function fetchKeys(base: BaseCredentials, options: BaseKeysOptions): Promise<BaseKeysNow> {
  switch (base.kind) {
    case "keys":
      return fileKeys(base);
    case "environment":
      return readEnvironmentKeys(base, options.env);
    case "sso":
      return await fetchPermissionSet(base, options);
    case "web_identity": {
      const { assumeWebIdentity } = await import("./web_identity.ts");
      return await assumeWebIdentity(base, options);
    }
    case "process": {
      const { runCredentialProcess } = await import("./process_keys.ts");
      return await runCredentialProcess(base, options);
    }
    case "instance": {
      const { fetchInstanceKeys } = await import("./instance_keys.ts");
      return await fetchInstanceKeys(options.env);
    }
    case "container": {
      const { fetchContainerKeys } = await import("./container_keys.ts");
      return await fetchContainerKeys(options.env);
    }
    default:
      return assertNever(base);
  }
}

async function fetchPermissionSet(
  base: SsoCredentials,
  { tokens, ssoEndpoint: endpoint }: BaseKeysOptions,
): Promise<BaseKeysNow> {
  const { getRoleCredentials } = await import("./permission_set.ts");
  const keysOf = async (token: SsoToken): Promise<BaseKeysNow> => ({
    ...await getRoleCredentials(base, { token, endpoint }),
    madeOf: signInMark(base, { token, endpoint }),
  });
  const token = await tokens.current(base);
  try {
    return await keysOf(token);
  } catch (thrown) {
    if (!(thrown instanceof SentinelError) || thrown.code !== "SIGN_IN_REQUIRED") throw thrown;
    // The session was ended at the portal before its time: another token, or a person, may help.
    return await keysOf(await tokens.current(base, { rejected: token.accessToken }));
  }
}

/** Who signed in, to which account, with which permission set: nothing else makes the ARN. */
function signInMark(
  { accountId, roleName, session }: SsoCredentials,
  { token, endpoint }: { readonly token: SsoToken; readonly endpoint: string | null },
): readonly (string | null)[] {
  return ["sso", session.startUrl, endpoint, accountId, roleName, token.accessToken];
}

async function ownerOf(
  base: BaseCredentials,
  { options, current }: {
    readonly options: BaseKeysOptions;
    readonly current: BaseKeys["current"];
  },
): Promise<KeyOwner> {
  switch (base.kind) {
    case "sso": {
      const token = await options.tokens.current(base);
      const madeOf = signInMark(base, { token, endpoint: options.ssoEndpoint });
      return { mark: JSON.stringify(madeOf), keys: null };
    }
    case "web_identity": {
      const { webIdentityMark } = await import("./web_identity.ts");
      return { mark: JSON.stringify(await webIdentityMark(base)), keys: null };
    }
    case "process":
    case "instance":
    case "container":
    case "keys":
    case "environment": {
      const keys = await current();
      return { mark: ownerMark(keys), keys };
    }
    default:
      return assertNever(base);
  }
}
