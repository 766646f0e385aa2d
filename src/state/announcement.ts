/**
 * What people are told when something happens to an approval request or to a break-glass event:
 * one announcement, which a webhook and the decision log put into their own forms. It holds what
 * the records hold and no secret. Pure.
 *
 * @module
 */
import type { Actor } from "./actor.ts";
import type { ApprovalRequest } from "./approval_request.ts";
import type { BreakGlassEvent } from "./break_glass_event.ts";

/** What may happen to a request. `endorsed`: approved by one of several who are needed. */
export const REQUEST_ANNOUNCEMENTS = [
  "request.created",
  "request.endorsed",
  "request.approved",
  "request.denied",
  "request.cancelled",
  "request.ended",
] as const;

/** What may happen to a break-glass event. */
export const BREAK_GLASS_ANNOUNCEMENTS = [
  "breakglass.invoked",
  "breakglass.escalated",
  "breakglass.closed",
] as const;

/** Names are public: receivers of the webhook tell by them what happened. */
export type AnnouncementName =
  | typeof REQUEST_ANNOUNCEMENTS[number]
  | typeof BREAK_GLASS_ANNOUNCEMENTS[number];

/** What every announcement says. */
interface AnnouncementBase {
  /** 16 hex digits: the same for every attempt to deliver it. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: Actor;
  /** Where the record is kept. */
  readonly table: string;
  /** Comment of an approver, or reason of a closing; `null` when there is none. */
  readonly comment: string | null;
}

/** How often the glass was broken for a profile. */
export interface Escalation {
  /** Invocations within the window, this one included. */
  readonly count: number;
  /** From this many on people are told. */
  readonly threshold: number;
  readonly windowSeconds: number;
}

/** Something that happened. */
export type Announcement =
  | AnnouncementBase & {
    readonly name: typeof REQUEST_ANNOUNCEMENTS[number];
    readonly request: ApprovalRequest;
  }
  | AnnouncementBase & {
    readonly name: typeof BREAK_GLASS_ANNOUNCEMENTS[number];
    readonly event: BreakGlassEvent;
    /** Only of `breakglass.escalated`; else `null`. */
    readonly escalation: Escalation | null;
  };

/** Version of {@linkcode announcementDocument}. */
const DOCUMENT_VERSION = "1";

function moment(time: number): string;
function moment(time: number | null): string | null;
function moment(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** A request as machines read it; times are RFC 3339. */
export function requestDocument(request: ApprovalRequest) {
  return {
    id: request.id,
    status: request.status,
    user: request.requester.user,
    arn: request.requester.arn,
    profile: request.profile,
    role_arn: request.role,
    account: request.account,
    justification: request.justification,
    duration_seconds: request.durationSeconds,
    created_at: moment(request.createdAt),
    updated_at: moment(request.updatedAt),
    pending_until: moment(request.pendingUntil),
    approved_at: moment(request.approvedAt),
    ends_at: request.approvedAt === null
      ? null
      : moment(request.approvedAt + request.durationSeconds * 1000),
  };
}

/** A break-glass event as machines read it; times are RFC 3339. */
export function eventDocument(event: BreakGlassEvent) {
  return {
    id: event.id,
    status: event.status,
    user: event.invoker.user,
    arn: event.invoker.arn,
    profile: event.profile,
    role_arn: event.role,
    account: event.account,
    reason_code: event.reasonCode,
    justification: event.justification,
    duration_seconds: event.durationSeconds,
    created_at: moment(event.createdAt),
    updated_at: moment(event.updatedAt),
    ends_at: moment(event.createdAt + event.durationSeconds * 1000),
    closed_by: event.closure?.by.user ?? null,
    closed_arn: event.closure?.by.arn ?? null,
    closed_at: moment(event.closure?.at ?? null),
    closed_reason: event.closure?.reason ?? null,
  };
}

/** The announcement as receivers of the webhook read it. */
export function announcementDocument(announcement: Announcement) {
  const { id, name, at, by, table, comment } = announcement;
  return {
    version: DOCUMENT_VERSION,
    id,
    event: name,
    occurred_at: moment(at),
    actor: { user: by.user, arn: by.arn },
    table,
    comment,
    ...("request" in announcement ? { request: requestDocument(announcement.request) } : {
      breakglass: eventDocument(announcement.event),
      ...(announcement.escalation !== null && {
        escalation: {
          count: announcement.escalation.count,
          threshold: announcement.escalation.threshold,
          window_seconds: announcement.escalation.windowSeconds,
        },
      }),
    }),
  };
}

/** A line of the decision log that tells what happened; no decision on credentials. */
export interface EventRecord {
  readonly timestamp: string;
  readonly event: AnnouncementName;
  readonly event_id: string;
  /** Policy username and ARN of whoever did it. */
  readonly user: string;
  readonly arn: string;
  readonly approval_request_id?: string;
  readonly break_glass_event_id?: string;
  readonly table: string;
  /** Whose access it is about. */
  readonly requester: string;
  readonly requester_arn: string;
  readonly profile: string;
  readonly role_arn?: string;
  readonly account: string;
  readonly status: string;
  readonly duration_seconds: number;
  readonly reason_code?: string;
  readonly justification: string;
  readonly comment?: string;
  /** Invocations for the profile, where they reached the threshold. */
  readonly escalation_count?: number;
  readonly host: string;
  readonly pid: number;
}

/** The announcement as a line of the decision log has it. */
export function eventRecord(
  announcement: Announcement,
  process: { readonly host: string; readonly pid: number },
): EventRecord {
  const { id, name, at, by, table, comment } = announcement;
  const isRequest = "request" in announcement;
  const subject = isRequest ? announcement.request : announcement.event;
  const owner = isRequest ? announcement.request.requester : announcement.event.invoker;
  const escalation = isRequest ? null : announcement.escalation;
  return {
    timestamp: moment(at),
    event: name,
    event_id: id,
    user: by.user,
    arn: by.arn,
    ...(isRequest ? { approval_request_id: subject.id } : { break_glass_event_id: subject.id }),
    table,
    requester: owner.user,
    requester_arn: owner.arn,
    profile: subject.profile,
    ...(subject.role !== null && { role_arn: subject.role }),
    account: subject.account,
    status: subject.status,
    duration_seconds: subject.durationSeconds,
    ...(!isRequest && { reason_code: announcement.event.reasonCode }),
    justification: subject.justification,
    ...(comment !== null && { comment }),
    ...(escalation !== null && { escalation_count: escalation.count }),
    host: process.host,
    pid: process.pid,
  };
}
