/**
 * Approval requests and break-glass events for tests, at a fixed time.
 *
 * @module
 */
import type { Actor } from "../../src/state/actor.ts";
import {
  type ApprovalRequest,
  type ApproverDecision,
  scopeOf,
} from "../../src/state/approval_request.ts";
import type { BreakGlassEvent, Invocation } from "../../src/state/break_glass_event.ts";
import { idOf, MINUTE, T0 } from "./session_samples.ts";

/** An IAM user of the account of all tests. */
export function actorOf(user: string): Actor {
  return { user, arn: `arn:aws:iam::123456789012:user/${user}` };
}

/** A request of alice's for an hour of prod, filed at T0 and pending for a day, with `changes`. */
export function sampleRequest(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    id: idOf(1),
    requester: actorOf("alice"),
    profile: "prod",
    role: "arn:aws:iam::123456789012:role/Prod",
    account: "123456789012",
    durationSeconds: 3600,
    justification: "deploy the hotfix of ticket 4711",
    status: "pending",
    createdAt: T0,
    updatedAt: T0,
    pendingUntil: T0 + 24 * 60 * MINUTE,
    approvedAt: null,
    decisions: [],
    ...changes,
  };
}

/** `user`'s decision on a request at `at`. */
export function decisionOn(
  request: ApprovalRequest,
  { user = "bob", kind = "approve", at = T0 + MINUTE, comment = null }: {
    readonly user?: string;
    readonly kind?: ApproverDecision["kind"];
    readonly at?: number;
    readonly comment?: string | null;
  } = {},
): ApproverDecision {
  return { kind, by: actorOf(user), at, scope: scopeOf(request), comment };
}

/** The request with one more decision, and what follows from it when `required` approve. */
export function decided(
  request: ApprovalRequest,
  decision: ApproverDecision,
  required = 1,
): ApprovalRequest {
  const decisions = [...request.decisions, decision];
  const approvals = decisions.filter(({ kind }) => kind === "approve").length;
  const change = { decisions, updatedAt: decision.at };
  if (decision.kind === "deny") return { ...request, ...change, status: "denied" };
  if (decision.kind === "end") return { ...request, ...change, status: "ended" };
  return approvals < required
    ? { ...request, ...change }
    : { ...request, ...change, status: "approved", approvedAt: decision.at };
}

/** An event of alice's for an hour of prod, from T0, with `changes`. */
export function sampleEvent(changes: Partial<BreakGlassEvent> = {}): BreakGlassEvent {
  return {
    id: idOf(1),
    invoker: actorOf("alice"),
    profile: "prod",
    role: "arn:aws:iam::123456789012:role/Prod",
    account: "123456789012",
    reasonCode: "incident",
    justification: "the payment service is down, see INC-42",
    durationSeconds: 3600,
    status: "active",
    createdAt: T0,
    updatedAt: T0,
    closure: null,
    ...changes,
  };
}

/** The event, closed by `user`. */
export function closed(event: BreakGlassEvent, user = "carol", at = T0 + MINUTE): BreakGlassEvent {
  const closure = { by: actorOf(user), at, reason: "the incident is over" };
  return { ...event, status: "closed", updatedAt: at, closure };
}

/** An invocation of alice's for prod at T0, with `changes`. */
export function sampleInvocation(changes: Partial<Invocation> = {}): Invocation {
  const { id, invoker, profile, account, createdAt } = sampleEvent();
  return { id, user: invoker.user, profile, account, at: createdAt, ...changes };
}
