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
import { mergeLists } from "./merged_listing.ts";
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
      return mergeLists(source.statuses.map((status) => store.listByStatus(status, options)));
    default:
      return assertNever(source);
  }
}
