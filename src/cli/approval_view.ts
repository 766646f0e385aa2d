/**
 * Approval requests and break-glass events as people and machines read them. What records say is
 * printable here, an id is never cut, and nothing is read or decided.
 *
 * @module
 */
import { eventDocument, requestDocument } from "../state/announcement.ts";
import {
  type ApprovalRequest,
  effectiveRequestStatus,
  requestWindowEnd,
} from "../state/approval_request.ts";
import {
  type BreakGlassEvent,
  effectiveEventStatus,
  eventWindowEnd,
} from "../state/break_glass_event.ts";
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import type { OutputRow } from "./output.ts";
import {
  type Column,
  formatFields,
  formatTable,
  type TableOptions,
  timeFormat,
  type ViewOptions,
} from "./table_layout.ts";

const JUSTIFICATION: Column<{ readonly justification: string }> = {
  title: "JUSTIFICATION",
  cell: ({ justification }) => printable(justification),
  leastWidth: 16,
  dispensable: 2,
};

const REQUEST_TABLE: readonly Column<ApprovalRequest>[] = [
  { title: "ID", cell: (request) => request.id },
  { title: "STATUS", cell: (request, { now }) => effectiveRequestStatus(request, now) },
  { title: "USER", cell: ({ requester }) => printable(requester.user), leastWidth: 8 },
  { title: "PROFILE", cell: ({ profile }) => printable(profile), leastWidth: 8, dispensable: 1 },
  { title: "ASKED", cell: ({ createdAt }, { time }) => time(createdAt), dispensable: 3 },
  {
    title: "FOR",
    cell: ({ durationSeconds }) => formatDuration(durationSeconds),
    dispensable: 4,
  },
  { title: "UNTIL", cell: (request, { time }) => time(requestUntil(request)), dispensable: 5 },
  JUSTIFICATION,
];

/** When what a request waits for, or allows, ends or has ended. */
function requestUntil(request: ApprovalRequest): number {
  const end = requestWindowEnd(request) ?? request.pendingUntil;
  const isOpen = request.status === "pending" || request.status === "approved";
  return isOpen ? end : Math.min(request.updatedAt, end);
}

/** Requests as a table, each line no wider than the terminal. */
export function formatRequestTable(
  requests: readonly ApprovalRequest[],
  options: TableOptions,
): string {
  return formatTable(REQUEST_TABLE, requests, options);
}

/** Everything that is known of one request. */
export function formatRequest(request: ApprovalRequest, options: ViewOptions): string {
  const time = timeFormat(options);
  return formatFields([
    ["Request", request.id],
    ["Status", effectiveRequestStatus(request, options.now)],
    ["User", request.requester.user],
    ["ARN", request.requester.arn],
    ["Profile", request.profile],
    ["Role", request.role],
    ["Account", request.account],
    ["Access for", formatDuration(request.durationSeconds)],
    ["Justification", request.justification, "prose"],
    ["Asked", time(request.createdAt)],
    ["Open until", request.status === "pending" ? time(request.pendingUntil) : null],
    ["Approved", request.approvedAt === null ? null : time(request.approvedAt)],
    ["Access until", request.approvedAt === null ? null : time(requestUntil(request))],
    ["Changed", time(request.updatedAt)],
    ...request.decisions.map(({ kind, by, at, comment }) => {
      const said = comment === null ? "" : `: ${quote(comment)}`;
      return ["Decision", `${kind} by ${by.user} (${by.arn}) ${time(at)}${said}`, "prose"] as const;
    }),
  ], options);
}

/** Columns of {@linkcode requestRow}. */
export const REQUEST_COLUMNS = [
  "id",
  "status",
  "user",
  "arn",
  "profile",
  "role_arn",
  "account",
  "justification",
  "duration_seconds",
  "created_at",
  "updated_at",
  "pending_until",
  "approved_at",
  "ends_at",
  "approved_by",
  "decided_by",
  "comment",
] as const;

/**
 * A request for machines. `status` is what it means now; times are RFC 3339. `approved_by`: all who
 * approved, `decided_by`: whoever decided last.
 */
export function requestRow(request: ApprovalRequest, now: number): OutputRow {
  const last = request.decisions.at(-1);
  const approvers = request.decisions.flatMap(({ kind, by }) => kind === "approve" ? by.user : []);
  return {
    ...requestDocument(request),
    status: effectiveRequestStatus(request, now),
    approved_by: approvers.length === 0 ? null : approvers.join(", "),
    decided_by: last?.by.user ?? null,
    comment: last?.comment ?? null,
  };
}

/** A request for machines, with every decision on it. */
export function requestDetail(request: ApprovalRequest, now: number) {
  return {
    ...requestRow(request, now),
    decisions: request.decisions.map(({ kind, by, at, comment, scope }) => ({
      kind,
      user: by.user,
      arn: by.arn,
      at: new Date(at).toISOString(),
      comment,
      duration_seconds: scope.durationSeconds,
    })),
  };
}

const EVENT_TABLE: readonly Column<BreakGlassEvent>[] = [
  { title: "ID", cell: (event) => event.id },
  { title: "STATUS", cell: (event, { now }) => effectiveEventStatus(event, now) },
  { title: "USER", cell: ({ invoker }) => printable(invoker.user), leastWidth: 8 },
  { title: "PROFILE", cell: ({ profile }) => printable(profile), leastWidth: 8, dispensable: 1 },
  { title: "REASON", cell: ({ reasonCode }) => printable(reasonCode), dispensable: 3 },
  { title: "BEGAN", cell: ({ createdAt }, { time }) => time(createdAt), dispensable: 4 },
  { title: "UNTIL", cell: (event, { time }) => time(eventEnd(event)), dispensable: 5 },
  JUSTIFICATION,
];

/** When an event's access ended, or is to end. */
function eventEnd(event: BreakGlassEvent): number {
  return Math.min(event.closure?.at ?? Infinity, eventWindowEnd(event));
}

/** Events as a table, each line no wider than the terminal. */
export function formatEventTable(
  events: readonly BreakGlassEvent[],
  options: TableOptions,
): string {
  return formatTable(EVENT_TABLE, events, options);
}

/** Everything that is known of one event. */
export function formatEvent(event: BreakGlassEvent, options: ViewOptions): string {
  const time = timeFormat(options);
  const { closure } = event;
  return formatFields([
    ["Break-glass", event.id],
    ["Status", effectiveEventStatus(event, options.now)],
    ["User", event.invoker.user],
    ["ARN", event.invoker.arn],
    ["Profile", event.profile],
    ["Role", event.role],
    ["Account", event.account],
    ["Reason code", event.reasonCode],
    ["Justification", event.justification, "prose"],
    ["Access for", formatDuration(event.durationSeconds)],
    ["Began", time(event.createdAt)],
    ["Access until", time(eventEnd(event))],
    ["Changed", time(event.updatedAt)],
    ["Closed by", closure === null ? null : `${closure.by.user} (${closure.by.arn})`],
    ["Reason", closure?.reason ?? null, "prose"],
  ], options);
}

/** Columns of {@linkcode eventRow}. */
export const EVENT_COLUMNS = [
  "id",
  "status",
  "user",
  "arn",
  "profile",
  "role_arn",
  "account",
  "reason_code",
  "justification",
  "duration_seconds",
  "created_at",
  "updated_at",
  "ends_at",
  "closed_by",
  "closed_arn",
  "closed_at",
  "closed_reason",
] as const;

/** An event for machines. `status` is what it means now; times are RFC 3339. */
export function eventRow(event: BreakGlassEvent, now: number): OutputRow {
  return { ...eventDocument(event), status: effectiveEventStatus(event, now) };
}
