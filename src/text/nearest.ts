/**
 * Finds what a person probably meant to type.
 *
 * @module
 */

/** Optimal string alignment distance: insert, delete, replace, swap neighbours; each costs 1. */
function distance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforePrevious[j - 2]! + 1);
      }
      row.push(best);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/**
 * The member of `candidates` nearest to `word`, or `null` when none is near enough to suggest
 * (about a third of its letters may differ, and one must be right). Case is ignored; the first of
 * equals wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length === 0 || word.length > 64) return null;
  const lower = word.toLowerCase();
  let found: string | null = null;
  let least = lower.length;
  for (const candidate of candidates) {
    const limit = Math.max(1, Math.floor(Math.max(candidate.length, word.length) / 3));
    // The distance is never less than the difference in length: most candidates cost nothing.
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const steps = distance(lower, candidate.toLowerCase());
    if (steps <= limit && steps < least && steps < candidate.length) {
      least = steps;
      found = candidate;
    }
  }
  return found;
}
