/**
 * Mistakes in a policy document as people see them: where, in the words of the document, and what.
 *
 * @module
 */
import { printable, quote } from "../text/printable.ts";
import type { PolicyProblem } from "./policy.ts";

/** Problems beyond this many are not collected: they would help nobody and cost memory. */
export const MAX_PROBLEMS = 1000;

/** A mistake at an offset of the document's text. */
export interface TextProblem {
  /** As in {@linkcode PolicyProblem}. */
  readonly path: string;
  /** UTF-16 units from the beginning of the text. */
  readonly offset: number;
  /** As in {@linkcode PolicyProblem}. */
  readonly message: string;
}

/** A step into a document: the key of a map or the index of a list. */
export type PathSegment = string | number;

/** The way into a document as text: `rules[0].conditions.users[1]`. */
export function formatPath(segments: readonly PathSegment[]): string {
  let path = "";
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (!/^[A-Za-z_][\w-]*$/.test(segment)) path += `[${quote(segment)}]`;
    else path += path === "" ? segment : `.${segment}`;
  }
  return path;
}

/** `problems` in the order of `text`, with line and column instead of offsets. */
export function locateProblems(text: string, problems: readonly TextProblem[]): PolicyProblem[] {
  const sorted = [...problems].sort((a, b) => a.offset - b.offset);
  const lineBreak = /\r\n?|\n/g;
  let line = 1;
  let lineStart = 0;
  let next = lineBreak.exec(text);
  return sorted.map(({ path, offset, message }) => {
    while (next !== null && lineBreak.lastIndex <= offset) {
      line++;
      lineStart = lineBreak.lastIndex;
      next = lineBreak.exec(text);
    }
    return { path, line, column: offset - lineStart + 1, message };
  });
}

/**
 * Problems for a terminal: `source:line:column: path: message`, one line each.
 *
 * @param problems As in `details.problems` of a `POLICY_INVALID` error.
 * @param source The document's name as the user gave it.
 */
export function formatProblems(problems: readonly PolicyProblem[], source: string): string {
  return problems.map(({ path, line, column, message }) =>
    `${printable(source)}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`
  ).join("\n");
}
