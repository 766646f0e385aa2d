/**
 * Flags that mean the same wherever a policy is asked about requests.
 *
 * @module
 */
import { CREDENTIAL_MODES } from "../../policy/policy.ts";
import type { Flag, Operand } from "../command.ts";

/** The document. */
export const POLICY_FILE: Operand = {
  name: "FILE",
  summary: "Policy document; - reads standard input",
  required: true,
};

/** `--output` without CSV: what is told is no list of like things. */
export const DOCUMENT_OUTPUT = {
  kind: "choice",
  name: "output",
  short: "o",
  valueName: "FORMAT",
  choices: ["human", "json"],
  default: "human",
  summary: "Form of the output",
} as const satisfies Flag;

/** The flags that describe a request. */
export const REQUEST_FLAGS = [
  {
    kind: "string",
    name: "user",
    valueName: "NAME",
    required: true,
    summary: "Policy username of the caller",
  },
  {
    kind: "string",
    name: "profile",
    valueName: "NAME",
    required: true,
    summary: "Profile whose credentials are asked for",
  },
  {
    kind: "choice",
    name: "mode",
    valueName: "MODE",
    choices: CREDENTIAL_MODES,
    default: "cli",
    summary: "How they would be delivered: exec --server, exec, or credentials",
  },
  {
    kind: "string",
    name: "at",
    valueName: "TIME",
    defaultText: "now",
    summary: "When: RFC 3339 with a zone, such as 2026-01-30T17:45:00+01:00",
  },
  {
    kind: "string",
    name: "role",
    valueName: "ARN",
    defaultText: "the profile has none",
    summary: "Role that would be assumed",
  },
  {
    kind: "string",
    name: "account",
    valueName: "ID",
    defaultText: "that of --role",
    summary: "Account of the credentials, twelve digits",
  },
  {
    kind: "string",
    name: "arn",
    valueName: "ARN",
    summary: "ARN of the caller, for users items that are ARNs",
  },
  {
    kind: "string",
    name: "session-table",
    valueName: "TABLE",
    summary: "Session table of the caller; it counts in server mode only",
  },
] as const satisfies readonly Flag[];
