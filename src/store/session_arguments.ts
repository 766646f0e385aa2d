/**
 * What callers hand to a store, checked alike for all of them, so that the same mistake is the
 * same error everywhere.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isRecordName } from "../state/record_value.ts";
import { isSessionText } from "../state/session.ts";
import type { SessionRevocation, SessionTouch } from "./store.ts";
import type { StoreCall } from "./store_call.ts";

/** Throws `USAGE` unless the revocation says who and why. */
export function checkRevocation({ by, reason }: SessionRevocation): void {
  if (!isRecordName(by)) {
    throw new SentinelError("USAGE", "Cannot revoke a session: nobody is named as its revoker");
  }
  if (!isSessionText(reason)) {
    throw new SentinelError("USAGE", "Cannot revoke a session: the reason is not 1–500 characters");
  }
}

/** Throws `USAGE` unless the touch counts a number of answers. */
export function checkTouch({ requests }: SessionTouch): void {
  if (!Number.isSafeInteger(requests) || requests < 0) {
    throw new SentinelError("USAGE", "Cannot touch a session: requests is not a count");
  }
}

/** What a creation is answered whose id is there already, and is another server's. */
export function idTaken({ action }: StoreCall): SentinelError {
  return new SentinelError(
    "SESSION_STORE_UNAVAILABLE",
    `Cannot ${action}: the id belongs to another server`,
    { suggestion: "Start again: the next session gets another id." },
  );
}
