/**
 * Makes a policy ready for many decisions: a scan for a small one, an index for a large one. Which
 * of the two it is never shows in an answer.
 *
 * @module
 */
import { decide, type RuleFinder } from "./first_match.ts";
import { freezePolicy } from "./frozen_policy.ts";
import type { EvaluationRequest, Policy, Verdict } from "./policy.ts";
import { RuleIndex } from "./rule_index.ts";
import { RuleScan } from "./rule_scan.ts";

/** From how many rules on an index is faster than looking at one rule after the other. */
export const INDEX_FROM = 6;

/** Answers requests by one policy. Throws `INTERNAL` on a request that is not one. */
export type PolicyEvaluator = (request: EvaluationRequest) => Verdict;

/**
 * Compiles a policy for many decisions, and freezes it. The first rule that matches a request
 * decides; when none does, the answer is deny. {@linkcode evaluate} gives the same answers and is
 * cheaper for a single one.
 *
 * @param policy A valid policy, such as `parsePolicy` returns. No part of it can be changed after
 * the call.
 * @returns A function from request to verdict: pure, the same for the same request.
 * @throws {SentinelError} `POLICY_INVALID` when a rule names a time zone that does not exist.
 *
 * @example
 * ```ts
 * const decide = compilePolicy({ version: "1", rules: [] });
 * const request = { user: "alice", profile: "prod", mode: "cli", time: new Date() } as const;
 * console.assert(decide(request).effect === "deny");
 * ```
 */
export function compilePolicy(policy: Policy): PolicyEvaluator {
  const finder = compileFinder(policy);
  return (request) => decide(finder, request);
}

/** The finder that answers fastest once many answers are asked of it. */
export function compileFinder(policy: Policy): RuleFinder {
  const scan = new RuleScan(freezePolicy(policy).rules);
  const compiled = scan.compileAll();
  return compiled.length < INDEX_FROM ? scan : new RuleIndex(policy.rules, compiled);
}
