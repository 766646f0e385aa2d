/**
 * Several listings as one, newest first. A record is given once, even when its status changes while
 * the listing is under way.
 *
 * @module
 */

/** What every stored record has. */
interface Dated {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One list of several, each of which is newest first; of two of the same id only one. */
export async function* mergeLists<T extends Dated>(
  lists: readonly AsyncIterable<T>[],
): AsyncGenerator<T> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    let moment = NaN;
    // A record that moved from one list to another stands in both at the moment of its creation.
    const seen = new Set<string>();
    for (;;) {
      const index = newest(heads);
      const head = heads[index];
      if (head === undefined || head.done) return;
      if (head.value.createdAt !== moment) seen.clear();
      moment = head.value.createdAt;
      if (!seen.has(head.value.id)) yield head.value;
      seen.add(head.value.id);
      heads[index] = await iterators[index]!.next();
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.()));
  }
}

/** Index of the list whose head is the newest, or -1 when all are at their end. */
function newest(heads: readonly IteratorResult<Dated>[]): number {
  let found = -1;
  let createdAt = -Infinity;
  for (const [index, head] of heads.entries()) {
    if (head.done || head.value.createdAt <= createdAt) continue;
    found = index;
    createdAt = head.value.createdAt;
  }
  return found;
}
