/**
 * Whether a stored request lifts a refusal, by the policy in force now. A record is only what
 * somebody wrote: nothing in it is believed that the policy and the decisions in it do not prove.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { CompiledApproval } from "../policy/override_rules.ts";
import { isSameActor, mayBeSamePerson } from "../state/actor.ts";
import {
  type ApprovalRequest,
  effectiveRequestStatus,
  requestWindowEnd,
  scopeOf,
} from "../state/approval_request.ts";
import { approvalProgress, isSameScope } from "../state/request_transition.ts";
import { isSameTarget } from "../state/window.ts";
import { CLOCK_DIFFERENCE_MS, MIN_WINDOW_SECONDS } from "../state/window_bounds.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import type { AccessRequest } from "./access_request.ts";
import { type Judgement, refuseRecord } from "./override.ts";

/** Who asks for what, and when: the part of an access request that a record must fit. */
export type OverrideSubject = Pick<
  AccessRequest,
  "user" | "arn" | "profile" | "role" | "account" | "time"
>;

/** Judges `record` for `request`, to which `entry` of the policy in force applies. */
export function judgeRequest(
  record: ApprovalRequest,
  { request, entry }: { readonly request: OverrideSubject; readonly entry: CompiledApproval },
): Judgement {
  const misfit = misfitOf({ ...record, actor: record.requester }, request);
  if (misfit !== null) return refuseRecord(misfit);
  const standing = judgeStatus(record, { request, entry });
  if (standing !== null) return standing;
  // INVARIANT: whatever the status says, approvers who denied or ended it have the last word.
  const veto = record.decisions.find(({ kind }) => kind !== "approve");
  if (veto !== undefined) {
    return refuseRecord(
      `was ${veto.kind === "deny" ? "denied" : "ended"} by ${quote(veto.by.user)}`,
    );
  }
  const longest = entry.rule.maxDurationSeconds;
  const { durationSeconds } = record;
  if (!isWindow(durationSeconds, longest)) {
    return refuseRecord(`is not for 15m to ${formatDuration(longest)}, as the policy demands now`);
  }
  const unproven = unprovenBecause(record, { request, entry });
  if (unproven !== null) return refuseRecord(unproven);
  return {
    kind: "lifts",
    override: {
      kind: "approved",
      id: record.id,
      expiresAt: requestWindowEnd(record)!,
      allowMinimum: entry.rule.allowMinimum,
    },
  };
}

/** Whether a stored duration is one that the policy allows. */
export function isWindow(durationSeconds: number, longestSeconds: number): boolean {
  return Number.isSafeInteger(durationSeconds) && durationSeconds >= MIN_WINDOW_SECONDS &&
    durationSeconds <= longestSeconds;
}

/** In what a record is not about `request`, or `null`: a record holds for one person and target. */
export function misfitOf(
  record: Pick<OverrideSubject, "profile" | "role" | "account"> & {
    readonly actor: Pick<OverrideSubject, "user" | "arn">;
  },
  request: OverrideSubject,
): string | null {
  if (record.actor.user !== request.user) return "is somebody else's";
  if (!isSameActor(record.actor, request)) return "was made with other credentials than these";
  if (record.profile !== request.profile) return "is for another profile";
  if (record.role !== request.role) return "is for another role";
  return isSameTarget(record, request) ? null : "is for another account";
}

/** A judgement where the status decides, or `null` where approvals do. */
function judgeStatus(
  record: ApprovalRequest,
  { request, entry }: { readonly request: OverrideSubject; readonly entry: CompiledApproval },
): Judgement | null {
  const status = effectiveRequestStatus(record, request.time);
  switch (status) {
    case "pending": {
      const { required } = entry.rule;
      const { approvers } = approvalProgress(record, {
        required,
        isApprover: (actor) => entry.isApprover(actor),
      });
      const so = required === 1 ? "" : ` (${approvers.length} of ${required} so far)`;
      return { kind: "refused", reason: `waits for approval${so}`, isPending: true };
    }
    case "approved":
      return null;
    case "lapsed":
      return refuseRecord("has lapsed: nobody decided in time");
    case "over":
      return refuseRecord(`was approved, and its window ended at ${atMoment(record)}`);
    case "denied":
    case "cancelled":
    case "ended":
      return refuseRecord(`was ${status}`);
    default:
      return assertNever(status);
  }
}

function atMoment(record: ApprovalRequest): string {
  return new Date(requestWindowEnd(record) ?? 0).toISOString();
}

/** Why nothing proves that an approved record was approved when it says, or `null`. */
function unprovenBecause(
  record: ApprovalRequest,
  { request, entry }: { readonly request: OverrideSubject; readonly entry: CompiledApproval },
): string | null {
  const { approvedAt, createdAt } = record;
  if (approvedAt === null) return "has no moment of approval";
  if (approvedAt < createdAt) return "was approved before it was filed";
  if (approvedAt - request.time > CLOCK_DIFFERENCE_MS) return "was approved in the future";
  const { required } = entry.rule;
  const { completedAt } = approvalProgress(record, {
    required,
    isApprover: (actor) => entry.isApprover(actor),
  });
  if (completedAt !== null) {
    return completedAt === approvedAt ? null : "says another moment than its approvers did";
  }
  const isSelfApproved = record.decisions.length === 0 && entry.approvesItself({
    requester: record.requester,
    // What says to be of the future is of now at best: hours that have not begun approve nothing.
    at: Math.min(approvedAt, request.time),
    durationSeconds: record.durationSeconds,
  });
  return isSelfApproved ? null : missingApproval(record, entry);
}

/** Which approval does not count, and why: the first one, for the person who wonders. */
function missingApproval(record: ApprovalRequest, entry: CompiledApproval): string {
  const { required } = entry.rule;
  for (const { by, scope } of record.decisions) {
    const name = quote(by.user);
    if (!isSameScope(scope, scopeOf(record))) return `was changed after ${name} approved it`;
    if (!entry.isApprover(by)) return `was approved by ${name}, who is no approver of it now`;
    if (mayBeSamePerson(by, record.requester)) {
      return `was approved by ${name}, who may be the person who asked`;
    }
  }
  return record.decisions.length === 0
    ? "is marked as approved, but no approver decided on it"
    : `needs ${required} approvers who are different people, and has fewer`;
}
