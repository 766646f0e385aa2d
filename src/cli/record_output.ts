/**
 * Hands records over in the form that was asked for. Standard output holds nothing but them.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatCsv, formatJson, type OutputRow } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** The forms of output. */
export type OutputForm = "human" | "json" | "csv";

/** One thing in every form; only the one that is asked for is made. */
export interface Printed {
  readonly human: () => string;
  /** Anything that JSON can hold. */
  readonly json: () => unknown;
  readonly columns: readonly string[];
  readonly rows: () => readonly OutputRow[];
}

/** Prints it on standard output. */
export function print(printed: Printed, output: OutputForm, { out }: Terminal): void {
  switch (output) {
    case "human":
      return out(printed.human());
    case "json":
      return out(formatJson(printed.json()));
    case "csv":
      return out(formatCsv(printed.columns, printed.rows()));
    default:
      assertNever(output);
  }
}
