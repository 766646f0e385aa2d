/**
 * Shows the line of a document in which something is wrong, with a caret under the place. Whatever
 * the document holds, what is shown is printable, short, and stands where it says it does.
 *
 * @module
 */
import { printablePieces } from "../text/printable.ts";
import { textWidth } from "../text/text_width.ts";
import type { PolicyProblem } from "./policy.ts";
import { formatProblems } from "./problems.ts";

/** A place in a text: line and column, the column in UTF-16 units, both from 1. */
export type TextPlace = Pick<PolicyProblem, "line" | "column">;

/** Fewest cells of the document that are shown, however narrow the terminal. */
const LEAST_WIDTH = 20;
/** UTF-16 units a cell that are looked at on either side: a line may have ten million. */
const REACH = 4;

/** Gives excerpts of one text. Cheap for places in the order of the text. */
export class Excerpts {
  readonly #text: string;
  readonly #width: number;
  /** The line that `#content` is; 0 before the first. */
  #line = 0;
  /** Where the line after it begins. */
  #end = 0;
  #content = "";

  /** Excerpts of `text` that are at most `width` cells wide. */
  constructor(text: string, { width }: { readonly width: number }) {
    // As the parser counts: a byte order mark is in no column.
    this.#text = text.startsWith("\ufeff") ? text.slice(1) : text;
    this.#width = width;
  }

  /** The line at `place` and a caret below it: two lines, indented, without a newline at the end. */
  at({ line, column }: TextPlace): string {
    const gutter = `${line}`.padStart(4);
    const { shown, before } = this.#window(this.#lineAt(line), {
      index: column - 1,
      width: Math.max(LEAST_WIDTH, this.#width - gutter.length - 3),
    });
    return `${`${gutter} | ${shown}`.trimEnd()}\n${" ".repeat(gutter.length)} | ${
      " ".repeat(before)
    }^`;
  }

  /** The line that was asked for last is kept: it may be the only one, and long. */
  #lineAt(line: number): string {
    if (line === this.#line) return this.#content;
    const lineBreak = /\r\n?|\n/g;
    if (line < this.#line) [this.#line, this.#end] = [0, 0];
    lineBreak.lastIndex = this.#end;
    for (; this.#line < line; this.#line++) {
      const start = lineBreak.lastIndex;
      const found = lineBreak.exec(this.#text);
      this.#content = this.#text.slice(start, found?.index ?? this.#text.length);
      this.#end = found === null ? this.#text.length : lineBreak.lastIndex;
      if (found === null) lineBreak.lastIndex = this.#text.length;
    }
    return this.#content;
  }

  /** The part of `line` around `index` that fits, and the cells of it that are before `index`. */
  #window(
    line: string,
    { index, width }: { readonly index: number; readonly width: number },
  ): { readonly shown: string; readonly before: number } {
    const from = boundary(line, Math.max(0, index - REACH * width));
    const to = boundary(line, Math.min(line.length, index + REACH * width));
    const left = cells(line.slice(from, index));
    const right = cells(line.slice(index, to));
    const isWhole = from === 0 && to === line.length;
    if (isWhole && sum(left) + sum(right) <= width) {
      return { shown: join(left) + join(right), before: sum(left) };
    }
    // What was probably written wrong begins at the caret: it gets two thirds of the room.
    const rightPart = fit(right, { width: Math.max(width - sum(left), Math.ceil(width * 2 / 3)) });
    const isRightCut = to < line.length || rightPart.length < right.length;
    const room = width - sum(rightPart) - 1;
    const leftPart = fit(left.toReversed(), { width: room }).reverse();
    const isLeftCut = from > 0 || leftPart.length < left.length;
    const shown = (isLeftCut ? "…" : "") + join(leftPart) + join(rightPart) +
      (isRightCut ? "…" : "");
    return { shown, before: sum(leftPart) + (isLeftCut ? 1 : 0) };
  }
}

/** Something that is drawn, and how many cells it takes. */
interface Cell {
  readonly shown: string;
  readonly width: number;
}

/** A tab is one blank: wide enough to see, and the caret stays where it belongs. */
function cells(text: string): Cell[] {
  if (/^[\t -~]*$/.test(text)) {
    return Array.from(text, (character) => ({
      shown: character === "\t" ? " " : character,
      width: 1,
    }));
  }
  return Array.from(printablePieces(text.replaceAll("\t", " ")), ({ shown }) => ({
    shown,
    width: textWidth(shown),
  }));
}

/** The first of `all` that fit into `width` cells, one of which is kept for an ellipsis. */
function fit(all: readonly Cell[], { width }: { readonly width: number }): Cell[] {
  const kept: Cell[] = [];
  let taken = 1;
  for (const cell of all) {
    taken += cell.width;
    if (taken > width) break;
    kept.push(cell);
  }
  return kept;
}

function sum(all: readonly Cell[]): number {
  return all.reduce((width, cell) => width + cell.width, 0);
}

function join(all: readonly Cell[]): string {
  return all.map(({ shown }) => shown).join("");
}

/** `index`, or the place before it when it would cut a character in two. */
function boundary(text: string, index: number): number {
  const isCut = index > 0 && index < text.length &&
    /[\udc00-\udfff]/.test(text.charAt(index)) && /[\ud800-\udbff]/.test(text.charAt(index - 1));
  return isCut ? index - 1 : index;
}

/** Where problems stand, and how they are shown. */
export interface ProblemExcerptOptions {
  /** The document's name as the user gave it. */
  readonly source: string;
  /** The document; without it only the places are told. */
  readonly text: string | null | undefined;
  /** Cells of the terminal. */
  readonly width: number;
}

/** Problems as `formatProblems` tells them, each with the line of the document below it. */
export function formatProblemsIn(
  problems: readonly PolicyProblem[],
  { source, text, width }: ProblemExcerptOptions,
): string {
  if (text == null) return formatProblems(problems, source);
  const excerpts = new Excerpts(text, { width });
  return problems.map((problem) => `${formatProblems([problem], source)}\n${excerpts.at(problem)}`)
    .join("\n");
}
