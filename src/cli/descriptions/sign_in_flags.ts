/**
 * Flags of commands that may need a person: a code, or a sign-in.
 *
 * @module
 */
import type { Flag } from "../command.ts";

/** `--mfa-token`: a code. */
const MFA_TOKEN = {
  kind: "string",
  name: "mfa-token",
  valueName: "CODE",
  commandLineOnly: true,
  summary: "Code that the multi-factor device shows now; without it you are asked",
} as const satisfies Flag;

/** `--mfa-process`: who knows the code. */
const MFA_PROCESS = {
  kind: "string",
  name: "mfa-process",
  valueName: "COMMAND",
  defaultText: "mfa_process of the profile",
  summary: "Program that prints the code of the multi-factor device, run without a shell",
} as const satisfies Flag;

/** `--auto-login`: sign in where that is needed. */
export const AUTO_LOGIN = {
  kind: "boolean",
  name: "auto-login",
  negatable: true,
  summary: "Sign in to IAM Identity Center in the browser when that is needed",
} as const satisfies Flag;

/** What every command takes that may have to ask a person. */
export const SIGN_IN_FLAGS = [
  MFA_TOKEN,
  MFA_PROCESS,
  AUTO_LOGIN,
] as const satisfies readonly Flag[];

/** `--stdout`, where signing in is a part of something else. */
export const AUTO_LOGIN_STDOUT = {
  kind: "boolean",
  name: "stdout",
  summary: "Print the address of the sign-in page instead of opening a browser",
  requires: {
    flag: "auto-login",
    reason: "without a sign-in there is no page",
    suggestion: "Add --auto-login.",
  },
} as const satisfies Flag;
