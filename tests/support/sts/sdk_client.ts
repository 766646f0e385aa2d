/**
 * The AWS SDK's STS client, pointed at a local endpoint and nowhere else.
 *
 * @module
 */
import { STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import type { StsEndpoint } from "../sts_endpoint.ts";

/** Keys as an SDK client takes them. */
export interface ClientKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A client that signs with its own keys; dispose of it to close its sockets. */
export class StsSdkClient extends STSClient implements Disposable {
  /** Signs with `keys` for `eu-west-1` and tries once, unless `config` says otherwise. */
  constructor(endpoint: StsEndpoint, config: STSClientConfig & { readonly keys: ClientKeys }) {
    const { keys, ...rest } = config;
    super({
      endpoint: endpoint.url,
      region: "eu-west-1",
      credentials: keys,
      maxAttempts: 1,
      ...rest,
    });
  }

  /** Closes the client's sockets. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** Keys of an answer's `Credentials`. Throws `TypeError` when the answer has none. */
export function keysOf(answer: {
  readonly Credentials?: {
    readonly AccessKeyId: string | undefined;
    readonly SecretAccessKey: string | undefined;
    readonly SessionToken: string | undefined;
  } | undefined;
}): Required<ClientKeys> {
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) {
    throw new TypeError("The answer carries no credentials");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
}

/** Status, code and message with which STS refuses `call`; throws when it does not refuse. */
export async function refusalOf(call: Promise<unknown>): Promise<{
  readonly status: number | undefined;
  readonly code: string;
  readonly message: string;
}> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (thrown) {
    const { $metadata, name, message } = thrown as Error & {
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    return { status: $metadata?.httpStatusCode, code: name, message };
  }
  throw new TypeError(`STS did not refuse the call: ${Object.keys(answer as object).join(", ")}`);
}
