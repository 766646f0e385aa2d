/**
 * Who could lift a refusal, by the policy alone: what `policy explain` tells beside a verdict. It
 * knows no records and lifts nothing.
 *
 * @module
 */
import { liftableBy, type LiftingEntries, liftingEntries } from "../gate/override.ts";
import type { Lift } from "../gate/lift.ts";
import { compileOverrideRules } from "../policy/override_rules.ts";
import type { EvaluationRequest, Policy, Verdict } from "../policy/policy.ts";
import { epochMs } from "../policy/time_window.ts";
import { quote } from "../text/printable.ts";
import { describeEntry } from "./entry_view.ts";

/** What could lift the refusal of a request. */
export interface PossibleLift {
  /** `null` where an approval cannot lift such a refusal. */
  readonly approval: ApprovalAnswer | null;
  /** `null` where break-glass cannot lift such a refusal. */
  readonly breakGlass: BreakGlassAnswer | null;
  readonly entries: LiftingEntries;
}

/** Whether somebody can approve. */
export interface ApprovalAnswer {
  /** Whether a request filed then would approve itself, if it asks for no longer than it may. */
  readonly approvesItself: boolean;
}

/** Whether the person can break the glass. */
export interface BreakGlassAnswer {
  /** Whether the hours of the entry are then. */
  readonly isOpen: boolean;
}

/** What could lift the refusal that `verdict` is, or `null` when it is none or is final. */
export function possibleLift(
  policy: Policy,
  verdict: Verdict,
  request: EvaluationRequest,
): PossibleLift | null {
  const kinds = liftableBy(verdict);
  if (kinds.length === 0) return null;
  const { user, profile, role = null, account, arn = null } = request;
  const subject = { user, profile, role, account: account ?? "", arn };
  const rules = compileOverrideRules(policy);
  const entries = liftingEntries(verdict, subject, rules);
  const at = epochMs(request.time);
  const { approval, breakGlass } = entries;
  return {
    approval: kinds.includes("approved")
      ? {
        approvesItself:
          approval?.approvesItself({ requester: { user, arn }, at, durationSeconds: 0 }) ?? false,
      }
      : null,
    breakGlass: kinds.includes("breakglass") ? { isOpen: breakGlass?.isOpenAt(at) ?? false } : null,
    entries,
  };
}

/** As the gate has it before it looked for records. */
export function untried({ entries }: PossibleLift): Lift {
  return {
    overrides: [],
    entries,
    requestTable: null,
    breakGlassTable: null,
    finding: null,
    pendingRequestId: null,
  };
}

/** The answers for a person: a name and a text each. */
export function liftLines(
  { approval, breakGlass, entries }: PossibleLift,
): readonly (readonly [string, string])[] {
  const { approval: approving, breakGlass: breaking } = entries;
  const lines: (readonly [string, string])[] = [];
  if (approval !== null) {
    const itself = approval.approvesItself ? "; this one would approve itself" : "";
    lines.push([
      "Approve",
      approving === null
        ? "nobody can: no entry under approvals covers it"
        : `entry ${quote(approving.rule.name)}: ${describeEntry(approving.rule)}${itself}`,
    ]);
  }
  // That somebody may not break the glass is how it should be, and not worth a line.
  if (breakGlass !== null && breaking !== null) {
    const hours = breakGlass.isOpen ? "" : "; not at this hour";
    lines.push([
      "Break",
      `entry ${quote(breaking.rule.name)}: ${describeEntry(breaking.rule)}${hours}`,
    ]);
  }
  return lines;
}

/** The answers for machines. */
export function liftDocument(
  { approval, breakGlass, entries: { approval: approving, breakGlass: breaking } }: PossibleLift,
): unknown {
  return {
    approval: approval === null || approving === null ? null : {
      entry: approving.rule.name,
      approvers: approving.rule.approvers,
      required: approving.rule.required,
      max_duration_seconds: approving.rule.maxDurationSeconds,
      approves_itself: approval.approvesItself,
    },
    break_glass: breakGlass === null || breaking === null ? null : {
      entry: breaking.rule.name,
      reason_codes: breaking.rule.allowedReasonCodes,
      max_duration_seconds: breaking.rule.maxDurationSeconds,
      open: breakGlass.isOpen,
    },
  };
}
