/**
 * What `sentinel init sessions` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel init sessions`. */
export const INIT_SESSIONS_FLAGS = [
  TABLE,
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
  {
    kind: "boolean",
    name: "plan",
    summary: "Say what would change, and change nothing",
  },
  {
    kind: "boolean",
    name: "yes",
    short: "y",
    summary: "Do it without asking",
  },
  {
    kind: "boolean",
    name: "generate-iam",
    summary: "Print the IAM policy for the table, and do nothing else; needs no credentials",
    conflictsWith: {
      flag: "plan",
      reason: "it prints a document and looks at no table",
      suggestion: "Leave out one of them.",
    },
  },
  {
    // Not a choice: the same variable names an IAM role for other commands.
    kind: "string",
    name: "role",
    valueName: "ROLE",
    defaultText: "whoever makes and administers the table",
    summary: "Print the least that a server, a revoker or an auditor needs",
    requires: {
      flag: "generate-iam",
      reason: "it chooses which policy is printed",
      suggestion: "Add --generate-iam.",
    },
  },
  {
    kind: "choice",
    name: "format",
    valueName: "FORMAT",
    choices: ["terraform", "cloudformation", "json"],
    summary: "Print the table as infrastructure code, and do nothing else; needs no credentials",
    conflictsWith: {
      flag: "generate-iam",
      reason: "one prints the table, the other who may use it",
      suggestion: "Run the command twice.",
    },
  },
  {
    kind: "string",
    name: "kms-key",
    valueName: "KEY",
    defaultText: "a key that AWS owns",
    summary: "Encrypt the table with this KMS key: its id, alias/NAME or ARN",
  },
  {
    kind: "boolean",
    name: "deletion-protection",
    negatable: true,
    summary: "Protect the table from being deleted (default: on)",
  },
  {
    kind: "boolean",
    name: "point-in-time-recovery",
    negatable: true,
    summary: "Keep continuous backups, to restore the table to any second (default: on)",
  },
  {
    kind: "string",
    name: "endpoint-url",
    valueName: "URL",
    defaultText: "AWS_ENDPOINT_URL_DYNAMODB, else as the AWS SDKs",
    summary: "URL of DynamoDB",
  },
  {
    kind: "duration",
    name: "timeout",
    valueName: "TIME",
    minSeconds: 1,
    maxSeconds: 86_400,
    default: 900,
    summary: "How long to wait until the table is ready",
  },
] as const satisfies readonly Flag[];

/** `sentinel init sessions`. */
export const description: CommandDescription<typeof INIT_SESSIONS_FLAGS> = {
  name: "init sessions",
  summary: "Create or repair the session table",
  description: [
    "Creates the DynamoDB table in which sessions are kept, with its indexes, or with sqlite:PATH a " +
    "file on this machine. It shows what it will do and asks first. A table that exists is " +
    "compared with what is needed: what is missing is added, and nothing is ever taken away. " +
    "Running it again is safe, also after it was interrupted.",
    "With --generate-iam or --format it only prints a document: the IAM policy for the table, or " +
    "the table as infrastructure code.",
  ],
  flags: INIT_SESSIONS_FLAGS,
  examples: [
    {
      text: "See what would be done, then do it",
      command: "sentinel init sessions --region eu-west-1 --plan",
    },
    {
      text: "Create or repair the table without being asked",
      command: "sentinel init sessions --region eu-west-1 --yes",
    },
    {
      text: "Print what a credential server must be allowed to do",
      command: "sentinel init sessions --region eu-west-1 --generate-iam --role server",
    },
    {
      text: "Put the table into your infrastructure code",
      command: "sentinel init sessions --table prod-sessions --format terraform",
    },
    {
      text: "Keep sessions on this machine",
      command: "sentinel init sessions --table sqlite:sessions.db",
    },
  ],
  load: () => import("../commands/init_sessions.ts"),
};
