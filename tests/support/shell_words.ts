/**
 * A command line as a shell divides it: words, and what stands in double quotes as one.
 *
 * @module
 */

/** The words of `line`. Quotes may stand around whole words only. */
export function shellWords(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([word, quoted]) => quoted ?? word);
}
