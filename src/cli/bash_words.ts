/**
 * A bash command line up to the cursor: divided into words as bash divides it, and suggestions
 * written so that bash takes them for nothing but text, whatever quotes are open.
 *
 * @module
 */

/** The quote that is open at the end of a line. */
export type OpenQuote = "'" | '"' | null;

/** One word. */
interface Word {
  /** What bash makes of it. */
  text: string;
  /** Where its last part begins that readline replaces, in {@linkcode text}. */
  replacedFrom: number;
}

/** A line that is not finished. */
export interface BashLine {
  /** The words before the last, without the command itself. */
  readonly before: readonly string[];
  /** The last word, which may be empty. */
  readonly current: string;
  readonly quote: OpenQuote;
  /** Length of the part of `current` that readline keeps: it replaces what follows a break. */
  readonly kept: number;
}

/** Divides `line`; `breaks` are the characters of `COMP_WORDBREAKS`. */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: Word[] = [];
  let word: Word | null = null;
  let quote: OpenQuote = null;
  for (let index = 0; index < line.length; index++) {
    const character = line[index]!;
    const next = line[index + 1];
    if (quote === null && /\s/.test(character)) {
      word = null;
      continue;
    }
    if (word === null) words.push(word = { text: "", replacedFrom: 0 });
    if (quote === "'") {
      if (character === "'") quote = null;
      else word.text += character;
    } else if (character === "\\" && (quote === null || /["\\$`]/.test(next ?? ""))) {
      word.text += next ?? "";
      index++;
    } else if (character === quote) {
      quote = null;
    } else if (quote === null && (character === "'" || character === '"')) {
      quote = character;
      word.replacedFrom = word.text.length;
    } else {
      word.text += character;
      if (quote === null && breaks.includes(character)) word.replacedFrom = word.text.length;
    }
  }
  const isBetween = word === null;
  const last = isBetween ? { text: "", replacedFrom: 0 } : words.pop()!;
  // Assignments stand before the command.
  const command = words.findIndex(({ text }) => !/^\w+=/.test(text));
  return {
    before: words.slice(command + 1).map(({ text }) => text),
    current: last.text,
    quote,
    kept: last.replacedFrom,
  };
}

/** `value` as it is typed inside `quote`; `null` when that cannot be done. */
export function writeBashWord(value: string, quote: OpenQuote): string | null {
  switch (quote) {
    case "'":
      return value.replaceAll("'", "'\\''");
    case '"':
      // Nothing keeps an interactive bash from expanding a history mark there.
      return value.includes("!") ? null : value.replace(/["\\$`]/g, "\\$&");
    case null:
      return value.replace(/[^\p{L}\p{M}\p{N}_.,:=@%+/-]/gu, "\\$&");
  }
}
