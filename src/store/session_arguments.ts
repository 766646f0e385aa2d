/**
 * What callers hand to a store, checked before any store sees it, so that the same mistake is
 * the same error everywhere.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isRecordName } from "../state/record_value.ts";
import { isSessionText } from "../state/session.ts";
import type { SessionRevocation, SessionTouch } from "./store.ts";

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
