/**
 * The clients that a sign-in service knows.
 *
 * @module
 */
import { OidcError, readTexts, requireText } from "./oidc_error.ts";

/** A registered client. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly grantTypes: readonly string[];
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

const REGISTRATION_MS = 90 * 86_400_000;
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const KNOWN_GRANTS: readonly string[] = ["authorization_code", "refresh_token", DEVICE_GRANT];
const KNOWN_SCOPES: readonly string[] = ["sso:account:access"];

/** Registers and recognizes clients. */
export class Registry {
  readonly #clients = new Map<string, Client>();
  readonly #now: () => number;
  readonly #codeFlow: boolean;

  constructor(now: () => number, { codeFlow }: { readonly codeFlow: boolean }) {
    this.#now = now;
    this.#codeFlow = codeFlow;
  }

  /** RegisterClient. */
  register(body: Readonly<Record<string, unknown>>): unknown {
    requireText(body, "clientName");
    if (requireText(body, "clientType") !== "public") {
      throw new OidcError("InvalidClientMetadataException", "clientType must be public");
    }
    const grantTypes = readTexts(body, "grantTypes") ?? [DEVICE_GRANT, "refresh_token"];
    const redirectUris = readTexts(body, "redirectUris") ?? [];
    const scopes = readTexts(body, "scopes") ?? [];
    const unknown = grantTypes.find((grant) => !KNOWN_GRANTS.includes(grant));
    if (unknown !== undefined) {
      throw new OidcError("UnsupportedGrantTypeException", `unknown grant ${unknown}`);
    }
    if (scopes.some((scope) => !KNOWN_SCOPES.includes(scope))) {
      throw new OidcError("InvalidScopeException", "unknown scope");
    }
    if (grantTypes.includes("authorization_code")) this.#checkCodeFlow(body, redirectUris);
    const now = this.#now();
    const client = {
      id: crypto.randomUUID().replaceAll("-", ""),
      secret: `secret.${crypto.randomUUID()}`,
      expiresAt: now + REGISTRATION_MS,
      grantTypes,
      redirectUris,
      scopes,
    };
    this.#clients.set(client.id, client);
    return {
      clientId: client.id,
      clientSecret: client.secret,
      clientIdIssuedAt: Math.floor(now / 1000),
      clientSecretExpiresAt: Math.floor(client.expiresAt / 1000),
    };
  }

  #checkCodeFlow(body: Readonly<Record<string, unknown>>, uris: readonly string[]): void {
    if (!this.#codeFlow) {
      throw new OidcError("UnsupportedGrantTypeException", "authorization_code is not known here");
    }
    requireText(body, "issuerUrl");
    // A loopback redirect is registered without its port (RFC 8252 §7.3).
    const isRight = uris.length > 0 &&
      uris.every((uri) => /^http:\/\/127\.0\.0\.1\/[!-~]*$/.test(uri));
    if (!isRight) throw new OidcError("InvalidRedirectUriException", "not a loopback redirect");
  }

  /** The client of an id. Throws `InvalidClientException`. */
  find(id: unknown): Client {
    const client = typeof id === "string" ? this.#clients.get(id) : undefined;
    if (client === undefined) throw new OidcError("InvalidClientException", "no such client", 401);
    return client;
  }

  /** The client that proves itself in `body`. */
  authenticate(body: Readonly<Record<string, unknown>>): Client {
    const client = this.find(requireText(body, "clientId"));
    if (requireText(body, "clientSecret") !== client.secret || client.expiresAt <= this.#now()) {
      throw new OidcError("InvalidClientException", "the client is not valid", 401);
    }
    return client;
  }

  secrets(): readonly string[] {
    return [...this.#clients.values()].map(({ secret }) => secret);
  }
}
