/**
 * What `sentinel init sessions` and its like for the other tables take.
 *
 * @module
 */
import type { Flag } from "../command.ts";
import type { REGION } from "./access_flags.ts";
import type { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import type { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** What is to be done. */
export const INIT_ACTIONS = [
  {
    kind: "boolean",
    name: "plan",
    summary: "Say what would change, and change nothing",
  },
  {
    kind: "boolean",
    name: "yes",
    short: "y",
    summary: "Do not ask",
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
] as const satisfies readonly Flag[];

/** `--role`; each command adds its own roles. */
export const INIT_ROLE = {
  // Not a choice: the same variable names an IAM role for other commands.
  kind: "string",
  name: "role",
  valueName: "ROLE",
  summary: "Print the least that this part needs",
  requires: {
    flag: "generate-iam",
    reason: "it chooses which policy is printed",
    suggestion: "Add --generate-iam.",
  },
} as const satisfies Flag;

/** What the table is to be like, and how it is made. */
export const INIT_SETTINGS = [
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

/** What all such commands take alike. */
export type TableInitFlags = readonly [
  typeof REGION,
  typeof ADMINISTRATOR_PROFILE,
  ...typeof SIGN_IN_FLAGS,
  ...typeof INIT_ACTIONS,
  typeof INIT_ROLE,
  ...typeof INIT_SETTINGS,
];
