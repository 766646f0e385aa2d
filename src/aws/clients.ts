/**
 * The STS client: the only place that loads its SDK, when the first call is made. The SDK is told
 * everything explicitly, so that it never looks into the environment or the configuration files,
 * and what it answers or throws leaves here checked or as a `SentinelError`.
 *
 * @module
 */
import { type BaseCredentials, originName } from "./base_credentials.ts";
import { loginCommand } from "./interaction.ts";
import { createSdkClient, incomplete, readKeys } from "./sts_sdk_client.ts";
import { explainStsFault, type StsCall } from "./sts_fault.ts";

/** Keys that sign a call. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** Keys that AWS made. */
export interface TemporaryKeys extends AwsKeys {
  readonly sessionToken: string;
  /** End of their life in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Where and how STS is called. */
export interface StsOptions {
  /** `null`: `us-east-1`. */
  readonly region: string | null;
  /** URL instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
  /** Whether to use AWS's FIPS endpoint. Default: false. */
  readonly useFips?: boolean;
  /** Longest time for one of the two attempts of a call, in milliseconds. Default: 5000. */
  readonly attemptTimeoutMs?: number;
}

/** Who calls. */
export interface StsCaller {
  readonly keys: AwsKeys;
  /** Who that is, for messages: `profile "dev"` or `role "arn:…"`. */
  readonly name: string;
  /** ARN of the caller's role where it is known, for advice. */
  readonly roleArn?: string;
  /** The command that renews the keys, where there is one. */
  readonly renewal?: string;
}

/** A role to assume. */
export interface AssumeRoleRequest {
  readonly roleArn: string;
  readonly roleSessionName: string;
  /** `null`: none is set. */
  readonly sourceIdentity: string | null;
  readonly externalId: string | null;
  readonly durationSeconds: number;
  /** The code of the caller's device; default: none. */
  readonly mfa?: MfaCode | null;
}

/** A code of a device, good for one call. */
export interface MfaCode {
  readonly serial: string;
  /** Six digits. */
  readonly code: string;
}

/** A role to assume with a token of an identity provider, which signs nothing. */
export interface WebIdentityRequest {
  readonly roleArn: string;
  readonly roleSessionName: string;
  readonly token: string;
  readonly durationSeconds: number;
}

/** A session of a user's own keys. */
export interface SessionTokenRequest {
  readonly durationSeconds: number;
  /** Default: none. */
  readonly mfa?: MfaCode | null;
}

/** An assumed role. */
export interface AssumedRole {
  readonly keys: TemporaryKeys;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, or `null` when STS did not say. */
  readonly arn: string | null;
  /** As STS says it is set now, or `null` when it did not say. */
  readonly sourceIdentity: string | null;
}

/** Who owns the keys of a caller. */
export interface CallerAccount {
  readonly arn: string;
  /** Twelve digits. */
  readonly account: string;
}

/** Calls STS with one caller's keys. Every method rejects with `SentinelError`. */
export interface StsClient extends Disposable {
  assumeRole(request: AssumeRoleRequest, signal?: AbortSignal): Promise<AssumedRole>;
  getSessionToken(request: SessionTokenRequest, signal?: AbortSignal): Promise<TemporaryKeys>;
  getCallerIdentity(signal?: AbortSignal): Promise<CallerAccount>;
}

type Sdk = typeof import("@aws-sdk/client-sts");

/** Opens a client. Nothing is called yet. */
export async function openStsClient(caller: StsCaller, options: StsOptions): Promise<StsClient> {
  const sdk = await import("@aws-sdk/client-sts");
  return new SdkStsClient(sdk, {
    caller,
    client: createSdkClient(sdk, { ...options, keys: caller.keys }),
  });
}

/** `keys` of the base of a chain, as a caller. */
export function baseCaller(base: BaseCredentials, keys: AwsKeys): StsCaller {
  const renewal = base.kind === "sso" ? loginCommand(base.profile) : null;
  return { keys, name: originName(base), ...renewal !== null && { renewal } };
}

/** Who owns the keys of `caller`. Rejects with `SentinelError`. */
export async function fetchIdentity(
  caller: StsCaller,
  options: StsOptions & { readonly signal?: AbortSignal },
): Promise<CallerAccount> {
  using client = await openStsClient(caller, options);
  return await client.getCallerIdentity(options.signal);
}

/** Assumes a role with a token; nothing is signed. Rejects with `SentinelError`. */
export async function assumeRoleWithWebIdentity(
  request: WebIdentityRequest,
  options: StsOptions,
): Promise<Pick<AssumedRole, "keys"> & { readonly arn: string }> {
  const sdk = await import("@aws-sdk/client-sts");
  const caller = { keys: null, name: "the web identity token", secret: request.token };
  const client = createSdkClient(sdk, { ...options, keys: null });
  try {
    const answer = await client.send(
      new sdk.AssumeRoleWithWebIdentityCommand({
        RoleArn: request.roleArn,
        RoleSessionName: request.roleSessionName,
        WebIdentityToken: request.token,
        DurationSeconds: request.durationSeconds,
      }),
    );
    const arn = answer.AssumedRoleUser?.Arn;
    if (!arn) throw incomplete("the role's ARN");
    return { keys: readKeys(answer.Credentials), arn };
  } catch (thrown) {
    const { roleArn, durationSeconds } = request;
    throw explainStsFault(
      thrown,
      { action: "AssumeRoleWithWebIdentity", roleArn, durationSeconds },
      caller,
    );
  } finally {
    client.destroy();
  }
}

interface ClientParts {
  readonly caller: StsCaller;
  readonly client: InstanceType<Sdk["STSClient"]>;
}

class SdkStsClient implements StsClient {
  readonly #sdk: Sdk;
  readonly #parts: ClientParts;

  constructor(sdk: Sdk, parts: ClientParts) {
    this.#sdk = sdk;
    this.#parts = parts;
  }

  assumeRole(request: AssumeRoleRequest, signal?: AbortSignal): Promise<AssumedRole> {
    const command = new this.#sdk.AssumeRoleCommand({
      RoleArn: request.roleArn,
      RoleSessionName: request.roleSessionName,
      ...request.sourceIdentity === null ? {} : { SourceIdentity: request.sourceIdentity },
      DurationSeconds: request.durationSeconds,
      ...request.externalId === null ? {} : { ExternalId: request.externalId },
      ...mfaParameters(request.mfa),
    });
    return this.#call({ action: "AssumeRole", ...request }, async (client) => {
      const answer = await client.send(command, abortOptions(signal));
      return {
        keys: readKeys(answer.Credentials),
        arn: answer.AssumedRoleUser?.Arn ?? null,
        sourceIdentity: answer.SourceIdentity ?? null,
      };
    });
  }

  getSessionToken(
    { durationSeconds, mfa = null }: SessionTokenRequest,
    signal?: AbortSignal,
  ): Promise<TemporaryKeys> {
    const command = new this.#sdk.GetSessionTokenCommand({
      DurationSeconds: durationSeconds,
      ...mfaParameters(mfa),
    });
    return this.#call({ action: "GetSessionToken", durationSeconds, mfa }, async (client) => {
      const answer = await client.send(command, abortOptions(signal));
      return readKeys(answer.Credentials);
    });
  }

  getCallerIdentity(signal?: AbortSignal): Promise<CallerAccount> {
    const command = new this.#sdk.GetCallerIdentityCommand({});
    return this.#call({ action: "GetCallerIdentity" }, async (client) => {
      const { Arn, Account } = await client.send(command, abortOptions(signal));
      if (!Arn || !Account || !/^\d{12}$/.test(Account)) throw incomplete("ARN and account");
      return { arn: Arn, account: Account };
    });
  }

  [Symbol.dispose](): void {
    this.#parts.client.destroy();
  }

  async #call<T>(call: StsCall, send: (client: ClientParts["client"]) => Promise<T>): Promise<T> {
    const { caller, client } = this.#parts;
    try {
      return await send(client);
    } catch (thrown) {
      throw explainStsFault(thrown, call, caller);
    }
  }
}

function mfaParameters(mfa: MfaCode | null | undefined) {
  return mfa ? { SerialNumber: mfa.serial, TokenCode: mfa.code } : {};
}

function abortOptions(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
