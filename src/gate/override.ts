/**
 * An override lifts a refusal that the policy allows to be lifted; what may be lifted is decided
 * here and nowhere else.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { RuleEffect, Verdict } from "../policy/policy.ts";

/** A verified approval or break-glass event. */
export interface Override {
  readonly kind: "approved" | "breakglass";
  /** Id of the approved request or of the break-glass event. */
  readonly id: string;
  /** After this moment (milliseconds since the epoch) it lifts nothing. */
  readonly expiresAt: number;
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
