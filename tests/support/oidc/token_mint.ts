/**
 * The tokens of a sign-in service. A refresh token is good for one use where they rotate.
 *
 * @module
 */
import { OidcError, requireText } from "./oidc_error.ts";
import type { Client } from "./registry.ts";

/** Issues and recognizes tokens. */
export class TokenMint {
  readonly #now: () => number;
  readonly #tokenSeconds: number;
  readonly #rotates: boolean;
  /** Access tokens with their ends. */
  readonly #access = new Map<string, number>();
  /** Refresh tokens with their clients. */
  readonly #refresh = new Map<string, string>();
  readonly #secrets: string[] = [];

  constructor(
    now: () => number,
    { tokenSeconds, rotates }: { readonly tokenSeconds: number; readonly rotates: boolean },
  ) {
    this.#now = now;
    this.#tokenSeconds = tokenSeconds;
    this.#rotates = rotates;
  }

  /** A new pair for `client`; a client without scopes gets no refresh token. */
  issue(client: Client): unknown {
    const answer = this.#issueAccess();
    if (client.scopes.length === 0) return answer;
    const refreshToken = `aor${crypto.randomUUID()}`;
    this.#refresh.set(refreshToken, client.id);
    this.#secrets.push(refreshToken);
    return { ...answer, refreshToken };
  }

  /** What the refresh token in `body` is good for. */
  renew(body: Readonly<Record<string, unknown>>, client: Client): unknown {
    const token = requireText(body, "refreshToken");
    if (this.#refresh.get(token) !== client.id) {
      throw new OidcError("InvalidGrantException", "the refresh token is not valid");
    }
    if (!this.#rotates) return this.#issueAccess();
    this.#refresh.delete(token);
    return this.issue(client);
  }

  #issueAccess() {
    const accessToken = `aoa${crypto.randomUUID()}`;
    this.#access.set(accessToken, this.#now() + this.#tokenSeconds * 1000);
    this.#secrets.push(accessToken);
    return { accessToken, tokenType: "Bearer", expiresIn: this.#tokenSeconds };
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
