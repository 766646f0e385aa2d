/**
 * Brings a sign-in before the person: the page in their browser, or its address where they asked
 * for it. Nothing of it is secret but the token, which goes into the cache and nowhere else.
 *
 * @module
 */
import type { SsoCredentials } from "../aws/base_credentials.ts";
import type { SignInPage } from "../aws/sso_sign_in.ts";
import { sessionName, type SsoToken } from "../aws/sso_token.ts";
import type { Clock } from "../clock.ts";
import { signIn } from "../sign_in.ts";
import { printable } from "../text/printable.ts";
import type { Host } from "./host.ts";

/** How the person is asked. */
export interface LoginOptions {
  readonly host: Host;
  readonly clock: Clock;
  /** Have a code confirmed on any device. */
  readonly onDevice: boolean;
  /** Print the address on standard output and open nothing. */
  readonly stdout: boolean;
  /** The person asked for it: see `signIn`. */
  readonly insist: boolean;
  /** See `signIn`. */
  readonly rejected?: string | undefined;
  /** Shows the person what to do. */
  readonly tell: (text: string) => void;
}

/** Signs in to the portal of `sso`. Rejects with `SIGN_IN_REQUIRED` when nobody did. */
export async function login(sso: SsoCredentials, options: LoginOptions): Promise<SsoToken> {
  const { host, clock, onDevice, insist, rejected, tell } = options;
  const { env, os } = host;
  const name = sessionName(sso.session);
  return await signIn(sso, {
    surroundings: { env, os, clock },
    onDevice,
    insist,
    rejected,
    onWait: () => tell(`Another process is signing in to ${name}; waiting for it.\n`),
    show: (page) => show(page, { ...options, name }),
  });
}

function show(
  { url, userCode }: SignInPage,
  { host, stdout, name, tell }: LoginOptions & { readonly name: string },
): void {
  const code = userCode === null ? "" : `The page must show this code: ${printable(userCode)}\n`;
  if (stdout) {
    host.terminal.out(`${url}\n`);
    tell(`Sign in to ${name} on the page whose address was printed.\n${code}`);
    return;
  }
  tell(`Sign in to ${name} in your browser. If it does not open, go to:\n\n  ${url}\n\n${code}`);
  host.openBrowser(url).catch(() => false).then((isOpen) => {
    if (!isOpen) tell("No browser could be started here: open the address above yourself.\n");
  });
}
