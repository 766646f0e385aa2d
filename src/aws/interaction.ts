/**
 * What only a person can give: a code of a device, a sign-in. Whoever needs one asks here; where
 * nobody may be asked (inside a server, without a terminal) the answer is an error that names the
 * command to run. It keeps nothing.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { SsoCredentials } from "./base_credentials.ts";
import type { ConfigLocation } from "./config_files.ts";
import type { SsoToken } from "./sso_token.ts";

/** The device whose code a role demands, and the line that says so. */
export interface MfaDevice extends ConfigLocation {
  /** Serial number or ARN, as STS takes it. */
  readonly serial: string;
  /** `mfa_process` of the profile: a program that prints the code; never to be printed. */
  readonly process: string | null;
  /** The profile that names the device. */
  readonly profile: string;
}

/** Tokens of sign-ins: kept ones, renewed without a person where that can be. */
export interface SsoTokens {
  /**
   * The token of `sso` that is valid now; looks at the cache each time, so that a sign-in elsewhere
   * is seen. Rejects with `SIGN_IN_REQUIRED` where only a person can help and none may be asked.
   */
  current(sso: SsoCredentials, options?: RejectedToken): Promise<SsoToken>;
}

/** What is known of a token besides what stands in it. */
export interface RejectedToken {
  /** An access token that the portal does not take any more, whatever end it has. */
  readonly rejected?: string;
}

/** The way to a person. Both methods reject with `SIGN_IN_REQUIRED` where nobody may be asked. */
export interface Interaction {
  /** The six digits that the device shows now. They are good for one call. */
  mfaCode(device: MfaDevice): Promise<string>;
  /** Signs in: when it resolves, the token cache holds a token that is valid now. */
  login(sso: SsoCredentials, options?: RejectedToken): Promise<void>;
}

/** Nobody can be asked: each method says what to run instead. */
export const UNATTENDED: Interaction = {
  mfaCode: (device) => Promise.reject(codeRequired(device)),
  login: (sso) => Promise.reject(loginRequired(sso)),
};

/** Nobody was there to type the code of `device`. */
export function codeRequired({ serial, profile }: MfaDevice): SentinelError {
  return new SentinelError(
    "SIGN_IN_REQUIRED",
    `Cannot assume the role of profile ${quote(profile)}: it needs a code of the device ${
      quote(serial)
    }`,
    { suggestion: "Run it at a terminal, or give the code with --mfa-token." },
  );
}

/** Nobody is signed in to the portal of `sso`. */
export function loginRequired({ profile }: SsoCredentials): SentinelError {
  return new SentinelError(
    "SIGN_IN_REQUIRED",
    `Cannot use profile ${quote(profile)}: nobody is signed in to its access portal`,
    { suggestion: `Sign in: ${loginCommand(profile)}` },
  );
}

/** What a person runs to sign in for `profile`. */
export function loginCommand(profile: string): string {
  return `sentinel login --profile ${shellWord(profile)}`;
}
