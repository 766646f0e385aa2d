/**
 * Waits until listings know a record that was just written: an index of DynamoDB lags a moment
 * behind its table, and whoever uses the record in the next command must not be told that there is
 * none. Never a reason to fail.
 *
 * @module
 */
import { type Clock, pause } from "../clock.ts";
import type { RecordListOptions } from "../store/override_store.ts";

/** The part of a store that is needed. */
interface Lists {
  listByUser(
    user: string,
    options: RecordListOptions,
  ): AsyncIterable<{ readonly id: string }>;
}

/** Which record is waited for. */
export interface VisibilityOptions {
  readonly id: string;
  /** Policy username under which it is listed. */
  readonly user: string;
  /** In milliseconds since the epoch. */
  readonly createdAt: number;
  readonly clock: Pick<Clock, "after">;
}

/** Before each look after the first; an index that lags for longer is in trouble. */
const PAUSES_MS = [100, 200, 400, 800];

/** Resolves as soon as `store` lists the record, or after a second and a half. Never rejects. */
export async function waitUntilListed(
  store: Lists,
  { id, user, createdAt, clock }: VisibilityOptions,
): Promise<void> {
  for (const ms of [...PAUSES_MS, null]) {
    try {
      for await (const listed of store.listByUser(user, { since: createdAt })) {
        if (listed.id === id) return;
      }
    } catch {
      // Whoever uses the record will be told.
      return;
    }
    if (ms !== null) await pause(ms, { clock });
  }
}
