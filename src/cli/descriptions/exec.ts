/**
 * What `sentinel exec` takes.
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
import { AUTO_LOGIN_STDOUT, SIGN_IN_FLAGS } from "./sign_in_flags.ts";
import { JUSTIFICATION, REQUEST_BOUNDS } from "./approval_flags.ts";

const HOUR = 3600;

/** Flags of `sentinel exec`. */
export const EXEC_FLAGS = [
  PROFILE,
  POLICY,
  POLICY_PARAMETER,
  POLICY_REFRESH,
  REGION,
  {
    kind: "boolean",
    name: "no-session",
    short: "n",
    summary: "Hand out the profile's own credentials instead of short-lived ones",
    conflictsWith: {
      flag: "server",
      reason: "the credential server hands out short-lived credentials only",
      suggestion: "Leave out --no-session, or use --no-server.",
    },
  },
  {
    kind: "duration",
    name: "duration",
    short: "d",
    valueName: "TIME",
    ...STS_BOUNDS,
    default: 3600,
    summary: "Life of the credentials in the environment",
    conflictsWith: {
      flag: "server",
      reason: "it sets the life of credentials in the environment",
      suggestion: "Use --server-duration.",
    },
  },
  {
    kind: "duration",
    name: "min-ttl",
    valueName: "TIME",
    minSeconds: 60,
    maxSeconds: STS_BOUNDS.maxSeconds,
    summary: "Start nothing unless the access lasts at least so long",
  },
  {
    kind: "boolean",
    name: "server",
    short: "s",
    negatable: true,
    summary: "Serve credentials on a loopback port, and ask the policy at every request",
  },
  {
    kind: "integer",
    name: "server-port",
    valueName: "PORT",
    min: 0,
    max: 65_535,
    default: 0,
    summary: "Port of the credential server; 0 is any free one",
    requires: {
      flag: "server",
      reason: "without a server there is no port",
      suggestion: "Add --server.",
    },
  },
  {
    kind: "duration",
    name: "server-duration",
    valueName: "TIME",
    ...STS_BOUNDS,
    default: 900,
    summary: "Life of the credentials that the server hands out",
    requires: {
      flag: "server",
      reason: "it sets the life of served credentials",
      suggestion: "Add --server, or use --duration.",
    },
  },
  {
    kind: "string",
    name: "session-table",
    valueName: "TABLE",
    summary: "DynamoDB table, or sqlite:PATH, that tracks the server's session",
    requires: {
      flag: "server",
      reason: "only a server has a session that can be tracked",
      suggestion: "Add --server.",
    },
  },
  {
    kind: "choice",
    name: "on-revoke",
    valueName: "ACTION",
    choices: ["refuse", "kill"],
    default: "refuse",
    summary: "When the session is revoked: refuse it credentials, or also end the command",
    requires: {
      flag: "server",
      reason: "only a server has a session that can be revoked",
      suggestion: "Add --server.",
    },
  },
  {
    kind: "boolean",
    name: "lazy",
    summary: "Ask for the first credentials when the command does, not before it starts",
    requires: {
      flag: "server",
      reason: "only a server can wait until it is asked",
      suggestion: "Add --server.",
    },
  },
  REQUEST_TABLE,
  BREAKGLASS_TABLE,
  {
    kind: "duration",
    name: "wait",
    valueName: "TIME",
    minSeconds: 1,
    maxSeconds: 24 * HOUR,
    bare: 600,
    defaultText: "on a terminal you are asked",
    summary: "Where the policy requires an approval: file a request and wait for it this long",
  },
  JUSTIFICATION,
  {
    kind: "duration",
    name: "request-duration",
    valueName: "TIME",
    ...REQUEST_BOUNDS,
    defaultText: "--duration, else 1h; at most what the policy allows",
    summary: "How long the access lasts that a request asks for",
  },
  {
    kind: "duration",
    name: "kill-after",
    valueName: "TIME",
    minSeconds: 1,
    maxSeconds: 3600,
    default: 30,
    summary: "How long the command may go on after SIGTERM before it is killed",
  },
  LOG_FILE,
  LOG_STDERR,
  AWS_PROFILE,
  ...SIGN_IN_FLAGS,
  AUTO_LOGIN_STDOUT,
] as const satisfies readonly Flag[];

/** `sentinel exec`. */
export const description: CommandDescription<typeof EXEC_FLAGS> = {
  name: "exec",
  summary: "Run a command with credentials that the policy allows",
  description: [
    "Asks the policy whether you may use the profile, and if so runs the command with short-lived " +
    "credentials of it: in its environment, or with --server from a loopback endpoint that asks " +
    "the policy again at every request.",
    "The command sees these credentials only: other AWS credentials of your environment and of " +
    "your ~/.aws files are kept from it. Its exit status becomes that of sentinel.",
    "Where the policy requires an approval, --wait files a request in the table of --request-table, " +
    "prints the command for the approver, and goes on when it is approved. A request that is not " +
    "decided in time stays open.",
  ],
  flags: EXEC_FLAGS,
  passthrough: "Command to run; without one, your shell",
  examples: [
    {
      text: "Run one command",
      command: "sentinel exec --profile prod -- terraform plan",
    },
    {
      text: "Let the policy be asked again at every request, and the session be revoked",
      command: "sentinel exec -s --session-table sessions --profile prod -- terraform apply",
    },
    {
      text: "Have the command ended when the session is revoked",
      command: "sentinel exec -s --session-table team --on-revoke kill --profile prod -- make",
    },
    {
      text: "Ask for an approval, wait for it, and go on",
      command: "sentinel exec --wait --justification fix-4711-in-prod --profile prod -- make",
    },
    {
      text: "Track sessions on this machine only, without an AWS table",
      command: "sentinel exec -s --session-table sqlite:sessions.db --profile dev -- make",
    },
    {
      text: "Open a shell for two hours",
      command: "sentinel exec --profile dev --duration 2h",
    },
  ],
  load: () => import("../commands/exec.ts"),
};
