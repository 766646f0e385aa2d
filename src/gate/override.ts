/**
 * An override lifts a refusal that the policy allows to be lifted; what may be lifted at all, and by
 * which entry of the policy, is decided here and nowhere else.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Caller } from "../policy/caller_list.ts";
import type {
  CompiledApproval,
  CompiledBreakGlass,
  OverrideRules,
  OverrideTarget,
} from "../policy/override_rules.ts";
import type { LiftableRefusal, RuleEffect, Verdict } from "../policy/policy.ts";

/** A verified approval or break-glass event. */
export interface Override {
  readonly kind: "approved" | "breakglass";
  /** Id of the approved request or of the break-glass event. */
  readonly id: string;
  /** From this moment on (milliseconds since the epoch) it lifts nothing. */
  readonly expiresAt: number;
  /** Whether credentials of 15 minutes may outlive the last minutes of it. */
  readonly allowMinimum: boolean;
}

/** What a record comes to: it lifts the refusal, or not. */
export type Judgement =
  | { readonly kind: "lifts"; readonly override: Override }
  | {
    readonly kind: "refused";
    /** The end of a sentence that begins with the record. Printable. */
    readonly reason: string;
    /** It may lift the refusal when approvers have decided. */
    readonly isPending: boolean;
  };

/** A judgement that a record does not lift anything. */
export function refuseRecord(reason: string): Judgement {
  return { kind: "refused", reason, isPending: false };
}

/**
 * Which overrides may lift a refusal (P3, P4): `require_approval` either, the implicit deny only
 * a break-glass; an explicit `deny`, `require_server` and `require_server_session` none.
 */
export function liftableBy(verdict: Verdict): readonly Override["kind"][] {
  const effect: RuleEffect | null = verdict.ruleEffect;
  switch (effect) {
    case "require_approval":
      return ["approved", "breakglass"];
    case null:
      return ["breakglass"];
    case "allow":
    case "deny":
    case "require_server":
    case "require_server_session":
      return [];
    default:
      return assertNever(effect);
  }
}

/** The entries of a policy by which a refusal could be lifted; `null` where there is none. */
export interface LiftingEntries {
  readonly approval: CompiledApproval | null;
  readonly breakGlass: CompiledBreakGlass | null;
}

/** Whether what lifts by `entries` may be an override of this kind. */
export function mayLift(kind: Override["kind"], entries: LiftingEntries): boolean {
  switch (kind) {
    case "approved":
      return entries.approval !== null;
    case "breakglass":
      return entries.breakGlass !== null;
    default:
      return assertNever(kind);
  }
}

/** What could lift the refusal of `request`, by the policy that gave the `verdict`. */
export function liftingEntries(
  verdict: Verdict,
  request: OverrideTarget & Caller,
  rules: OverrideRules,
): LiftingEntries {
  const kinds = liftableBy(verdict);
  const refusal: LiftableRefusal = verdict.ruleEffect === null ? "no_match" : "require_approval";
  const breakGlass = kinds.includes("breakglass") ? rules.breakGlassFor(request, request) : null;
  return {
    approval: kinds.includes("approved") ? rules.approvalFor(request) : null,
    breakGlass: breakGlass?.rule.lifts.includes(refusal) ? breakGlass : null,
  };
}
