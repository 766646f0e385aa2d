/**
 * The tokens of a sign-in service. A refresh token is good for one use.
 *
 * @module
 */
import { OidcError, requireText } from "./oidc_error.ts";
import type { Client } from "./registry.ts";

/** Issues and recognizes tokens. */
export class TokenMint {
  readonly #now: () => number;
  readonly #tokenSeconds: number;
  /** Access tokens with their ends. */
  readonly #access = new Map<string, number>();
  /** Refresh tokens with their clients. */
  readonly #refresh = new Map<string, string>();
  readonly #secrets: string[] = [];

  constructor(now: () => number, { tokenSeconds }: { readonly tokenSeconds: number }) {
    this.#now = now;
    this.#tokenSeconds = tokenSeconds;
  }

  /** A new pair for `client`; a client without scopes gets no refresh token. */
  issue(client: Client): unknown {
    const accessToken = `aoa${crypto.randomUUID()}`;
    this.#access.set(accessToken, this.#now() + this.#tokenSeconds * 1000);
    this.#secrets.push(accessToken);
    const answer = { accessToken, tokenType: "Bearer", expiresIn: this.#tokenSeconds };
    if (client.scopes.length === 0) return answer;
    const refreshToken = `aor${crypto.randomUUID()}`;
    this.#refresh.set(refreshToken, client.id);
    this.#secrets.push(refreshToken);
    return { ...answer, refreshToken };
  }

  /** Uses up the refresh token in `body`. */
  useRefreshToken(body: Readonly<Record<string, unknown>>, client: Client): void {
    const token = requireText(body, "refreshToken");
    if (this.#refresh.get(token) !== client.id) {
      throw new OidcError("InvalidGrantException", "the refresh token is not valid");
    }
    this.#refresh.delete(token);
  }

  /** Whether `token` is valid now. */
  accepts(token: string): boolean {
    return (this.#access.get(token) ?? 0) > this.#now();
  }

  /** No token is valid any more. */
  endAll(): void {
    this.#access.clear();
    this.#refresh.clear();
  }

  secrets(): readonly string[] {
    return this.#secrets;
  }
}
