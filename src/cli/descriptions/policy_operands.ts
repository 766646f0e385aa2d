/**
 * What stands beside the flags of the commands that look at policy documents.
 *
 * @module
 */
import type { Operand } from "../command.ts";

/** The documents to look at. */
export const POLICY_FILES = {
  name: "FILE",
  summary: "Policy document; - is standard input",
  required: true,
  many: true,
} as const satisfies Operand;
