/**
 * Listings by any combination of conditions, newest first, over what every store can list. A
 * session is given once, even when its status changes while the listing is under way.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { SessionRecord } from "../state/session.ts";
import {
  matches,
  type SessionQuery,
  type SessionSource,
  sourceOf,
} from "../state/session_query.ts";
import type { SessionStore } from "./store.ts";

/** How {@linkcode listSessions} judges and ends. */
export interface ListSessionsOptions {
  /** The moment at which statuses are judged, in milliseconds since the epoch. */
  readonly now: number;
  /** At most this many that match, however many must be read for them; default: all. */
  readonly limit?: number;
}

/** The sessions that `query` means, newest first. Rejects as the store does. */
export async function* listSessions(
  store: SessionStore,
  query: SessionQuery,
  { now, limit = Infinity }: ListSessionsOptions,
): AsyncGenerator<SessionRecord> {
  let left = limit;
  if (left <= 0) return;
  for await (const record of recordsOf(store, sourceOf(query), query.since)) {
    if (!matches(query, record, now)) continue;
    yield record;
    if (--left <= 0) return;
  }
}

/** All that a source holds, newest first; `since` as in a {@linkcode SessionQuery}. */
export function recordsOf(
  store: SessionStore,
  source: SessionSource,
  since: number | null,
): AsyncIterable<SessionRecord> {
  const options = since === null ? {} : { since };
  switch (source.kind) {
    case "user":
      return store.listByUser(source.user, options);
    case "profile":
      return store.listByProfile(source.profile, options);
    case "statuses":
      return merge(source.statuses.map((status) => store.listByStatus(status, options)));
    default:
      return assertNever(source);
  }
}

/** One list of several, each of which is newest first; of two of the same id only one. */
async function* merge(
  lists: readonly AsyncIterable<SessionRecord>[],
): AsyncGenerator<SessionRecord> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    let moment = NaN;
    // A session that moved from one list to another stands in both at the moment of its creation.
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
function newest(heads: readonly IteratorResult<SessionRecord>[]): number {
  let found = -1;
  let createdAt = -Infinity;
  for (const [index, head] of heads.entries()) {
    if (head.done || head.value.createdAt <= createdAt) continue;
    found = index;
    createdAt = head.value.createdAt;
  }
  return found;
}
