/**
 * What records of approval requests and break-glass events may hold, for whoever files them, writes
 * them or reads them. A record that passes is well formed and no more: whether it lifts a refusal is
 * the gate's to judge.
 *
 * @module
 */
import { formatDuration } from "../text/duration.ts";
import type { Actor } from "./actor.ts";
import {
  type ApprovalRequest,
  type ApprovalScope,
  type ApproverDecision,
  REQUEST_STATUSES,
  type RequestStatus,
} from "./approval_request.ts";
import { type BreakGlassEvent, EVENT_STATUSES, type EventStatus } from "./break_glass_event.ts";
import { isRecordId, isRecordMoment, isRecordName, isRecordText } from "./record_value.ts";

/** Shortest window of either kind, in seconds: the shortest life of credentials. */
export const MIN_OVERRIDE_SECONDS = 900;
/** Longest window of an approval, in seconds. */
export const MAX_REQUEST_SECONDS = 8 * 3600;
/** Longest window of a break-glass event, in seconds. */
export const MAX_BREAK_GLASS_SECONDS = 4 * 3600;
/** Characters of the justification of a request. */
export const REQUEST_JUSTIFICATION = { min: 10, max: 500 } as const;
/** Characters of the justification of a break-glass event. */
export const BREAK_GLASS_JUSTIFICATION = { min: 20, max: 1000 } as const;
/** Characters of a comment on a decision, and of the reason of a closure. */
export const REMARK = { min: 1, max: 500 } as const;
/** Most decisions on one request: more than any policy needs. */
export const MAX_DECISIONS = 32;
/** Days for which a record outlives its window, for audits. */
export const OVERRIDE_RETENTION_DAYS = 30;

/** Longest ARN (STS), in characters. */
const ARN = { max: 2048 };

/** Whether `text` is the status of a request. */
export function isRequestStatus(text: string): text is RequestStatus {
  return (REQUEST_STATUSES as readonly string[]).includes(text);
}

/** Whether `text` is the status of an event. */
export function isEventStatus(text: string): text is EventStatus {
  return (EVENT_STATUSES as readonly string[]).includes(text);
}

/** What is wrong with a request that is about to be written, or was read; or `null`. Printable. */
export function requestProblem(request: ApprovalRequest): string | null {
  const { justification, status, approvedAt, decisions } = request;
  if (!isRecordId(request.id)) return NO_ID;
  const problem = scopeProblem(request, MAX_REQUEST_SECONDS);
  if (problem !== null) return problem;
  if (!isRecordText(justification, REQUEST_JUSTIFICATION)) {
    return "its justification is not a text of 10–500 characters";
  }
  if (!isRequestStatus(status)) return "its status is unknown";
  if (approvedAt !== null && !isRecordMoment(approvedAt)) return "approvedAt is not a moment";
  if (status === "pending" && approvedAt !== null) return "it is pending, yet was approved";
  if (status === "approved" && approvedAt === null) return "it is approved, yet nobody knows when";
  if (decisions.length > MAX_DECISIONS) return `it has more than ${MAX_DECISIONS} decisions`;
  const { createdAt, updatedAt, pendingUntil } = request;
  return momentProblem({ createdAt, updatedAt, pendingUntil }) ??
    firstProblem(decisions.map(decisionProblem));
}

/** What is wrong with an event that is about to be written, or was read; or `null`. Printable. */
export function eventProblem(event: BreakGlassEvent): string | null {
  const { invoker: requester, justification, reasonCode, status, closure } = event;
  if (!isRecordId(event.id)) return NO_ID;
  const problem = scopeProblem({ ...event, requester }, MAX_BREAK_GLASS_SECONDS);
  if (problem !== null) return problem;
  if (!isRecordName(reasonCode)) return "its reason code is not a word";
  if (!isRecordText(justification, BREAK_GLASS_JUSTIFICATION)) {
    return "its justification is not a text of 20–1000 characters";
  }
  if (!isEventStatus(status)) return "its status is unknown";
  if (status === "closed" && closure === null) return "it is closed, yet nobody closed it";
  if (status === "active" && closure !== null) return "it is active, yet somebody closed it";
  const { createdAt, updatedAt } = event;
  return momentProblem({ createdAt, updatedAt }) ??
    (closure === null ? null : remarkProblem(closure, closure.reason));
}

const NO_ID = "its id is not 16 lower-case hex digits";

function scopeProblem(scope: ApprovalScope, maxSeconds: number): string | null {
  const { requester, profile, role, account, durationSeconds } = scope;
  const problem = actorProblem(requester);
  if (problem !== null) return problem;
  if (!isRecordName(profile)) return "its profile is not a name of 1–512 characters";
  if (role !== null && !isRecordText(role, ARN)) return "its role is not an ARN";
  if (!/^\d{12}$/.test(account)) return "its account is not twelve digits";
  if (!Number.isSafeInteger(durationSeconds) || durationSeconds < MIN_OVERRIDE_SECONDS) {
    return "its duration is shorter than 15m";
  }
  if (durationSeconds > maxSeconds) {
    return `its duration is longer than ${formatDuration(maxSeconds)}`;
  }
  return null;
}

function actorProblem({ user, arn }: Actor): string | null {
  if (!isRecordName(user)) return "its user is not a name of 1–512 characters";
  return isRecordText(arn, ARN) ? null : "its user has no ARN";
}

function decisionProblem({ by, at, scope, comment }: ApproverDecision): string | null {
  return remarkProblem({ by, at }, comment) ?? scopeProblem(scope, MAX_REQUEST_SECONDS);
}

function remarkProblem(
  { by, at }: { readonly by: Actor; readonly at: number },
  remark: string | null,
): string | null {
  if (remark !== null && !isRecordText(remark, REMARK)) {
    return "a comment or reason is not a text of 1–500 characters";
  }
  return actorProblem(by) ?? (isRecordMoment(at) ? null : "a decision has no moment");
}

function momentProblem(moments: Readonly<Record<string, number>>): string | null {
  const wrong = Object.keys(moments).find((name) => !isRecordMoment(moments[name]!));
  return wrong === undefined ? null : `${wrong} is not within the years 0000–9999`;
}

function firstProblem(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
