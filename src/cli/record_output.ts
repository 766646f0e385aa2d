/**
 * Hands records over in the form that was asked for. Standard output holds nothing but them.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatCsv, formatJson, type OutputRow } from "./output.ts";
import type { TableOptions } from "./table_layout.ts";
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

/** In which form, and where. */
export interface PrintOptions {
  readonly output: OutputForm;
  readonly terminal: Terminal;
}

/** Prints it on standard output. */
export function print(printed: Printed, { output, terminal: { out } }: PrintOptions): void {
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

/** Width of what reads standard output; a file and a program take lines of any length. */
export function outputWidth({ stdoutIsTerminal, columns }: Terminal): number {
  return stdoutIsTerminal ? columns : Infinity;
}

/** How a list is printed. */
export interface ListOptions<T> {
  readonly output: OutputForm;
  readonly exact: boolean;
  readonly limit: number;
  /** The moment at which records are judged, in milliseconds since the epoch. */
  readonly now: number;
  /** What a person is told when there is nothing. */
  readonly none: string;
  readonly formatTable: (records: readonly T[], options: TableOptions) => string;
  readonly columns: readonly string[];
  readonly row: (record: T, now: number) => OutputRow;
  /** A record as JSON. Default: its row. */
  readonly detail?: (record: T, now: number) => unknown;
  readonly terminal: Terminal;
}

/** Prints the first `limit` of what was found, and says when there is more. */
export function printList<T>(found: readonly T[], options: ListOptions<T>): void {
  const { output, exact, limit, now, columns, row, detail = row, terminal } = options;
  const records = found.slice(0, limit);
  const rows = () => records.map((record) => row(record, now));
  const width = outputWidth(terminal);
  if (output === "human" && records.length === 0) terminal.err(options.none);
  else {
    print(
      {
        human: () => options.formatTable(records, { now, exact, width }),
        json: () => records.map((record) => detail(record, now)),
        columns,
        rows,
      },
      { output, terminal },
    );
  }
  if (found.length > limit) {
    terminal.err(`Only the newest ${limit} are shown; see more with --limit.\n`);
  }
}
