/**
 * Sign-ins in a browser: the authorization code grant with PKCE (RFC 7636, S256 only).
 *
 * @module
 */
import { OidcError, requireText } from "./oidc_error.ts";
import type { Client } from "./registry.ts";

interface Code {
  readonly client: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly expiresAt: number;
}

const LIFE_MS = 60_000;

/** Gives and redeems authorization codes. */
export class CodeDesk {
  readonly #now: () => number;
  readonly #codes = new Map<string, Code>();
  readonly #secrets: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Where the page sends the browser; `null` while nobody answers. */
  authorize(
    query: URLSearchParams,
    { client, consent }: { readonly client: Client; readonly consent: "allow" | "deny" | "wait" },
  ): string | null {
    const get = (key: string) => {
      const values = query.getAll(key);
      if (values.length === 1 && values[0] !== "") return values[0]!;
      throw new OidcError("InvalidRequestException", `${key} is missing or repeated`);
    };
    if (get("response_type") !== "code") {
      throw new OidcError("InvalidRequestException", "response_type must be code");
    }
    const redirectUri = get("redirect_uri");
    const bare = redirectUri.replace(/^(http:\/\/127\.0\.0\.1):\d+\//, "$1/");
    if (!client.redirectUris.includes(bare)) {
      throw new OidcError("InvalidRedirectUriException", "the redirect is not registered");
    }
    const scopes = get("scopes").split(" ");
    if (scopes.some((scope) => !client.scopes.includes(scope))) {
      throw new OidcError("InvalidScopeException", "a scope is not registered");
    }
    if (get("code_challenge_method") !== "S256" || !/^[\w-]{43}$/.test(get("code_challenge"))) {
      throw new OidcError("InvalidRequestException", "PKCE with S256 is required");
    }
    const state = get("state");
    if (consent === "wait") return null;
    const to = new URL(redirectUri);
    to.searchParams.set("state", state);
    if (consent === "deny") {
      to.searchParams.set("error", "access_denied");
    } else {
      const code = `code.${crypto.randomUUID()}`;
      this.#secrets.push(code);
      this.#codes.set(code, {
        client: client.id,
        redirectUri,
        challenge: get("code_challenge"),
        expiresAt: this.#now() + LIFE_MS,
      });
      to.searchParams.set("code", code);
    }
    return to.href;
  }

  /** Uses up the code in `body`, whatever comes of it. */
  async redeem(body: Readonly<Record<string, unknown>>, client: Client): Promise<void> {
    const text = requireText(body, "code");
    const code = this.#codes.get(text);
    this.#codes.delete(text);
    const verifier = requireText(body, "codeVerifier");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const challenge = new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
    const isRight = code !== undefined && code.client === client.id &&
      code.expiresAt > this.#now() && code.redirectUri === requireText(body, "redirectUri") &&
      code.challenge === challenge && /^[\w.~-]{43,128}$/.test(verifier);
    if (!isRight) throw new OidcError("InvalidGrantException", "the code is not valid");
  }

  secrets(): readonly string[] {
    return this.#secrets;
  }
}
