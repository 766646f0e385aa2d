/**
 * How the SDK's STS client is set up, and how keys are read off its answers. It is told everything
 * explicitly, so that it never looks into the environment or the configuration files.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { FetchHandler } from "../transport/fetch_handler.ts";
import { SDK_SETTINGS } from "../transport/sdk_settings.ts";
import type { AwsKeys, StsOptions, TemporaryKeys } from "./clients.ts";

const DEFAULT_REGION = "us-east-1";
const DEFAULT_ATTEMPT_TIMEOUT_MS = 5000;

type Sdk = typeof import("@aws-sdk/client-sts");

/** A client that signs with `keys`; `null`: it can make only calls that are not signed. */
export function createSdkClient(
  sdk: Sdk,
  options: StsOptions & { readonly keys: AwsKeys | null },
): InstanceType<Sdk["STSClient"]> {
  return new sdk.STSClient({
    ...SDK_SETTINGS,
    // Without any the SDK would look for some, even for a call that is not signed.
    credentials: options.keys === null ? unsigned : sdkKeys(options.keys),
    region: options.region ?? DEFAULT_REGION,
    ...options.endpoint === null ? {} : { endpoint: options.endpoint },
    useFipsEndpoint: options.useFips ?? false,
    requestHandler: new FetchHandler(options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS),
    maxAttempts: 2,
    // Expiry and policy are judged by this machine's clock: when it is wrong, that must be seen.
    disableClockSkewCorrection: true,
  });
}

function unsigned(): Promise<never> {
  throw new SentinelError("INTERNAL", "A call that is not signed asked for keys");
}

function sdkKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsKeys) {
  return { accessKeyId, secretAccessKey, ...sessionToken === null ? {} : { sessionToken } };
}

/** Keys of an answer, all of them there. */
export function readKeys(
  keys: {
    readonly AccessKeyId?: string | undefined;
    readonly SecretAccessKey?: string | undefined;
    readonly SessionToken?: string | undefined;
    readonly Expiration?: Date | undefined;
  } | undefined,
): TemporaryKeys {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = keys ?? {};
  const expiresAt = Expiration?.getTime() ?? NaN;
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Number.isNaN(expiresAt)) {
    throw incomplete("keys, token and expiration");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt,
  };
}

/** An answer without `wanted`, which AWS always gives. */
export function incomplete(wanted: string): SentinelError {
  return new SentinelError("AWS_UNAVAILABLE", `Cannot use the answer of STS: it lacks ${wanted}`, {
    suggestion: "Check AWS_ENDPOINT_URL: AWS itself always answers in full.",
  });
}
