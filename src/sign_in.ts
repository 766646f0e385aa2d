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
import {
  type Interaction,
  loginRequired,
  type RejectedToken,
  type SsoTokens,
} from "./aws/interaction.ts";
import { SsoRefusal } from "./aws/sso_fault.ts";
import type { SignInPage } from "./aws/sso_sign_in.ts";
import {
  formatToken,
  parseToken,
  sessionName,
  type SsoRenewal,
  type SsoSession,
  type SsoToken,
  tokenFileName,
} from "./aws/sso_token.ts";
import type { Clock } from "./clock.ts";
import { SignInFile } from "./io/sign_in_file.ts";

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
const SIGN_IN_TIMEOUT_MS = 5 * 60_000;

/** Where the token of one session is kept. */
interface TokenPlace {
  readonly session: SsoSession;
  readonly file: SignInFile;
}

async function openTokenPlace(
  session: SsoSession,
  surroundings: SignInSurroundings,
): Promise<TokenPlace> {
  return { session, file: new SignInFile(await tokenFileName(session), surroundings) };
}

/** The token that is kept, or `null`. */
function readToken({ session, file }: TokenPlace): SsoToken | null {
  const text = file.read();
  return text === null ? null : parseToken(text, session);
}

/** Tells whether a token that lives for another `ms` is one to use. */
type Judge = (token: SsoToken | null, ms: number) => token is SsoToken;

function judge({ clock }: SignInSurroundings, rejected: string | null): Judge {
  return (token, ms): token is SsoToken =>
    token !== null && token.expiresAt - clock.now() > ms && token.accessToken !== rejected;
}

/** Tokens for the life of one process. Nothing is read or called yet. */
export function createSsoTokens(
  surroundings: SignInSurroundings,
  interaction: Pick<Interaction, "login">,
): SsoTokens {
  const renewing = new Map<string, Promise<SsoToken>>();

  async function find(sso: SsoCredentials, options: RejectedToken): Promise<SsoToken> {
    const isGood = judge(surroundings, options.rejected ?? null);
    const place = await openTokenPlace(sso.session, surroundings);
    const kept = readToken(place);
    if (isGood(kept, RENEW_MS)) return kept;
    const renewed = await renew(place, { surroundings, isGood });
    if (renewed !== null) return renewed;
    await interaction.login(sso, options);
    const fresh = readToken(place);
    if (isGood(fresh, 0)) return fresh;
    throw loginRequired(sso);
  }

  return {
    current(sso, options = {}) {
      const key = JSON.stringify([sso.session.name, sso.session.startUrl, options.rejected]);
      let found = renewing.get(key);
      if (found === undefined) {
        found = find(sso, options).finally(() => renewing.delete(key));
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
  place: TokenPlace,
  { surroundings, isGood }: {
    readonly surroundings: SignInSurroundings;
    readonly isGood: Judge;
  },
): Promise<SsoToken | null> {
  const { clock } = surroundings;
  const usable = (token: SsoToken | null) => isGood(token, USABLE_MS) ? token : null;
  const kept = readToken(place);
  if (!isRenewable(kept, clock.now())) return usable(kept);
  using lock = await place.file.lock(RENEWAL_TIMEOUT_MS);
  // Somebody else may have done it meanwhile.
  const token = readToken(place);
  if (isGood(token, RENEW_MS)) return token;
  if (lock === null || !isRenewable(token, clock.now())) return usable(token);
  let next: SsoToken;
  try {
    next = await askForRenewal(token, { session: place.session, surroundings });
  } catch (thrown) {
    // Or another program did, which knows nothing of our lock, and used up what we had.
    const still = usable(readToken(place));
    if (still !== null || thrown instanceof SsoRefusal) return still;
    throw thrown;
  }
  try {
    place.file.write(formatToken(next, place.session));
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
  const { openSsoOidc } = await import("./aws/sso_oidc.ts");
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
  /** An access token that is not to be taken, whatever end it has; default: none. */
  readonly rejected?: string | undefined;
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
  const place = await openTokenPlace(sso.session, surroundings);
  const before = readToken(place)?.accessToken ?? null;
  const mark = place.file.givenUp();
  let lock = await place.file.lock(0);
  if (lock === null) {
    options.onWait();
    lock = await place.file.lock(SIGN_IN_TIMEOUT_MS + RENEWAL_TIMEOUT_MS);
  }
  using _lock = lock;
  const token = readToken(place);
  const isGood = judge(surroundings, options.insist ? before : options.rejected ?? null);
  if (isGood(token, USABLE_MS)) return token;
  const wasGivenUp = place.file.givenUp() !== mark;
  if (lock === null || (wasGivenUp && !options.insist)) throw loginRequired(sso);
  try {
    place.file.prepare();
    const { signInToPortal } = await import("./aws/sso_sign_in.ts");
    const fresh = await signInToPortal(sso.session, {
      ...options,
      clock,
      endpoint: endpointOf(surroundings),
      timeoutMs: SIGN_IN_TIMEOUT_MS,
    });
    place.file.write(formatToken(fresh, sso.session));
    return fresh;
  } catch (thrown) {
    place.file.giveUp();
    throw thrown;
  }
}
