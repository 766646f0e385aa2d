/**
 * Tables and fields as a person reads them: lines that fit the terminal, texts cut before whole
 * columns go. What a cell says must be printable already; nothing is read or decided.
 *
 * @module
 */
import { textWidth } from "../text/text_width.ts";
import { abbreviate, printable, printablePieces } from "../text/printable.ts";
import { formatExact, formatRelative } from "./relative_time.ts";

/** How times are shown. */
export interface ViewOptions {
  /** The moment to which times are relative, in milliseconds since the epoch. */
  readonly now: number;
  /** Whether times are shown exactly. */
  readonly exact: boolean;
  /** Width of the terminal. Default: nothing need fit. */
  readonly width?: number;
}

/** How a table is shown. */
export interface TableOptions extends ViewOptions {
  /** Width of the terminal; `Infinity` where nothing need fit. */
  readonly width: number;
}

/** What a cell is made with. */
export interface CellFormats {
  readonly now: number;
  readonly time: (moment: number) => string;
}

interface ColumnShape {
  readonly title: string;
  /** Its text may be cut down to this width. */
  readonly leastWidth?: number;
  /** Of the columns that do not fit, the one with the highest number goes first. */
  readonly dispensable?: number;
  readonly alignRight?: true;
}

/** A column of a table of `T`. */
export interface Column<T> extends ColumnShape {
  /** Printable text. */
  readonly cell: (record: T, show: CellFormats) => string;
}

const GAP = "  ";

/** `records` as a table with a header, each line no wider than the terminal. */
export function formatTable<T>(
  columns: readonly Column<T>[],
  records: readonly T[],
  options: TableOptions,
): string {
  const formats = { now: options.now, time: timeFormat(options) };
  const cells = columns.map(({ cell }) => records.map((record) => cell(record, formats)));
  const widest = columns.map((shape, index) => ({
    shape,
    index,
    width: cells[index]!.reduce(
      (width, text) => Math.max(width, textWidth(text)),
      shape.title.length,
    ),
  }));
  const shown = fit(widest, options.width);
  const line = (texts: readonly string[]) =>
    shown.map(({ shape, index, width }) => {
      const text = cut(texts[index]!, width);
      const blanks = " ".repeat(width - textWidth(text));
      return shape.alignRight ? blanks + text : text + blanks;
    }).join(GAP).trimEnd();
  const rows = records.map((_, row) => line(cells.map((column) => column[row]!)));
  return `${[line(columns.map(({ title }) => title)), ...rows].join("\n")}\n`;
}

/** How moments are shown: exactly, or relative to now. */
export function timeFormat({ now, exact }: ViewOptions): (moment: number) => string {
  return exact ? formatExact : (moment) => formatRelative(moment, now);
}

/** A field: its name, and its value or `null`; `prose` is what people wrote. */
export type Field = readonly [name: string, value: string | null, kind?: "prose"];

const FIELD_NAME_WIDTH = 17;

/**
 * One line a field, those without a value left out; values are made printable. Prose goes on below
 * its beginning, so that no part of it can stand where the name of a field would.
 */
export function formatFields(
  fields: readonly Field[],
  { width = Infinity }: Pick<ViewOptions, "width"> = {},
): string {
  return fields.flatMap(([name, value, kind]) => {
    if (value === null) return [];
    const room = kind === "prose" ? width - FIELD_NAME_WIDTH : Infinity;
    const lines = wrap(value, Math.max(room, LEAST_ROOM));
    return lines.map((line, index) =>
      `${(index === 0 ? name : "").padEnd(FIELD_NAME_WIDTH - 1)} ${line}\n`
    );
  }).join("");
}

/** On a terminal that is narrower, nothing is to be saved. */
const LEAST_ROOM = 20;

/** `text` made printable, in lines of at most `width` cells, at its spaces where it has some. */
function wrap(text: string, width: number): readonly string[] {
  if (width === Infinity) return [printable(text)];
  const lines: string[] = [];
  let line = "";
  let space = 0;
  for (const { shown } of printablePieces(text)) {
    // What is left after a space may be too long together with what comes now.
    while (line !== "" && textWidth(line) + textWidth(shown) > width) {
      // A single word is broken anywhere.
      const end = shown === " " ? line.length : space || line.length;
      lines.push(line.slice(0, end).trimEnd());
      line = line.slice(end).trimStart();
      space = 0;
    }
    // The space at which a line is broken ends it.
    if (shown === " " && line === "" && lines.length > 0) continue;
    line += shown;
    if (shown === " ") space = line.length;
  }
  return [...lines, line];
}

interface ShownColumn {
  readonly shape: ColumnShape;
  readonly index: number;
  readonly width: number;
}

/** Which columns are shown how wide: texts are cut first, then whole columns go. */
function fit(widest: readonly ShownColumn[], width: number): readonly ShownColumn[] {
  let shown = widest;
  const excess = () =>
    shown.reduce((sum, column) => sum + column.width, GAP.length * (shown.length - 1)) - width;
  const rank = ({ shape }: ShownColumn) => shape.dispensable ?? 0;
  for (;;) {
    const tooMuch = excess();
    if (tooMuch <= 0) return shown;
    const slack = ({ shape, width }: ShownColumn) => width - (shape.leastWidth ?? width);
    const most = shown.reduce((sum, column) => sum + Math.max(0, slack(column)), 0);
    if (most >= tooMuch) return shrink(shown, tooMuch);
    const last = Math.max(...shown.map(rank));
    if (last === 0) return shrink(shown, most);
    shown = shown.filter((column) => rank(column) !== last);
  }
}

/** Takes `excess` away from the columns that may be cut, the widest first. */
function shrink(columns: readonly ShownColumn[], excess: number): readonly ShownColumn[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left--) {
    let widest = -1;
    for (const [place, { shape }] of columns.entries()) {
      if (widths[place]! <= (shape.leastWidth ?? Infinity)) continue;
      if (widest === -1 || widths[place]! > widths[widest]!) widest = place;
    }
    if (widest === -1) break;
    widths[widest]!--;
  }
  return columns.map((column, place) => ({ ...column, width: widths[place]! }));
}

/** `text` in at most `width` cells. */
function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let length = Math.min(text.length, width);
  while (length > 1 && textWidth(abbreviate(text, length)) > width) length--;
  return abbreviate(text, length);
}
