/**
 * Which sessions are asked for, and which index of the table answers best. What the index cannot
 * say is filtered afterwards. Pure: the time is a parameter.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { effectiveStatus, type SessionRecord, type SessionStatus } from "./session.ts";

/** Which sessions are meant; all conditions hold together, and `null` means any. */
export interface SessionQuery {
  /** Policy username. */
  readonly user: string | null;
  readonly profile: string | null;
  /** What the status means now: an `active` record past its expiry is expired. */
  readonly status: SessionStatus | null;
  /** Created at or after this moment, in milliseconds since the epoch. */
  readonly since: number | null;
}

/** Where the sessions of a query are looked up. */
export type SessionSource =
  | { readonly kind: "user"; readonly user: string }
  | { readonly kind: "profile"; readonly profile: string }
  /** The lists of these stored statuses, merged. */
  | { readonly kind: "statuses"; readonly statuses: readonly SessionStatus[] };

/**
 * The source that reads the fewest records: a user has fewer sessions than a profile, and a
 * profile fewer than a status.
 */
export function sourceOf({ user, profile, status }: SessionQuery): SessionSource {
  if (user !== null) return { kind: "user", user };
  if (profile !== null) return { kind: "profile", profile };
  return { kind: "statuses", statuses: storedStatuses(status) };
}

/** The stored statuses under which a session of this status may stand. */
function storedStatuses(status: SessionStatus | null): readonly SessionStatus[] {
  switch (status) {
    case null:
      return ["active", "revoked", "expired"];
    case "active":
    case "revoked":
      return [status];
    case "expired":
      return ["active", "expired"];
    default:
      return assertNever(status);
  }
}

/** Whether `record` is meant, at `now` (milliseconds since the epoch). */
export function matches(query: SessionQuery, record: SessionRecord, now: number): boolean {
  const { user, profile, status, since } = query;
  return (user === null || record.user === user) &&
    (profile === null || record.profile === profile) &&
    (since === null || record.createdAt >= since) &&
    (status === null || effectiveStatus(record, now) === status);
}
