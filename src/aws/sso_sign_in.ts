/**
 * One sign-in to IAM Identity Center, from the first call to the token: in a browser that comes
 * back to this machine (authorization code with PKCE) where that is known, else with a code that is
 * confirmed on any device. It ends within a bounded time, and keeps nothing.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { listenForSsoCallback, REGISTERED_REDIRECT, type SsoCallback } from "./sso_callback.ts";
import { SsoRefusal } from "./sso_fault.ts";
import { openSsoOidc, type SsoClient, type SsoOidc } from "./sso_oidc.ts";
import { sessionName, type SsoSession, type SsoToken } from "./sso_token.ts";

/** The page that a person has to open. */
export interface SignInPage {
  /** `https`, or `http` on loopback. */
  readonly url: string;
  /** The code that the page must show, or `null` when it shows none. */
  readonly userCode: string | null;
}

/** Settings of {@linkcode signInToPortal}. */
export interface PortalSignInOptions {
  /** URL of the service instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
  readonly clock: Clock;
  /** Have the code confirmed on any device: for machines that the browser cannot come back to. */
  readonly onDevice: boolean;
  /** Brings the page before the person. */
  readonly show: (page: SignInPage) => void;
  /** Longest time that the person may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Scope of what roles need. */
const ACCOUNT_ACCESS = "sso:account:access";
const DEVICE_INTERVAL_STEP_SECONDS = 5;

/** Signs in. Rejects with `SIGN_IN_REQUIRED` when nobody did, or the person refused. */
export async function signInToPortal(
  session: SsoSession,
  options: PortalSignInOptions,
): Promise<SsoToken> {
  const name = sessionName(session);
  using oidc = await openSsoOidc({ ...options, region: session.region, name });
  try {
    if (!options.onDevice && session.name !== null) {
      const token = await signInWithCode(oidc, session, options);
      if (token !== null) return token;
    }
    return await signInOnDevice(oidc, session, options);
  } catch (thrown) {
    throw thrown instanceof SsoRefusal ? explainRefusal(thrown, name) : thrown;
  }
}

/** `null`: the service, or this machine, does not have that way. */
async function signInWithCode(
  oidc: SsoOidc,
  session: SsoSession,
  options: PortalSignInOptions,
): Promise<SsoToken | null> {
  const scopes = session.scopes.length > 0 ? session.scopes : [ACCOUNT_ACCESS];
  const client = await registerForCode(oidc, { session, scopes });
  if (client === null) return null;
  const state = randomText();
  const verifier = randomText();
  await using listener = tryListen(state);
  if (listener === null) return null;
  const { redirectUri } = listener;
  const url = oidc.authorizationUrl();
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge_method: "S256",
    code_challenge: await challengeOf(verifier),
    scopes: scopes.join(" "),
  }).toString();
  options.show({ url: requireSafeUrl(url.href, options), userCode: null });
  const answer = await within(options, listener.answer);
  if (answer === null) throw nobodyCame(sessionName(session));
  if (answer.kind === "refused") throw new SsoRefusal("denied", null);
  return await oidc.createToken(client, {
    kind: "code",
    code: answer.code,
    redirectUri,
    verifier,
  });
}

async function registerForCode(
  oidc: SsoOidc,
  { session, scopes }: { readonly session: SsoSession; readonly scopes: readonly string[] },
): Promise<SsoClient | null> {
  const codeFlow = { redirectUri: REGISTERED_REDIRECT, startUrl: session.startUrl };
  try {
    return await oidc.register({ scopes, codeFlow });
  } catch (thrown) {
    if (thrown instanceof SsoRefusal && thrown.reason === "client") return null;
    throw thrown;
  }
}

function tryListen(state: string) {
  try {
    return listenForSsoCallback(state);
  } catch {
    // A sandbox without ports of its own: a code on any device does it, too.
    return null;
  }
}

async function signInOnDevice(
  oidc: SsoOidc,
  session: SsoSession,
  options: PortalSignInOptions,
): Promise<SsoToken> {
  const { clock } = options;
  // The legacy form has no scopes, and its tokens cannot be renewed.
  const scopes = session.name === null || session.scopes.length > 0
    ? session.scopes
    : [ACCOUNT_ACCESS];
  const client = await oidc.register({ scopes, codeFlow: null });
  const device = await oidc.startDevice(client, session.startUrl);
  options.show({ url: requireSafeUrl(device.url, options), userCode: device.userCode });
  const end = clock.monotonic() +
    Math.min(options.timeoutMs, Math.max(0, device.expiresAt - clock.now()));
  let seconds = device.intervalSeconds;
  while (clock.monotonic() < end) {
    // Whatever pace the service sets: nobody waits beyond the end.
    await pause(clock, Math.min(seconds * 1000, end - clock.monotonic()));
    try {
      return await oidc.createToken(client, { kind: "device", deviceCode: device.deviceCode });
    } catch (thrown) {
      if (!(thrown instanceof SsoRefusal)) throw thrown;
      if (thrown.reason === "slow_down") seconds += DEVICE_INTERVAL_STEP_SECONDS;
      else if (thrown.reason !== "pending") throw thrown;
    }
  }
  throw nobodyCame(sessionName(session));
}

/** What `answer` resolves to, or `null` when the time is over before. */
async function within(
  { clock, timeoutMs }: PortalSignInOptions,
  answer: Promise<SsoCallback>,
): Promise<SsoCallback | null> {
  const { promise: timeout, resolve } = Promise.withResolvers<null>();
  const callOff = clock.after(timeoutMs, () => resolve(null));
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    callOff();
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** 43 characters of the unreserved set (RFC 7636), 256 bits. */
function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** A page to open comes from outside, and is handed to a program that opens anything. */
function requireSafeUrl(text: string, { endpoint }: PortalSignInOptions): string {
  const url = URL.parse(text);
  const isPlain = url !== null && /^[!-~]+$/.test(url.href) && url.username === "" &&
    url.password === "";
  const isLocal = endpoint !== null && url?.protocol === "http:" && url.hostname === "127.0.0.1";
  if (isPlain && (url.protocol === "https:" || isLocal)) return url.href;
  throw new SentinelError(
    "AWS_UNAVAILABLE",
    "Cannot sign in: the page of IAM Identity Center is not an https URL",
    { suggestion: "Check AWS_ENDPOINT_URL_SSO_OIDC and whether a proxy answers for AWS." },
  );
}

function nobodyCame(name: string): SentinelError {
  return new SentinelError("SIGN_IN_REQUIRED", `Cannot sign in to ${name}: nobody did in time`, {
    suggestion: "Try again; where the browser cannot come back: sentinel login --device",
  });
}

function explainRefusal({ reason, cause }: SsoRefusal, name: string): SentinelError {
  switch (reason) {
    case "denied":
      return new SentinelError(
        "SIGN_IN_REQUIRED",
        `Cannot sign in to ${name}: it was refused on the page`,
        { suggestion: "Try again, and allow the access that the page asks for.", cause },
      );
    case "ended":
    case "pending":
    case "slow_down":
      return new SentinelError(
        "SIGN_IN_REQUIRED",
        `Cannot sign in to ${name}: the code was not valid any more`,
        { suggestion: "Try again.", cause },
      );
    case "client":
      return new SentinelError(
        "AWS_REFUSED",
        `Cannot sign in to ${name}: IAM Identity Center does not admit this program`,
        { suggestion: "Check sso_start_url, sso_region and sso_registration_scopes.", cause },
      );
    default:
      return reason satisfies never;
  }
}
