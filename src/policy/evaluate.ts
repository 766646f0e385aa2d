/**
 * One decision by a policy, at the price of one decision. What was worked out for it is kept for
 * the next, but only for a policy that can no longer change.
 *
 * @module
 */
import { compileFinder } from "./compile.ts";
import { decide, type RuleFinder } from "./first_match.ts";
import { isFrozenPolicy } from "./frozen_policy.ts";
import type { EvaluationRequest, Policy, Verdict } from "./policy.ts";
import { RuleScan } from "./rule_scan.ts";

/** Compiling a policy costs about as much as scanning all of it this often. */
const SCANS_WORTH_COMPILING = 500;

const finders = new WeakMap<Policy, RuleFinder>();

/**
 * What `policy` says of `request`. The first rule that matches decides; when none does, the answer
 * is deny. Pure: no clock, no file, no network; the machine's time zone plays no part.
 *
 * Reads a policy from `parsePolicy` once and then remembers it; any other policy is read anew each
 * time, so a change is seen. For many decisions by one policy see {@linkcode compilePolicy}.
 *
 * @param policy A valid policy, such as `parsePolicy` returns.
 * @param request Who asks for which profile, how and when.
 * @returns The verdict; its `conditions` are the matched rule's own object, its `evaluatedAt` is
 * the very `time` of the request.
 * @throws {SentinelError} `INTERNAL` on a request that is not one (an invalid date, an unknown
 * mode); `POLICY_INVALID` when a rule names a time zone that does not exist.
 *
 * @example
 * ```ts
 * const verdict = evaluate({ version: "1", rules: [] }, {
 *   user: "alice",
 *   profile: "prod",
 *   mode: "server",
 *   time: Temporal.Now.instant(),
 * });
 * if (verdict.effect !== "deny") throw new Error(verdict.reason);
 * ```
 */
export function evaluate(policy: Policy, request: EvaluationRequest): Verdict {
  return decide(finderOf(policy), request);
}

function finderOf(policy: Policy): RuleFinder {
  const known = finders.get(policy);
  if (known === undefined) {
    const scan = new RuleScan(policy.rules);
    if (isFrozenPolicy(policy)) finders.set(policy, scan);
    return scan;
  }
  const hasPaidOff = known instanceof RuleScan &&
    known.looks >= SCANS_WORTH_COMPILING * policy.rules.length;
  if (!hasPaidOff) return known;
  const finder = compileFinder(policy);
  finders.set(policy, finder);
  return finder;
}
