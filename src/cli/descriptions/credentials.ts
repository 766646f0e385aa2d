/**
 * What `sentinel credentials` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import {
  AWS_PROFILE,
  BREAKGLASS_TABLE,
  LOG_FILE,
  LOG_STDERR,
  POLICY,
  POLICY_PARAMETER,
  POLICY_REFRESH,
  PROFILE,
  REGION,
  REQUEST_TABLE,
  STS_BOUNDS,
} from "./access_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel credentials`. */
export const CREDENTIALS_FLAGS = [
  PROFILE,
  POLICY,
  POLICY_PARAMETER,
  POLICY_REFRESH,
  REGION,
  {
    kind: "duration",
    name: "duration",
    short: "d",
    valueName: "TIME",
    ...STS_BOUNDS,
    default: 3600,
    summary: "Life of the credentials",
  },
  {
    kind: "duration",
    name: "min-ttl",
    valueName: "TIME",
    minSeconds: 60,
    maxSeconds: STS_BOUNDS.maxSeconds,
    summary: "Print nothing unless the credentials last at least so long",
  },
  {
    kind: "boolean",
    name: "no-session",
    short: "n",
    summary: "Print the profile's own credentials instead of short-lived ones",
  },
  REQUEST_TABLE,
  BREAKGLASS_TABLE,
  LOG_FILE,
  LOG_STDERR,
  AWS_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

const EXEC_SERVER = "Use: sentinel exec --server --profile <profile> -- <cmd>";

/** `sentinel credentials`. */
export const description: CommandDescription<typeof CREDENTIALS_FLAGS> = {
  name: "credentials",
  summary: "Print credentials for the credential_process setting of AWS clients",
  description: [
    "Asks the policy whether you may use the profile, and if so prints one JSON document with " +
    "short-lived credentials, as AWS clients expect it from a credential_process. Credentials " +
    "are reused while they are fresh; the policy is asked every time.",
    "There is no session to track or revoke: what was printed stays valid until it expires. " +
    "Where the policy requires a session, use sentinel exec --server.",
  ],
  flags: CREDENTIALS_FLAGS,
  declinedFlags: [
    {
      name: "session-table",
      reason: "credential_process has no session: --session-table does not exist here",
      suggestion:
        "Use: sentinel exec --server --session-table <table> --profile <profile> -- <cmd>",
    },
    {
      name: "server",
      reason: "credential_process prints credentials and ends: --server does not exist here",
      suggestion: EXEC_SERVER,
    },
    {
      name: "stdout",
      reason: "standard output is for the credentials: --stdout does not exist here",
      suggestion: "Sign in first: sentinel login --stdout --profile <profile>",
    },
    {
      name: "server-duration",
      reason: "credential_process has no server: --server-duration does not exist here",
      suggestion: "Use --duration.",
    },
  ],
  examples: [
    {
      text: "In ~/.aws/config, so that every AWS client asks the policy",
      command: "credential_process = sentinel credentials --profile prod",
    },
    {
      text: "See what a client would get",
      command: "sentinel credentials --profile prod --duration 30m",
    },
  ],
  load: () => import("../commands/credentials.ts"),
};
