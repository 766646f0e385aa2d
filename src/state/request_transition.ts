/**
 * The only changes that an approval request may undergo: pending → approved, denied or cancelled;
 * approved → ended. Each gives the record as it is to be written, or says why not; a store makes it
 * true by a conditional update. Authority by the policy is a parameter, and judged again when an
 * approval is used.
 *
 * @module
 */
import { formatDuration } from "../text/duration.ts";
import { type Actor, isSameActor, mayBeSamePerson } from "./actor.ts";
import {
  type ApprovalRequest,
  type ApprovalScope,
  type ApproverDecision,
  effectiveRequestStatus,
  MAX_DECISIONS,
  requestProblem,
  scopeOf,
} from "./approval_request.ts";
import { isSameTarget } from "./window.ts";
import { CLOCK_DIFFERENCE_MS } from "./window_bounds.ts";

/** Why a change is not possible. */
export type TransitionRefusal =
  /** It was approved, denied, cancelled or ended before. */
  | "decided"
  /** It waited for too long, or its window is over. */
  | "over"
  /** Whoever asks may be the requester. */
  | "own_request"
  /** Whoever asks may be somebody who approved it before. */
  | "approved_before"
  /** Only the requester may do it. */
  | "not_requester"
  /** The record or the decision cannot be written. */
  | "invalid";

/** A record as it is to be written, or why there is none; `reason` is printable. */
export type Transition<T> =
  | { readonly kind: "changed"; readonly record: T }
  | { readonly kind: "refused"; readonly code: TransitionRefusal; readonly reason: string };

/** Who decides, and when. */
export interface DecisionOptions {
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 1–500 characters, or `null`. */
  readonly comment: string | null;
}

/** What the policy demands of an approval. */
export interface ApprovalDemand {
  /** Distinct approvers. */
  readonly required: number;
  /** Whether somebody is one, by the policy in force. */
  readonly isApprover: (actor: Actor) => boolean;
}

/** How far a request is approved. */
export interface ApprovalProgress {
  /** Approvers who count, in the order in which they approved. */
  readonly approvers: readonly Actor[];
  /** When the last of those that are required approved; `null` while some are missing. */
  readonly completedAt: number | null;
}

/**
 * Which approvals of a request count: those of exactly this request, by approvers who may be
 * neither the requester nor one another. The one place that knows; the commands and the gate ask.
 */
export function approvalProgress(
  request: ApprovalRequest,
  { required, isApprover }: ApprovalDemand,
): ApprovalProgress {
  const approvers: Actor[] = [];
  for (const { kind, by, at, scope } of request.decisions) {
    if (kind !== "approve" || !isSameScope(scope, request) || !isApprover(by)) continue;
    if ([request.requester, ...approvers].some((other) => mayBeSamePerson(by, other))) continue;
    approvers.push(by);
    if (approvers.length === required) return { approvers, completedAt: at };
  }
  return { approvers, completedAt: null };
}

/** Whether a decision on `one` is a decision on `other`. */
export function isSameScope(one: ApprovalScope, other: ApprovalScope): boolean {
  return isSameActor(one.requester, other.requester) && isSameTarget(one, other) &&
    one.durationSeconds === other.durationSeconds && one.justification === other.justification;
}

/** Adds an approval; the request is approved when it is the last that was missing. */
export function approveRequest(
  request: ApprovalRequest,
  options: DecisionOptions & ApprovalDemand,
): Transition<ApprovalRequest> {
  const refusal = refuseDecision(request, options);
  if (refusal !== null) return refusal;
  const { approvers } = approvalProgress(request, { ...options, required: Infinity });
  if (approvers.some((other) => mayBeSamePerson(options.by, other))) {
    return refuse("approved_before", "you, or somebody who may be you, approved it before");
  }
  const decided = decide(request, "approve", options);
  const { completedAt } = approvalProgress(decided, options);
  return checked(
    completedAt === null ? decided : { ...decided, status: "approved", approvedAt: completedAt },
  );
}

/** Denies a request that waits. */
export function denyRequest(
  request: ApprovalRequest,
  options: DecisionOptions,
): Transition<ApprovalRequest> {
  return refuseDecision(request, options) ??
    checked({ ...decide(request, "deny", options), status: "denied" });
}

/** Withdraws a request that waits: only the requester can. Decisions stay as they are. */
export function cancelRequest(
  request: ApprovalRequest,
  { by, now }: Omit<DecisionOptions, "comment">,
): Transition<ApprovalRequest> {
  if (!isSameActor(by, request.requester)) {
    return refuse("not_requester", "only who filed it can cancel it");
  }
  return refuseUndecidable(request, now) ??
    checked({ ...request, status: "cancelled", updatedAt: now });
}

/**
 * Ends approved access before its window does. The requester changes the status alone, as IAM lets
 * them; anybody else leaves a decision, which no later change of the status undoes.
 */
export function endRequest(
  request: ApprovalRequest,
  options: DecisionOptions,
): Transition<ApprovalRequest> {
  const status = effectiveRequestStatus(request, options.now);
  if (status === "over") return refuse("over", "its window has ended already");
  if (status !== "approved") {
    return refuse("decided", `it is ${status}, so there is nothing to end`);
  }
  const isOwn = isSameActor(options.by, request.requester);
  const ended = isOwn ? { ...request, updatedAt: options.now } : decide(request, "end", options);
  return checked({ ...ended, status: "ended" });
}

/** Why approvers cannot decide on a request, or `null`. */
function refuseDecision(request: ApprovalRequest, { by, now }: DecisionOptions) {
  if (mayBeSamePerson(by, request.requester)) {
    return refuse("own_request", "you, or somebody who may be you, filed it");
  }
  return refuseUndecidable(request, now);
}

function refuseUndecidable(request: ApprovalRequest, now: number) {
  const status = effectiveRequestStatus(request, now);
  if (status === "lapsed") {
    const waited = formatDuration((request.pendingUntil - request.createdAt) / 1000);
    return refuse("over", `it has lapsed: nobody decided within ${waited}`);
  }
  if (request.createdAt - now > CLOCK_DIFFERENCE_MS) {
    return refuse("invalid", "it was filed in the future: compare the clocks of both machines");
  }
  return status === "pending" ? null : refuse("decided", `it is ${status} already`);
}

function decide(
  request: ApprovalRequest,
  kind: ApproverDecision["kind"],
  { by, now, comment }: DecisionOptions,
): ApprovalRequest {
  // Clocks differ: a decision comes after what it is about.
  const at = Math.max(now, request.createdAt, request.decisions.at(-1)?.at ?? 0);
  const decision: ApproverDecision = {
    kind,
    by: { user: by.user, arn: by.arn },
    at,
    scope: scopeOf(request),
    comment,
  };
  return { ...request, updatedAt: at, decisions: [...request.decisions, decision] };
}

/** Nothing leaves that no store would take. */
function checked(record: ApprovalRequest): Transition<ApprovalRequest> {
  if (record.decisions.length > MAX_DECISIONS) {
    return refuse("invalid", `it has ${MAX_DECISIONS} decisions already`);
  }
  const problem = requestProblem(record);
  return problem === null ? { kind: "changed", record } : refuse("invalid", problem);
}

function refuse(code: TransitionRefusal, reason: string) {
  return { kind: "refused", code, reason } as const;
}
