/**
 * The approval request: what was asked and what approvers decided. A record says what somebody
 * wrote; whether it lifts a refusal is the gate's to judge, by the policy in force.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { type Actor, actorProblem } from "./actor.ts";
import { COMMENT, JUSTIFICATION, proseProblem } from "./prose.ts";
import { isRecordId, isRecordMoment } from "./record_value.ts";
import { RETENTION_SECONDS, targetProblem } from "./window.ts";
import { MIN_WINDOW_SECONDS } from "./window_bounds.ts";

/**
 * `pending` waits for approvers; `approved` lifts within its window; the others are terminal:
 * `denied` by an approver, `cancelled` before it was approved, `ended` after.
 */
export const REQUEST_STATUSES = ["pending", "approved", "denied", "cancelled", "ended"] as const;
/** As stored; see {@linkcode REQUEST_STATUSES}. */
export type RequestStatus = typeof REQUEST_STATUSES[number];

/** What exactly was approved: a decision holds for this and nothing else. */
export interface ApprovalScope {
  /** Who asked. */
  readonly requester: Actor;
  /** Profile whose credentials are asked for. */
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
  /** Length of the window in seconds. */
  readonly durationSeconds: number;
  /** What the approver read: 10–500 characters. */
  readonly justification: string;
}

/** What one approver decided. Only approvers (IAM: see the table's policies) may write these. */
export interface ApproverDecision {
  /** `end`: an approved access was ended early. */
  readonly kind: "approve" | "deny" | "end";
  /** The approver. */
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was decided on; a record that says something else later was tampered with. */
  readonly scope: ApprovalScope;
  /** 1–500 characters, or `null`. */
  readonly comment: string | null;
}

/**
 * One request as stored. Moments are milliseconds since the epoch here and
 * `YYYY-MM-DDTHH:MM:SS.sssZ` in the table.
 */
export interface ApprovalRequest extends ApprovalScope {
  /** 16 lower-case hex digits. */
  readonly id: string;
  /** As stored. */
  readonly status: RequestStatus;
  /** When it was filed. */
  readonly createdAt: number;
  /** When it was last changed. */
  readonly updatedAt: number;
  /** An undecided request lapses then; set once, when it is filed. */
  readonly pendingUntil: number;
  /** When it became approved: the window starts here. `null` before. */
  readonly approvedAt: number | null;
  /** In the order in which they were made. */
  readonly decisions: readonly ApproverDecision[];
}

/** Longest window of an approval, in seconds: 8 h. */
export const MAX_REQUEST_SECONDS = 8 * 3600;
/** How long a request waits for approvers unless somebody says otherwise, in seconds: 24 h. */
export const PENDING_SECONDS = 24 * 3600;
/** The longest that a request may wait, in seconds: 7 d. */
export const MAX_PENDING_SECONDS = 7 * 86_400;
/** Decisions that one request can hold: more than any policy can require. */
export const MAX_DECISIONS = 32;

/** A status as it is now: what waited too long is `lapsed`, a window that has ended is `over`. */
export type EffectiveRequestStatus = RequestStatus | "lapsed" | "over";

/** The status of a request at `now` (milliseconds since the epoch). */
export function effectiveRequestStatus(
  request: ApprovalRequest,
  now: number,
): EffectiveRequestStatus {
  if (request.status === "pending" && request.pendingUntil <= now) return "lapsed";
  const end = requestWindowEnd(request);
  return request.status === "approved" && end !== null && end <= now ? "over" : request.status;
}

/** When the window of an approved request ends, in milliseconds since the epoch; `null` before. */
export function requestWindowEnd(
  { approvedAt, durationSeconds }: Pick<ApprovalRequest, "approvedAt" | "durationSeconds">,
): number | null {
  return approvedAt === null ? null : approvedAt + durationSeconds * 1000;
}

/**
 * DynamoDB TTL of a request, in seconds since the epoch: its last possible moment plus the audit
 * retention. It follows from what never changes, so that no transition writes it.
 */
export function requestTtlSeconds(
  { pendingUntil, durationSeconds }: Pick<ApprovalRequest, "pendingUntil" | "durationSeconds">,
): number {
  return Math.floor(pendingUntil / 1000) + durationSeconds + RETENTION_SECONDS;
}

/** What a request is filed with. */
export interface NewRequest extends ApprovalScope {
  /** 16 lower-case hex digits. */
  readonly id: string;
  /** 10–500 characters. */
  readonly justification: string;
  /** The moment, in milliseconds since the epoch. */
  readonly now: number;
  /** How long it waits for approvers; default: {@linkcode PENDING_SECONDS}. */
  readonly pendingSeconds?: number;
}

/** A request as it is filed. Throws `OVERRIDE_RECORD_INVALID`. */
export function createRequest(filed: NewRequest): ApprovalRequest {
  const { requester: { user, arn }, profile, role, account, durationSeconds } = filed;
  const request: ApprovalRequest = {
    id: filed.id,
    requester: { user, arn },
    profile,
    role,
    account,
    durationSeconds,
    justification: filed.justification,
    status: "pending",
    createdAt: filed.now,
    updatedAt: filed.now,
    pendingUntil: filed.now + (filed.pendingSeconds ?? PENDING_SECONDS) * 1000,
    approvedAt: null,
    decisions: [],
  };
  const problem = requestProblem(request);
  if (problem !== null) {
    throw new SentinelError("OVERRIDE_RECORD_INVALID", `Cannot file a request: ${problem}`);
  }
  return request;
}

/**
 * A request whose filing approves it, because the policy foresees that (`auto_approve`); the gate
 * judges that again. Throws `OVERRIDE_RECORD_INVALID`.
 */
export function createApprovedRequest(filed: NewRequest): ApprovalRequest {
  return { ...createRequest(filed), status: "approved", approvedAt: filed.now };
}

/** What was approved or is to be approved: the part of a request that decisions speak of. */
export function scopeOf(scope: ApprovalScope): ApprovalScope {
  const { requester: { user, arn }, profile, role, account, durationSeconds, justification } =
    scope;
  return { requester: { user, arn }, profile, role, account, durationSeconds, justification };
}

/** What is wrong with a record that is about to be written, or `null`. Printable. */
export function requestProblem(request: ApprovalRequest): string | null {
  if (!isRecordId(request.id)) return "its id is not 16 lower-case hex digits";
  if (!REQUEST_STATUSES.includes(request.status)) return "its status is unknown";
  const scope = scopeProblem(request);
  if (scope !== null) return scope;
  for (const name of ["createdAt", "updatedAt", "pendingUntil"] as const) {
    if (!isRecordMoment(request[name])) return `${name} is not within the years 0000–9999`;
  }
  const pendingMs = request.pendingUntil - request.createdAt;
  if (!(pendingMs > 0 && pendingMs <= MAX_PENDING_SECONDS * 1000)) {
    return "it waits for approvers for longer than seven days, or not at all";
  }
  const { status, approvedAt } = request;
  if (approvedAt !== null && !isRecordMoment(approvedAt)) {
    return "approvedAt is not within the years 0000–9999";
  }
  if (status === "pending" && approvedAt !== null) return "it is pending, yet was approved";
  if (status === "approved" && approvedAt === null) return "it is approved, yet nobody knows when";
  if (request.decisions.length > MAX_DECISIONS) {
    return `it has more than ${MAX_DECISIONS} decisions`;
  }
  for (const decision of request.decisions) {
    const problem = decisionProblem(decision);
    if (problem !== null) return `a decision on it is wrong: ${problem}`;
  }
  return null;
}

function scopeProblem(scope: ApprovalScope): string | null {
  const requester = actorProblem(scope.requester);
  if (requester !== null) return requester;
  const target = targetProblem(scope);
  if (target !== null) return target;
  const { durationSeconds } = scope;
  const justification = proseProblem(scope.justification, JUSTIFICATION);
  if (justification !== null) return `the justification ${justification}`;
  const isLegal = Number.isSafeInteger(durationSeconds) && durationSeconds >= MIN_WINDOW_SECONDS &&
    durationSeconds <= MAX_REQUEST_SECONDS;
  return isLegal ? null : "its duration is not one from 15m to 8h";
}

function decisionProblem({ kind, by, at, scope, comment }: ApproverDecision): string | null {
  if (!["approve", "deny", "end"].includes(kind)) return "its kind is unknown";
  if (!isRecordMoment(at)) return "its moment is not within the years 0000–9999";
  const said = comment === null ? null : proseProblem(comment, COMMENT);
  if (said !== null) return `the comment ${said}`;
  return actorProblem(by) ?? scopeProblem(scope);
}
