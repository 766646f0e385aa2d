/**
 * The sign-in service of IAM Identity Center (SSO OIDC): the only place that loads its SDK, when
 * the first call is made. What it answers leaves here checked; what it refuses leaves as a reason
 * that a sign-in can act upon, or as a `SentinelError`. No secret is ever part of a message.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { FetchHandler, NoAnswerError } from "../transport/fetch_handler.ts";
import type { SsoToken } from "./sso_token.ts";

/** Where the service is called. */
export interface SsoOidcOptions {
  /** Region of IAM Identity Center. */
  readonly region: string;
  /** URL instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
  /** Whose calls they are, for messages: `session "corp"`. */
  readonly name: string;
  readonly clock: { now(): number };
  /** Ends a call. */
  readonly signal?: AbortSignal;
}

/** This program, as the service knows it. */
export interface SsoClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What a client is registered for. */
export interface SsoRegistration {
  readonly scopes: readonly string[];
  /** With it the client may ask for a code in a browser; `null`: on a device only. */
  readonly codeFlow: { readonly redirectUri: string; readonly startUrl: string } | null;
}

/** A sign-in on any device: what the person is to open, and how the program waits. */
export interface SsoDevice {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly url: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Seconds between two questions. */
  readonly intervalSeconds: number;
}

/** What a token is given for. */
export type SsoGrant =
  | { readonly kind: "device"; readonly deviceCode: string }
  | {
    readonly kind: "code";
    readonly code: string;
    readonly redirectUri: string;
    readonly verifier: string;
  }
  | { readonly kind: "refresh"; readonly refreshToken: string };

/** Why the service gave no token. */
export type SsoRefusalReason =
  /** The person has not answered yet. */
  | "pending"
  | "slow_down"
  /** The person said no. */
  | "denied"
  /** The code, the device or the refresh token has ended or was used. */
  | "ended"
  /** The client is not known any more, or may not do this. */
  | "client";

/** The service answered, and the answer is no. */
export class SsoRefusal extends Error {
  override readonly name = "SsoRefusal";
  readonly reason: SsoRefusalReason;

  /** `cause`: what the SDK threw. */
  constructor(reason: SsoRefusalReason, cause: unknown) {
    super(`sign-in refused: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** The service, as one session uses it. Every method rejects with `SentinelError` or `SsoRefusal`. */
export interface SsoOidc extends Disposable {
  register(registration: SsoRegistration): Promise<SsoClient>;
  /** The page on which a person consents, without its query. */
  authorizationUrl(): URL;
  startDevice(client: SsoClient, startUrl: string): Promise<SsoDevice>;
  createToken(client: SsoClient, grant: SsoGrant): Promise<SsoToken>;
}

const ATTEMPT_TIMEOUT_MS = 10_000;
const CLIENT_NAME = "sentinel";
/** RFC 8628 §3.2. */
const DEFAULT_INTERVAL_SECONDS = 5;

const REFUSALS: Readonly<Record<string, SsoRefusalReason>> = {
  AuthorizationPendingException: "pending",
  SlowDownException: "slow_down",
  AccessDeniedException: "denied",
  ExpiredTokenException: "ended",
  InvalidGrantException: "ended",
  InvalidClientException: "client",
  UnauthorizedClientException: "client",
  InvalidClientMetadataException: "client",
  InvalidRedirectUriException: "client",
  UnsupportedGrantTypeException: "client",
};

const GRANT_TYPES: Readonly<Record<SsoGrant["kind"], string>> = {
  device: "urn:ietf:params:oauth:grant-type:device_code",
  code: "authorization_code",
  refresh: "refresh_token",
};

type Sdk = typeof import("@aws-sdk/client-sso-oidc");
type SdkClient = InstanceType<Sdk["SSOOIDCClient"]>;

/** Opens the service. Nothing is called yet. */
export async function openSsoOidc(options: SsoOidcOptions): Promise<SsoOidc> {
  const sdk = await import("@aws-sdk/client-sso-oidc");
  return new SdkSsoOidc(sdk, createSdkClient(sdk, options), options);
}

function createSdkClient(sdk: Sdk, { region, endpoint }: SsoOidcOptions): SdkClient {
  return new sdk.SSOOIDCClient({
    region,
    ...endpoint === null ? {} : { endpoint },
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
    maxAttempts: 2,
    // Each of these would otherwise be looked up in the environment and in ~/.aws/config.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    ignoreConfiguredEndpointUrls: true,
    retryMode: "standard",
    defaultsMode: "standard",
    authSchemePreference: [],
    userAgentAppId: () => Promise.resolve(undefined),
    // The default asks for the release of the operating system.
    defaultUserAgentProvider: () => Promise.resolve([["sentinel"]]),
  });
}

class SdkSsoOidc implements SsoOidc {
  readonly #sdk: Sdk;
  readonly #client: SdkClient;
  readonly #options: SsoOidcOptions;

  constructor(sdk: Sdk, client: SdkClient, options: SsoOidcOptions) {
    this.#sdk = sdk;
    this.#client = client;
    this.#options = options;
  }

  register({ scopes, codeFlow }: SsoRegistration): Promise<SsoClient> {
    const command = new this.#sdk.RegisterClientCommand({
      clientName: CLIENT_NAME,
      clientType: "public",
      ...scopes.length > 0 && { scopes: [...scopes] },
      ...codeFlow !== null && {
        grantTypes: [GRANT_TYPES.code, GRANT_TYPES.refresh],
        redirectUris: [codeFlow.redirectUri],
        issuerUrl: codeFlow.startUrl,
      },
    });
    return this.#call(async (client, options) => {
      const { clientId, clientSecret, clientSecretExpiresAt } = await client.send(command, options);
      if (!clientId || !clientSecret || !clientSecretExpiresAt) throw this.#incomplete();
      return { clientId, clientSecret, expiresAt: clientSecretExpiresAt * 1000 };
    });
  }

  authorizationUrl(): URL {
    const { region: Region, endpoint } = this.#options;
    const { url } = this.#client.config.endpointProvider({
      Region,
      UseFIPS: false,
      UseDualStack: false,
      ...endpoint === null ? {} : { Endpoint: endpoint },
    });
    return new URL(`${url.origin}${url.pathname.replace(/\/$/, "")}/authorize`);
  }

  startDevice(client: SsoClient, startUrl: string): Promise<SsoDevice> {
    const command = new this.#sdk.StartDeviceAuthorizationCommand({
      clientId: client.clientId,
      clientSecret: client.clientSecret,
      startUrl,
    });
    return this.#call(async (sdkClient, options) => {
      const answer = await sdkClient.send(command, options);
      const { deviceCode, userCode, verificationUri, verificationUriComplete } = answer;
      const url = verificationUriComplete ?? verificationUri;
      if (!deviceCode || !userCode || !url || !answer.expiresIn) throw this.#incomplete();
      return {
        deviceCode,
        userCode,
        url,
        expiresAt: this.#options.clock.now() + answer.expiresIn * 1000,
        intervalSeconds: answer.interval || DEFAULT_INTERVAL_SECONDS,
      };
    });
  }

  createToken(
    { clientId, clientSecret, expiresAt: registrationExpiresAt }: SsoClient,
    grant: SsoGrant,
  ): Promise<SsoToken> {
    const command = new this.#sdk.CreateTokenCommand({
      clientId,
      clientSecret,
      grantType: GRANT_TYPES[grant.kind],
      ...grant.kind === "device" && { deviceCode: grant.deviceCode },
      ...grant.kind === "code" &&
        { code: grant.code, redirectUri: grant.redirectUri, codeVerifier: grant.verifier },
      ...grant.kind === "refresh" && { refreshToken: grant.refreshToken },
    });
    return this.#call(async (client, options) => {
      const { accessToken, expiresIn, refreshToken } = await client.send(command, options);
      if (!accessToken || !/^[!-~]+$/.test(accessToken) || !expiresIn || expiresIn < 0) {
        throw this.#incomplete();
      }
      return {
        accessToken,
        expiresAt: this.#options.clock.now() + expiresIn * 1000,
        renewal: refreshToken
          ? { clientId, clientSecret, registrationExpiresAt, refreshToken }
          : null,
      };
    });
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async #call<T>(
    send: (client: SdkClient, options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { signal } = this.#options;
    try {
      return await send(this.#client, signal === undefined ? {} : { abortSignal: signal });
    } catch (thrown) {
      throw this.#explain(thrown);
    }
  }

  #incomplete(): SentinelError {
    return new SentinelError(
      "AWS_UNAVAILABLE",
      `Cannot sign in to ${this.#options.name}: the answer of IAM Identity Center is not whole`,
      { suggestion: "Check AWS_ENDPOINT_URL_SSO_OIDC and whether a proxy answers for AWS." },
    );
  }

  /** The SDK's errors carry no class to rely on: only what has the right shape is taken. */
  #explain(thrown: unknown): unknown {
    if (thrown instanceof SentinelError) return thrown;
    const { name, region } = this.#options;
    const fault = Object(thrown) as {
      readonly name?: unknown;
      readonly error_description?: unknown;
      readonly $metadata?: { readonly httpStatusCode?: unknown };
    };
    const what = `Cannot sign in to ${name}`;
    if (thrown instanceof NoAnswerError) {
      const reason = thrown.name === "AbortError"
        ? "it was called off"
        : thrown.name === "TimeoutError"
        ? "IAM Identity Center did not answer in time"
        : "IAM Identity Center could not be reached";
      return new SentinelError("AWS_UNAVAILABLE", `${what}: ${reason} (region ${quote(region)})`, {
        suggestion: "Check the network and sso_region.",
        cause: thrown,
      });
    }
    const code = String(fault.name ?? "Unknown").slice(0, 64);
    if (Object.hasOwn(REFUSALS, code)) return new SsoRefusal(REFUSALS[code]!, thrown);
    const status = fault.$metadata?.httpStatusCode;
    const isRequest = code === "InvalidRequestException" || code === "InvalidScopeException";
    // The service's own words name fields and scopes, never their secrets, for these two only.
    const said = isRequest ? `: ${abbreviate(String(fault.error_description ?? ""), 200)}` : "";
    return new SentinelError(
      isRequest ? "AWS_REFUSED" : "AWS_UNAVAILABLE",
      `${what}: ${printable(code)}${typeof status === "number" ? ` (HTTP ${status})` : ""}${said}`,
      {
        suggestion: isRequest
          ? "Check sso_start_url, sso_region and sso_registration_scopes."
          : "Try again; check sso_region and AWS_ENDPOINT_URL_SSO_OIDC.",
        cause: thrown,
      },
    );
  }
}
