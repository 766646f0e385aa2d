/**
 * The sign-in service of IAM Identity Center (SSO OIDC): the only place that loads its SDK, when
 * the first call is made. What it answers leaves here checked; what it refuses leaves as a reason
 * that a sign-in can act upon, or as a `SentinelError`. No secret is ever part of a message.
 *
 * @module
 */
import { FetchHandler } from "../transport/fetch_handler.ts";
import { SDK_SETTINGS } from "../transport/sdk_settings.ts";
import { explainSsoFault, incomplete } from "./sso_fault.ts";
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
    ...SDK_SETTINGS,
    region,
    ...endpoint === null ? {} : { endpoint },
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
    maxAttempts: 2,
    useFipsEndpoint: false,
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
    return this.#call(async (client) => {
      const { clientId, clientSecret, clientSecretExpiresAt } = await client.send(command);
      if (!clientId || !clientSecret || !isTime(clientSecretExpiresAt)) {
        throw incomplete(this.#options.name);
      }
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
    return this.#call(async (sdkClient) => {
      const answer = await sdkClient.send(command);
      const { deviceCode, userCode, verificationUri, verificationUriComplete } = answer;
      const url = verificationUriComplete ?? verificationUri;
      if (!deviceCode || !userCode || !url || !answer.expiresIn) {
        throw incomplete(this.#options.name);
      }
      return {
        deviceCode,
        userCode,
        url,
        expiresAt: this.#options.clock.now() + answer.expiresIn * 1000,
        intervalSeconds: isTime(answer.interval) ? answer.interval : DEFAULT_INTERVAL_SECONDS,
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
    return this.#call(async (client) => {
      const { accessToken, expiresIn, refreshToken } = await client.send(command);
      if (!accessToken || !/^[!-~]+$/.test(accessToken) || !isTime(expiresIn)) {
        throw incomplete(this.#options.name);
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

  async #call<T>(send: (client: SdkClient) => Promise<T>): Promise<T> {
    try {
      return await send(this.#client);
    } catch (thrown) {
      throw explainSsoFault(thrown, this.#options);
    }
  }
}

/** A number of seconds, or a moment in them, that this century has room for. */
function isTime(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds > 0 && seconds < 4_102_444_800;
}
