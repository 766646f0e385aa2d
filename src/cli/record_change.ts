/**
 * Changes a stored record that others may change at the same moment: what one decides on is what
 * was shown, and whoever comes second is told what happened instead. Never a change of a record
 * that somebody has rewritten since it was shown.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Transition } from "../state/request_transition.ts";
import type { ReplaceResult } from "../store/override_store.ts";

/** How a record is changed. */
export interface ChangeOptions<T> {
  /** `approve request 0123456789abcdef`. */
  readonly action: string;
  /** The command that shows the record. */
  readonly seeAlso: string;
  /** The record as it is to be, or why not. */
  readonly change: (record: T) => Transition<T>;
  readonly replace: (from: T, to: T) => Promise<ReplaceResult<T>>;
  /** What people were shown: it must not change under their hands. */
  readonly shown: (record: T) => unknown;
}

/** As many others may come in between; more than approvers of any request. */
const ATTEMPTS = 16;

/** The record after the change. Rejects with `OVERRIDE_REFUSED`, or as the store does. */
export async function changeRecord<T>(first: T, options: ChangeOptions<T>): Promise<T> {
  const { action, seeAlso, change, replace, shown } = options;
  const refuse = (reason: string) =>
    new SentinelError("OVERRIDE_REFUSED", `Cannot ${action}: ${reason}`, {
      suggestion: `See what is known of it: ${seeAlso}`,
    });
  const before = JSON.stringify(shown(first));
  let record = first;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const transition = change(record);
    if (transition.kind === "refused") {
      throw refuse(attempt === 0 ? transition.reason : `somebody was faster: ${transition.reason}`);
    }
    const result = await replace(record, transition.record);
    switch (result.outcome) {
      case "applied":
        return result.record;
      case "missing":
        throw refuse("it is gone from the table");
      case "conflict":
        if (JSON.stringify(shown(result.record)) !== before) {
          throw refuse("somebody has rewritten it in the meantime");
        }
        record = result.record;
        break;
      default:
        result satisfies never;
    }
  }
  throw refuse("others keep changing it");
}
