/**
 * Parameter Store: the only place that loads its SDK, when the first parameter is read or written.
 * The SDK is told everything explicitly, and what it answers leaves here checked. It knows nothing
 * of policies.
 *
 * @module
 */
import { FetchHandler } from "../transport/fetch_handler.ts";
import { SDK_SETTINGS } from "../transport/sdk_settings.ts";
import {
  explainParameterFault,
  type ParameterCall,
  type ParameterFault,
} from "./parameter_fault.ts";

/** Keys that sign calls of Parameter Store. */
export interface ParameterStoreCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Where and as whom Parameter Store is called. */
export interface ParameterStoreOptions {
  readonly region: string;
  /** URL instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
  readonly useFips: boolean;
  readonly credentials: () => Promise<ParameterStoreCredentials>;
}

/** A version of a parameter. */
export interface Parameter {
  readonly text: string;
  /** From 1; a parameter that is deleted and made again begins anew. */
  readonly version: number;
  /** When it was written: milliseconds since the epoch, or `null` when AWS did not say. */
  readonly modifiedAt: number | null;
}

/** What came of reading one. */
export type ParameterReading =
  | { readonly kind: "read"; readonly parameter: Parameter }
  | ParameterFault;

/** What a parameter is besides its text: what must not change when a version is written. */
export interface ParameterTraits {
  readonly type: "String" | "SecureString";
  /** The key of a `SecureString`, else `null`. */
  readonly keyId: string | null;
  readonly tier: "Standard" | "Advanced";
  readonly description: string | null;
  readonly allowedPattern: string | null;
  readonly dataType: string | null;
}

/** What came of looking at, or writing, one. */
export type Outcome<T> = { readonly kind: "done"; readonly value: T } | ParameterFault;

/** Parameters. No method rejects. */
export interface ParameterStore extends Disposable {
  /** The parameter, decrypted; `version`: that one instead of the one in force. */
  read(name: string, version?: number): Promise<ParameterReading>;
  /** Its traits, or `null` when there is no such parameter. */
  describe(name: string): Promise<Outcome<ParameterTraits | null>>;
  /**
   * Writes the next version, and gives its number. Without `traits` the parameter must not exist
   * yet: then AWS itself refuses (`exists`).
   */
  write(
    name: string,
    text: string,
    traits: ParameterTraits | null,
  ): Promise<Outcome<number> | { readonly kind: "exists" }>;
}

type Sdk = typeof import("@aws-sdk/client-ssm");

/** One of the two attempts of a call may take this long. */
const ATTEMPT_TIMEOUT_MS = 3000;

/** What the smaller of the two tiers takes, in bytes. */
export const STANDARD_BYTES = 4096;
/** What a parameter can hold at most, in bytes. */
export const MAX_PARAMETER_BYTES = 8192;

/** Opens Parameter Store. Nothing is called yet. */
export async function openParameterStore(options: ParameterStoreOptions): Promise<ParameterStore> {
  const sdk = await import("@aws-sdk/client-ssm");
  const client = new sdk.SSMClient({
    ...SDK_SETTINGS,
    credentials: options.credentials,
    region: options.region,
    ...options.endpoint === null ? {} : { endpoint: options.endpoint },
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
    maxAttempts: 2,
    disableClockSkewCorrection: true,
    useFipsEndpoint: options.useFips,
  });
  return new SdkParameterStore(sdk, { client, region: options.region });
}

interface ClientParts {
  readonly client: InstanceType<Sdk["SSMClient"]>;
  readonly region: string;
}

class SdkParameterStore implements ParameterStore {
  readonly #sdk: Sdk;
  readonly #parts: ClientParts;

  constructor(sdk: Sdk, parts: ClientParts) {
    this.#sdk = sdk;
    this.#parts = parts;
  }

  async read(name: string, version?: number): Promise<ParameterReading> {
    const command = new this.#sdk.GetParameterCommand({
      Name: version === undefined ? name : `${name}:${version}`,
      WithDecryption: true,
    });
    const call = this.#call("GetParameter", name);
    try {
      const { Parameter: found } = await this.#parts.client.send(command);
      const { Name, Type, Value, Version, LastModifiedDate } = found ?? {};
      const isWhole = typeof Value === "string" && Number.isSafeInteger(Version) && Version! > 0;
      if (!isWhole || Name !== name) return explainParameterFault(new Garbled(), call);
      if (Type === "StringList") return listOf(name);
      const modifiedAt = LastModifiedDate?.getTime() ?? null;
      return { kind: "read", parameter: { text: Value, version: Version!, modifiedAt } };
    } catch (thrown) {
      return explainParameterFault(thrown, call);
    }
  }

  async describe(name: string): Promise<Outcome<ParameterTraits | null>> {
    const command = new this.#sdk.DescribeParametersCommand({
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [name] }],
    });
    const call = this.#call("DescribeParameters", name);
    try {
      const { Parameters = [] } = await this.#parts.client.send(command);
      const found = Parameters.find(({ Name }) => Name === name);
      if (found === undefined) return { kind: "done", value: null };
      if (found.Type === "StringList") return listOf(name);
      const value: ParameterTraits = {
        type: found.Type === "SecureString" ? "SecureString" : "String",
        keyId: found.KeyId ?? null,
        tier: found.Tier === "Advanced" ? "Advanced" : "Standard",
        description: found.Description ?? null,
        allowedPattern: found.AllowedPattern ?? null,
        dataType: found.DataType ?? null,
      };
      return { kind: "done", value };
    } catch (thrown) {
      return explainParameterFault(thrown, call);
    }
  }

  async write(name: string, text: string, traits: ParameterTraits | null) {
    const isLarge = new TextEncoder().encode(text).length > STANDARD_BYTES;
    const command = new this.#sdk.PutParameterCommand({
      Name: name,
      Value: text,
      // What is left out may fall back to a default: another key, another tier.
      Type: traits?.type ?? "String",
      Overwrite: traits !== null,
      Tier: isLarge ? "Advanced" : traits?.tier ?? "Standard",
      ...(traits?.type === "SecureString" && traits.keyId !== null && { KeyId: traits.keyId }),
      ...(traits !== null && traits.description !== null && { Description: traits.description }),
      ...(traits !== null && traits.allowedPattern !== null &&
        { AllowedPattern: traits.allowedPattern }),
      ...(traits !== null && traits.dataType !== null && { DataType: traits.dataType }),
    });
    const call = this.#call("PutParameter", name);
    try {
      const { Version } = await this.#parts.client.send(command);
      if (!Number.isSafeInteger(Version)) return explainParameterFault(new Garbled(), call);
      return { kind: "done", value: Version! } as const;
    } catch (thrown) {
      if (thrown instanceof this.#sdk.ParameterAlreadyExists) return { kind: "exists" } as const;
      return explainParameterFault(thrown, call);
    }
  }

  [Symbol.dispose](): void {
    this.#parts.client.destroy();
  }

  #call(action: ParameterCall["action"], name: string): ParameterCall {
    return { action, name, region: this.#parts.region };
  }
}

/** An answer that lacks what AWS always says. */
class Garbled extends Error {}

function listOf(name: string): ParameterFault {
  return {
    kind: "refused",
    reason: "it is a list of strings, and a policy is one text",
    suggestion: `Make ssm:${name} a parameter of type String or SecureString.`,
    cause: null,
  };
}
