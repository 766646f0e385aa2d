/**
 * Why a policy says what it says of a request: the verdict, and of each rule that was passed over
 * the first condition that did not hold. It asks the rules themselves and judges nothing.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import type { ConditionName, EvaluationRequest, Policy, Rule, Verdict } from "./policy.ts";
import { RuleScan } from "./rule_scan.ts";
import { epochMs } from "./time_window.ts";

/** A rule that did not match, and why. */
export interface PassedRule {
  readonly rule: Rule;
  readonly ruleIndex: number;
  /** The first of its conditions that did not hold. */
  readonly condition: ConditionName;
}

/** What {@linkcode explain} tells. */
export interface Explanation {
  readonly request: EvaluationRequest;
  readonly verdict: Verdict;
  /** All rules before the one that decided, in order; all rules when none did. */
  readonly passed: readonly PassedRule[];
}

/** Explains what `policy` says of `request`. Throws what {@linkcode evaluate} throws. */
export function explain(policy: Policy, request: EvaluationRequest): Explanation {
  const verdict = evaluate(policy, request);
  const before = verdict.ruleIndex === -1 ? policy.rules.length : verdict.ruleIndex;
  const rules = policy.rules.slice(0, before);
  const passed = new RuleScan(rules).compileAll().map((compiled, ruleIndex) => {
    const condition = compiled.mismatch(request);
    if (condition === null) {
      throw new SentinelError("INTERNAL", `Rule ${ruleIndex} matches and did not decide`);
    }
    return { rule: rules[ruleIndex]!, ruleIndex, condition };
  });
  return { request, verdict, passed };
}

/** A moment by the clock of `timezone`. */
export function localTime(time: Date | Temporal.Instant, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs(time)).toZonedDateTimeISO(timezone);
}
