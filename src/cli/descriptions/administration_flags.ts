/**
 * Flags that mean the same wherever sessions are administered.
 *
 * @module
 */
import { SESSION_TABLE } from "../../store/table_kind.ts";
import type { Flag } from "../command.ts";

/** Session table when nothing names one. */
export const DEFAULT_SESSION_TABLE = SESSION_TABLE.defaultTable;

/** `--table`: where sessions are kept. */
export const TABLE = {
  kind: "string",
  name: "table",
  setting: "session_table",
  otherVariable: "SENTINEL_SESSION_TABLE",
  valueName: "TABLE",
  defaultText: `SENTINEL_SESSION_TABLE, else ${DEFAULT_SESSION_TABLE}`,
  summary: "Session table: the name of a DynamoDB table, or sqlite:PATH",
} as const satisfies Flag;

/** `--aws-profile`: whose credentials administer. */
export const ADMINISTRATOR_PROFILE = {
  kind: "string",
  name: "aws-profile",
  valueName: "NAME",
  defaultText: "keys of the environment, else AWS_PROFILE, else default",
  summary: "Profile whose credentials are used",
} as const satisfies Flag;

/** `--output`: for people, or for machines. */
export const OUTPUT = {
  kind: "choice",
  name: "output",
  short: "o",
  valueName: "FORMAT",
  choices: ["human", "json", "csv"],
  default: "human",
  summary: "Form of the output",
} as const satisfies Flag;

/** `--limit` of listings. */
export const LIMIT = {
  kind: "integer",
  name: "limit",
  valueName: "COUNT",
  min: 1,
  max: 100_000,
  default: 100,
  summary: "At most this many, the newest",
} as const satisfies Flag;
