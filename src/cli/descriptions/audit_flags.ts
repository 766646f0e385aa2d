/**
 * Flags that mean the same wherever decision logs are audited.
 *
 * @module
 */
import type { Flag, Operand } from "../command.ts";

/** `--log-file`: the same variable as of the commands that write it. */
export const AUDITED_LOG = {
  kind: "string",
  name: "log-file",
  valueName: "PATH",
  summary: "Decision log to read; more of them may follow as arguments",
} as const satisfies Flag;

/** `--since`. */
export const SINCE = {
  kind: "duration",
  name: "since",
  valueName: "TIME",
  days: true,
  minSeconds: 60,
  maxSeconds: 3660 * 86_400,
  default: 7 * 86_400,
  summary: "How far to look back",
} as const satisfies Flag;

/** Further logs. */
export const LOGS: Operand = {
  name: "LOG",
  summary: "Decision log to read, beside --log-file",
  many: true,
};
