/**
 * What changed between two texts, line by line, short enough to be read before a decision.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** A line of the older text alone, of the newer alone, or of both. */
export interface DiffLine {
  readonly kind: "removed" | "added" | "kept";
  readonly text: string;
}

/** Larger comparisons (lines times lines) are not made: everything counts as changed. */
const MAX_CELLS = 4_000_000;
/** Unchanged lines that are shown around a change. */
const CONTEXT = 2;

/** The lines of both texts, in order; as few as possible count as changed. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (
    end < old.length - start && end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  ) end++;
  return [
    ...old.slice(0, start).map((text): DiffLine => ({ kind: "kept", text })),
    ...diffMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map((text): DiffLine => ({ kind: "kept", text })),
  ];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n?|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** By the longest common subsequence of lines. */
function diffMiddle(old: readonly string[], now: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ kind: "removed", text });
  const added = (text: string): DiffLine => ({ kind: "added", text });
  if (old.length * now.length > MAX_CELLS) return [...old.map(removed), ...now.map(added)];
  const width = now.length + 1;
  // How many lines the rests from each pair of places have in common.
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      common[i * width + j] = old[i] === now[j]
        ? common[(i + 1) * width + j + 1]! + 1
        : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ kind: "kept", text: old[i]! });
      i++;
      j++;
    } else if (
      j === now.length ||
      i < old.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!
    ) lines.push(removed(old[i++]!));
    else lines.push(added(now[j++]!));
  }
  return lines;
}

const MARKS = { removed: "-", added: "+", kept: " " } as const;

/**
 * The changes with a little around them, for a terminal: `-` was, `+` will be. At most `maxLines`
 * lines, and then how many more there are.
 */
export function formatDiff(
  lines: readonly DiffLine[],
  { maxLines }: { readonly maxLines: number },
): string {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1)
      .some(({ kind }) => kind !== "kept")
  );
  const shown: string[] = [];
  for (const [index, { kind, text }] of lines.entries()) {
    if (!isNear[index]) continue;
    if (shown.length > 0 && !isNear[index - 1]) shown.push("  …");
    shown.push(`${MARKS[kind]} ${printable(text)}`);
  }
  const more = shown.length - maxLines;
  const cut = more > 0 ? [...shown.slice(0, maxLines), `  … and ${more} more lines`] : shown;
  return cut.map((line) => `${line}\n`).join("");
}
