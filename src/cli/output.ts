/**
 * Lists for machines: JSON and CSV. What comes from outside must neither move a cursor where it is
 * printed nor become a formula where it is opened.
 *
 * @module
 */
import { printable, printableJson } from "../text/printable.ts";

/** One row: values by column. `null` = there is none. */
export type OutputRow = Readonly<Record<string, string | number | null>>;

/** `value` as indented JSON that shows as it is, with a newline; read back, it is the same. */
export function formatJson(value: unknown): string {
  const json = JSON.stringify(value, null, 2);
  // The line breaks of the indentation are the only control characters outside of strings.
  return `${json.replace(/^[ -~]*[^ -~\n][^\n]*/gm, (line) => printableJson(line))}\n`;
}

/** Rows as CSV by RFC 4180, with a header of `columns`. */
export function formatCsv(columns: readonly string[], rows: readonly OutputRow[]): string {
  const records = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
  return records.map((record) => `${record.map(cell).join(",")}\r\n`).join("");
}

// A spreadsheet takes a cell that begins so for a formula, which could call home or run a program.
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = printable(FORMULA.test(value) ? `'${value}` : value);
  return /[",]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
