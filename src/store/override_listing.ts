/**
 * Listings of approval requests and break-glass events by any combination of conditions, newest
 * first. Statuses are judged as they are now; what an index cannot say is filtered afterwards.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import {
  type ApprovalRequest,
  type EffectiveRequestStatus,
  effectiveRequestStatus,
  REQUEST_STATUSES,
  type RequestStatus,
} from "../state/approval_request.ts";
import {
  type BreakGlassEvent,
  type EffectiveEventStatus,
  effectiveEventStatus,
  EVENT_STATUSES,
  type EventStatus,
} from "../state/break_glass_event.ts";
import { mergeLists } from "./merged_listing.ts";
import type { BreakGlassStore, RecordListOptions, RequestStore } from "./override_store.ts";

/** Which records are meant; all conditions hold together, and `null` means any. */
export interface OverrideQuery<Status> {
  /** Policy username of whoever asked, or broke the glass. */
  readonly user: string | null;
  readonly profile: string | null;
  /** What the status means now. */
  readonly status: Status | null;
  /** Created at or after this moment, in milliseconds since the epoch. */
  readonly since: number | null;
}

/** How a listing judges and ends. */
export interface OverrideListOptions {
  /** The moment at which statuses are judged, in milliseconds since the epoch. */
  readonly now: number;
  /** At most this many that match, however many must be read for them. */
  readonly limit: number;
}

/** The requests that `query` means. Rejects as the store does. */
export function listRequests(
  store: RequestStore,
  query: OverrideQuery<EffectiveRequestStatus>,
  options: OverrideListOptions,
): AsyncGenerator<ApprovalRequest> {
  return list(
    {
      lists: store,
      statuses: storedRequestStatuses(query.status),
      userOf: ({ requester }) => requester.user,
      statusOf: (request) => effectiveRequestStatus(request, options.now),
    },
    query,
    options,
  );
}

/** The events that `query` means. Rejects as the store does. */
export function listEvents(
  store: BreakGlassStore,
  query: OverrideQuery<EffectiveEventStatus>,
  options: OverrideListOptions,
): AsyncGenerator<BreakGlassEvent> {
  return list(
    {
      lists: store,
      statuses: storedEventStatuses(query.status),
      userOf: ({ invoker }) => invoker.user,
      statusOf: (event) => effectiveEventStatus(event, options.now),
    },
    query,
    options,
  );
}

/** The stored statuses under which a request of this status may stand. */
function storedRequestStatuses(status: EffectiveRequestStatus | null): readonly RequestStatus[] {
  switch (status) {
    case null:
      return REQUEST_STATUSES;
    case "pending":
    case "approved":
    case "denied":
    case "cancelled":
    case "ended":
      return [status];
    case "lapsed":
      return ["pending"];
    case "over":
      return ["approved"];
    default:
      return assertNever(status);
  }
}

function storedEventStatuses(status: EffectiveEventStatus | null): readonly EventStatus[] {
  switch (status) {
    case null:
      return EVENT_STATUSES;
    case "active":
    case "closed":
      return [status];
    case "over":
      return ["active"];
    default:
      return assertNever(status);
  }
}

/** What a store can list. */
interface Lists<T, Stored> {
  listByUser(user: string, options: RecordListOptions): AsyncIterable<T>;
  listByProfile(profile: string, options: RecordListOptions): AsyncIterable<T>;
  listByStatus(status: Stored, options: RecordListOptions): AsyncIterable<T>;
}

interface Source<T, Stored, Status> {
  readonly lists: Lists<T, Stored>;
  readonly statuses: readonly Stored[];
  readonly userOf: (record: T) => string;
  readonly statusOf: (record: T) => Status;
}

async function* list<
  T extends { readonly id: string; readonly createdAt: number; readonly profile: string },
  Stored,
  Status,
>(
  { lists, statuses, userOf, statusOf }: Source<T, Stored, Status>,
  { user, profile, status, since }: OverrideQuery<Status>,
  { limit }: OverrideListOptions,
): AsyncGenerator<T> {
  const options = since === null ? {} : { since };
  // A user has fewer records than a profile, and a profile fewer than a status.
  const found = user !== null
    ? lists.listByUser(user, options)
    : profile !== null
    ? lists.listByProfile(profile, options)
    : mergeLists(statuses.map((stored) => lists.listByStatus(stored, options)));
  let left = limit;
  if (left <= 0) return;
  for await (const record of found) {
    const isMeant = (user === null || userOf(record) === user) &&
      (profile === null || record.profile === profile) &&
      (since === null || record.createdAt >= since) &&
      (status === null || statusOf(record) === status);
    if (!isMeant) continue;
    yield record;
    if (--left <= 0) return;
  }
}
