/**
 * Flags that mean the same wherever credentials are asked for.
 *
 * @module
 */
import type { Flag } from "../command.ts";

const HOUR = 3600;

/** Shortest and longest life that AWS STS gives credentials, in seconds. */
export const STS_BOUNDS = { minSeconds: 900, maxSeconds: 12 * HOUR } as const;

/** `--profile`: whose credentials. */
export const PROFILE = {
  kind: "string",
  name: "profile",
  valueName: "NAME",
  required: true,
  summary: "Profile of the AWS configuration whose credentials are wanted",
} as const satisfies Flag;

/** `--policy`: what decides. */
export const POLICY = {
  kind: "string",
  name: "policy",
  valueName: "SOURCE",
  defaultText: "sentinel/policy.yaml in the configuration directory",
  summary: "Policy that decides: the path of a document, or ssm:/NAME in Parameter Store",
} as const satisfies Flag;

/** `--policy-parameter`: the older name of `--policy ssm:`. */
export const POLICY_PARAMETER = {
  kind: "string",
  name: "policy-parameter",
  valueName: "NAME",
  summary: "The same as --policy ssm:NAME",
  alias: { of: "policy", prefix: "ssm:" },
} as const satisfies Flag;

/** `--policy-refresh`. */
export const POLICY_REFRESH = {
  kind: "duration",
  name: "policy-refresh",
  valueName: "TIME",
  minSeconds: 5,
  maxSeconds: 300,
  default: 30,
  summary:
    "A change in Parameter Store counts within this time; while it does not answer, the last " +
    "policy counts for 5m at most",
} as const satisfies Flag;

/** `--region`. */
export const REGION = {
  kind: "string",
  name: "region",
  valueName: "REGION",
  awsVariables: ["AWS_REGION", "AWS_DEFAULT_REGION"],
  defaultText: "AWS_REGION, else the profile's",
  summary: "AWS region",
} as const satisfies Flag;

/** `--log-file`. */
export const LOG_FILE = {
  kind: "string",
  name: "log-file",
  valueName: "PATH",
  summary: "Append each decision to this file as a JSON line; where that fails, nothing is granted",
} as const satisfies Flag;

/** `--log-stderr`. */
export const LOG_STDERR = {
  kind: "boolean",
  name: "log-stderr",
  negatable: true,
  summary: "Write every decision to standard error as well",
} as const satisfies Flag;

/** `--aws-profile`. */
export const AWS_PROFILE = {
  kind: "string",
  name: "aws-profile",
  valueName: "NAME",
  defaultText: "what --profile names",
  summary: "Where the base credentials come from; never whose credentials are delivered",
} as const satisfies Flag;

/** `--request-table`: where approvals are looked for. */
export const REQUEST_TABLE = {
  kind: "string",
  name: "request-table",
  valueName: "TABLE",
  defaultText: "none, so that no approval counts",
  summary: "DynamoDB table, or sqlite:PATH, of approval requests",
} as const satisfies Flag;

/** `--breakglass-table`: where break-glass events are looked for. */
export const BREAKGLASS_TABLE = {
  kind: "string",
  name: "breakglass-table",
  valueName: "TABLE",
  defaultText: "none, so that no break-glass counts",
  summary: "DynamoDB table, or sqlite:PATH, of break-glass events",
} as const satisfies Flag;
