/**
 * What a session's record says of the session, and what of that counts where the policy does not
 * require one. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { SessionState } from "../gate/ports.ts";
import { effectiveStatus, type SessionRecord } from "../state/session.ts";

/** The session may have credentials. */
export const ACTIVE: SessionState = { kind: "active" };
/** Nothing is known, and nothing needs to be. */
export const UNKNOWN: SessionState = { kind: "unknown" };
/** The session has ended, and that stands in its record. */
export const EXPIRED: SessionState = { kind: "expired" };
/** Somebody revoked the session. */
export const REVOKED: SessionState = { kind: "revoked", detail: "it was revoked" };
/** The record does not say what state the session is in. */
export const UNINTELLIGIBLE: SessionState = {
  kind: "revoked",
  detail: "its record cannot be understood",
};
/** The record is gone. */
export const MISSING: SessionState = { kind: "revoked", detail: "its record is gone" };
/** The server showed no sign of life for too long: this machine slept, or the store was away. */
export const LAPSED: SessionState = { kind: "expired" };

/** What `record` says at `now` (milliseconds since the epoch). */
export function stateOfRecord(record: SessionRecord | null, now: number): SessionState {
  if (record === null) return MISSING;
  switch (record.status) {
    case "active":
      return effectiveStatus(record, now) === "active" ? ACTIVE : LAPSED;
    case "revoked":
      return REVOKED;
    case "expired":
      return EXPIRED;
    default:
      return assertNever(record.status);
  }
}

/** Whether `state` can never change again, whatever the store says later. */
export function isFinal(state: SessionState): boolean {
  return state === REVOKED || state === EXPIRED || state === UNINTELLIGIBLE;
}

/**
 * `state` where the session is not required: what somebody decided counts, what a store forgot or
 * could not be told does not.
 */
export function tolerate(state: SessionState): SessionState {
  return state === MISSING || state === LAPSED ? UNKNOWN : state;
}
