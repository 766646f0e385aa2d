/**
 * Sign-ins to IAM Identity Center, kept where the aws command keeps them, so that one serves every
 * tool. A token is renewed without a person while that can be; several processes that need the same
 * one share one renewal and one sign-in. It never asks anybody by itself.
 *
 * @module
 */
import type { SsoCredentials } from "./aws/base_credentials.ts";
import type { Environment } from "./aws/config_files.ts";
import { resolveEndpoint } from "./aws/endpoint.ts";
import { type Interaction, loginRequired, type SsoTokens } from "./aws/interaction.ts";
import { openSsoOidc, SsoRefusal } from "./aws/sso_oidc.ts";
import { sessionName, type SignInPage, signInToPortal } from "./aws/sso_sign_in.ts";
import {
  formatToken,
  parseToken,
  type SsoRenewal,
  type SsoSession,
  type SsoToken,
  tokenFileName,
} from "./aws/sso_token.ts";
import type { Clock } from "./clock.ts";
import { SentinelError } from "./errors.ts";
import { describeFault } from "./io/file_fault.ts";
import { lockFile } from "./io/file_lock.ts";
import { cacheDirectory, homeDirectory } from "./io/platform_paths.ts";
import { ensurePrivateDirectory, readPrivateFile, writePrivateFile } from "./io/private_file.ts";
import { quote } from "./text/printable.ts";

/** What sign-ins take of their surroundings. */
export interface SignInSurroundings {
  readonly env: Environment;
  readonly os: typeof Deno.build.os;
  readonly clock: Clock;
}

/** A token is renewed while it lives no longer than this: as botocore does it. */
const RENEW_MS = 15 * 60_000;
/** A token that lives this long is good for a call. */
const USABLE_MS = 60_000;
/** A renewal that takes longer than this is not waited for. */
const RENEWAL_TIMEOUT_MS = 25_000;
/** How long a person may take to sign in. */
export const SIGN_IN_TIMEOUT_MS = 5 * 60_000;

/** The token of one session on disk. */
class TokenFile {
  readonly session: SsoSession;
  readonly #directory: string;
  readonly #path: string;
  readonly #lockPath: string;
  readonly #surroundings: SignInSurroundings;

  private constructor(session: SsoSession, name: string, surroundings: SignInSurroundings) {
    this.session = session;
    this.#surroundings = surroundings;
    this.#directory = `${homeDirectory(surroundings)}/.aws/sso/cache`;
    this.#path = `${this.#directory}/${name}`;
    // Beside our own caches: the aws command clears out all that is in its directory.
    this.#lockPath = `${cacheDirectory(surroundings)}/sign-in/${name}`;
  }

  static async of(session: SsoSession, surroundings: SignInSurroundings): Promise<TokenFile> {
    return new TokenFile(session, await tokenFileName(session), surroundings);
  }

  /** The token that is kept, or `null`. What others could have written is not believed. */
  read(): SsoToken | null {
    try {
      const text = readPrivateFile(this.#path, { readableByOthers: true });
      return text === null ? null : parseToken(text, this.session);
    } catch {
      return null;
    }
  }

  /** Throws `CONFIG_INVALID` when the token cannot be kept. */
  write(token: SsoToken): void {
    try {
      Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writePrivateFile(this.#path, formatToken(token, this.session));
    } catch (cause) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot keep the sign-in in ${quote(this.#path)}: ${describeFault(cause)}`,
        { suggestion: "Make the directory writable.", cause },
      );
    }
  }

  /** One process at a time; `null` when others were busy all the time. Dies with its holder. */
  async lock(timeoutMs: number): Promise<Disposable | null> {
    const { clock } = this.#surroundings;
    try {
      ensurePrivateDirectory(cacheDirectory(this.#surroundings));
      ensurePrivateDirectory(this.#lockPath.slice(0, this.#lockPath.lastIndexOf("/")));
      return await lockFile(`${this.#lockPath}.lock`, { timeoutMs, clock });
    } catch {
      // Without a lock several processes may do the same, and that is all.
      return { [Symbol.dispose]: () => {} };
    }
  }

  /** Remembers that a sign-in was given up, for those who waited for it. */
  giveUp(): void {
    try {
      writePrivateFile(`${this.#lockPath}.given-up`, String(this.#surroundings.clock.now()));
    } catch {
      // They will each ask the person again.
    }
  }

  /** Whether a sign-in was given up since `moment` (milliseconds since the epoch). */
  wasGivenUpSince(moment: number): boolean {
    try {
      return Number(readPrivateFile(`${this.#lockPath}.given-up`) ?? NaN) >= moment;
    } catch {
      return false;
    }
  }
}

function livesFor(token: SsoToken | null, ms: number, now: number): token is SsoToken {
  return token !== null && token.expiresAt - now > ms;
}

/** Tokens for the life of one process. Nothing is read or called yet. */
export function createSsoTokens(
  surroundings: SignInSurroundings,
  interaction: Pick<Interaction, "login">,
): SsoTokens {
  const { clock } = surroundings;
  const renewing = new Map<string, Promise<SsoToken>>();

  async function find(sso: SsoCredentials): Promise<SsoToken> {
    const file = await TokenFile.of(sso.session, surroundings);
    const kept = file.read();
    if (livesFor(kept, RENEW_MS, clock.now())) return kept;
    const renewed = await renew(file, surroundings);
    if (renewed !== null) return renewed;
    await interaction.login(sso);
    const fresh = file.read();
    if (livesFor(fresh, 0, clock.now())) return fresh;
    throw loginRequired(sso);
  }

  return {
    current(sso) {
      const key = sso.session.name ?? sso.session.startUrl;
      let found = renewing.get(key);
      if (found === undefined) {
        found = find(sso).finally(() => renewing.delete(key));
        renewing.set(key, found);
      }
      return found;
    },
  };
}

/**
 * The token renewed without a person, or as it is while it lives; `null` when somebody must sign
 * in. Rejects with `AWS_UNAVAILABLE` where the service could have helped and did not answer.
 */
async function renew(
  file: TokenFile,
  surroundings: SignInSurroundings,
): Promise<SsoToken | null> {
  const { clock } = surroundings;
  const usable = (token: SsoToken | null) => livesFor(token, USABLE_MS, clock.now()) ? token : null;
  if (!isRenewable(file.read(), clock.now())) return usable(file.read());
  using lock = await file.lock(RENEWAL_TIMEOUT_MS);
  // Somebody else may have done it meanwhile.
  const token = file.read();
  if (livesFor(token, RENEW_MS, clock.now())) return token;
  if (lock === null || !isRenewable(token, clock.now())) return usable(token);
  let next: SsoToken;
  try {
    next = await askForRenewal(token, { session: file.session, surroundings });
  } catch (thrown) {
    const still = usable(token);
    if (still !== null || thrown instanceof SsoRefusal) return still;
    throw thrown;
  }
  try {
    file.write(next);
  } catch {
    // It is good for this process all the same; the next one renews again, or a person signs in.
  }
  return next;
}

type RenewableToken = SsoToken & { readonly renewal: SsoRenewal };

function isRenewable(token: SsoToken | null, now: number): token is RenewableToken {
  return token !== null && token.renewal !== null &&
    token.renewal.registrationExpiresAt - now > USABLE_MS;
}

async function askForRenewal(
  { renewal }: RenewableToken,
  { session, surroundings }: {
    readonly session: SsoSession;
    readonly surroundings: SignInSurroundings;
  },
): Promise<SsoToken> {
  const { clientId, clientSecret, registrationExpiresAt, refreshToken } = renewal;
  using oidc = await openSsoOidc({
    region: session.region,
    endpoint: endpointOf(surroundings),
    name: sessionName(session),
    clock: surroundings.clock,
  });
  const client = { clientId, clientSecret, expiresAt: registrationExpiresAt };
  const next = await oidc.createToken(client, { kind: "refresh", refreshToken });
  // Where the service gives no new refresh token, the one before stays good.
  return next.renewal === null ? { ...next, renewal } : next;
}

/** Of the environment only: which profile's setting would count is not plain for a sign-in. */
function endpointOf({ env }: SignInSurroundings): string | null {
  return resolveEndpoint("sso_oidc", { env, profile: null });
}

/** How a sign-in is made. */
export interface SignInOptions {
  /** Have a code confirmed on any device, instead of a browser on this machine. */
  readonly onDevice: boolean;
  /** Brings the page before the person. */
  readonly show: (page: SignInPage) => void;
  /** Told when another process is already signing in, and this one waits. */
  readonly onWait: () => void;
  /**
   * Sign in also where somebody else tried meanwhile, and gave up. A process that nobody told to
   * sign in leaves it at that: ten of them must not ask ten times.
   */
  readonly insist: boolean;
}

/**
 * Signs in anew, unless another process of this user does so at the same time: then its token is
 * taken. Resolves to the token, which is kept. Rejects with `SIGN_IN_REQUIRED` when nobody signed
 * in.
 */
export async function signIn(
  sso: SsoCredentials,
  options: SignInOptions & { readonly surroundings: SignInSurroundings },
): Promise<SsoToken> {
  const { surroundings } = options;
  const { clock } = surroundings;
  const file = await TokenFile.of(sso.session, surroundings);
  const begun = clock.now();
  const before = file.read()?.accessToken ?? null;
  let lock = await file.lock(0);
  if (lock === null) {
    options.onWait();
    lock = await file.lock(SIGN_IN_TIMEOUT_MS + RENEWAL_TIMEOUT_MS);
  }
  using _lock = lock;
  const token = file.read();
  const isNew = !options.insist || token?.accessToken !== before;
  if (isNew && livesFor(token, USABLE_MS, clock.now())) return token;
  if (lock === null || (!options.insist && file.wasGivenUpSince(begun))) throw loginRequired(sso);
  try {
    const fresh = await signInToPortal(sso.session, {
      ...options,
      clock,
      endpoint: endpointOf(surroundings),
      timeoutMs: SIGN_IN_TIMEOUT_MS,
    });
    file.write(fresh);
    return fresh;
  } catch (thrown) {
    file.giveUp();
    throw thrown;
  }
}
