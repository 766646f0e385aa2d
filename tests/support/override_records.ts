/**
 * Records of approvals and break-glass that fit the requests of `gate_fixture.ts`: those of alice
 * for prod, at noon. What a test changes in them is what it is about.
 *
 * @module
 */
import type { Actor } from "../../src/state/actor.ts";
import {
  type ApprovalRequest,
  type ApproverDecision,
  createRequest,
  scopeOf,
} from "../../src/state/approval_request.ts";
import { type CountedEvent, createEvent } from "../../src/state/break_glass_event.ts";
import { NOON } from "./gate_fixture.ts";

const MINUTE = 60_000;
const HOUR = 3600;

/** Who asks. */
export const ALICE: Actor = { user: "alice", arn: "arn:aws:iam::111111111111:user/alice" };
/** Who may approve by {@linkcode OVERRIDE_SECTIONS}. */
export const LEAD: Actor = { user: "lead", arn: "arn:aws:iam::111111111111:user/lead" };
/** Who may approve as well. */
export const CHIEF: Actor = { user: "chief", arn: "arn:aws:iam::111111111111:user/chief" };

const TARGET = {
  profile: "prod",
  role: "arn:aws:iam::123456789012:role/Prod",
  account: "123456789012",
};

/** Sections of a policy by which lead and chief approve, and alice breaks the glass, for prod. */
export const OVERRIDE_SECTIONS = `approvals:
  - { name: prod, profiles: [prod], approvers: [lead, chief] }
break_glass:
  - { name: oncall, profiles: [prod], users: [alice], lifts: [require_approval] }
`;

/** A request of alice that waits since 11:50. */
export function pendingRequest(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    ...createRequest({
      id: "1111111111111111",
      requester: ALICE,
      ...TARGET,
      durationSeconds: HOUR,
      justification: "the release of today",
      now: NOON - 10 * MINUTE,
    }),
    ...changes,
  };
}

/** What an approver decided on `request`, at 11:55. */
export function decisionOn(
  request: ApprovalRequest,
  changes: Partial<ApproverDecision> = {},
): ApproverDecision {
  return {
    kind: "approve",
    by: LEAD,
    at: NOON - 5 * MINUTE,
    scope: scopeOf(request),
    comment: null,
    ...changes,
  };
}

/** A request of alice that lead approved at 11:55 for an hour; `changes` come on top, unproved. */
export function approvedRequest(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const request = pendingRequest();
  const decision = decisionOn(request);
  return {
    ...request,
    status: "approved",
    approvedAt: decision.at,
    updatedAt: decision.at,
    decisions: [decision],
    ...changes,
  };
}

/** A request of alice that lead approved at 11:55 for a window that ends at `end` (epoch ms). */
export function approvedUntil(end: number): ApprovalRequest {
  const approvedAt = NOON - 5 * MINUTE;
  const request = pendingRequest({ durationSeconds: (end - approvedAt) / 1000 });
  return {
    ...request,
    status: "approved",
    approvedAt,
    updatedAt: approvedAt,
    decisions: [decisionOn(request)],
  };
}

/** The glass that alice broke at 11:50 for an hour, the first who did. */
export function brokenGlass(changes: Partial<CountedEvent> = {}): CountedEvent {
  return {
    earlier: [],
    ...createEvent({
      id: "2222222222222222",
      invoker: ALICE,
      ...TARGET,
      reasonCode: "incident",
      justification: "the database is down and nobody answers",
      durationSeconds: HOUR,
      now: NOON - 10 * MINUTE,
    }),
    ...changes,
  };
}
