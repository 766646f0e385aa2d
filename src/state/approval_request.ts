/**
 * The approval request: what was asked, what approvers decided, and the only transitions it may
 * make. A record says what somebody wrote; whether it lifts a refusal is the gate's to judge, by
 * the policy in force.
 *
 * @module
 */
import type { Actor } from "./actor.ts";

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
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
  /** Length of the window in seconds. */
  readonly durationSeconds: number;
}

/** What one approver decided. Only approvers (IAM: see the table's policies) may write these. */
export interface ApproverDecision {
  /** `end`: an approved access was ended early. */
  readonly kind: "approve" | "deny" | "end";
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
  /** 10–500 characters. */
  readonly justification: string;
  /** As stored. */
  readonly status: RequestStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** An undecided request lapses then; set once, when it is filed. */
  readonly pendingUntil: number;
  /** When it became approved: the window starts here. `null` before. */
  readonly approvedAt: number | null;
  /** In the order in which they were made. */
  readonly decisions: readonly ApproverDecision[];
}
