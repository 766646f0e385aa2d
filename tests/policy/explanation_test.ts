/**
 * An explanation is true: its verdict is the evaluator's, and what it names as the reason why a
 * rule was passed over is one.
 *
 * @module
 */
import fc from "fast-check";
import { findAtoms } from "../../src/policy/atoms.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { explain } from "../../src/policy/explanation.ts";
import type { ConditionName, EvaluationRequest, Rule } from "../../src/policy/policy.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { policies, policyOf, requests } from "./policy_arbitrary.ts";
import { referenceAnswer } from "./reference_evaluator.ts";

/** The order in which conditions are looked at. */
const ORDER = ["profiles", "users", "mode", "roles", "accounts", "time"] as const;

/** `rule` with these conditions alone. */
function only(rule: Rule, names: readonly ConditionName[]): Rule {
  const kept = Object.entries(rule.conditions).filter(([name]) =>
    (names as readonly string[]).includes(name)
  );
  return { ...rule, conditions: Object.fromEntries(kept) };
}

function holds(rule: Rule, request: EvaluationRequest): boolean {
  return referenceAnswer(policyOf([rule]), request).ruleIndex === 0;
}

Deno.test("the verdict is the evaluator's, and every rule before the deciding one is explained", () => {
  fc.assert(
    fc.property(policies(), requests, (policy, request) => {
      const { verdict, passed } = explain(policy, request);
      assertEquals(verdict, evaluate(policy, request));
      const expected = verdict.ruleIndex === -1 ? policy.rules.length : verdict.ruleIndex;
      assertEquals(passed.map(({ ruleIndex }) => ruleIndex), [...Array(expected).keys()]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("the named condition does not hold, and all before it do", () => {
  fc.assert(
    fc.property(policies(), requests, (policy, request) => {
      for (const { rule, condition } of explain(policy, request).passed) {
        assert(!holds(only(rule, [condition]), request), condition);
        const before = ORDER.slice(0, ORDER.indexOf(condition));
        assert(holds(only(rule, before), request), `before ${condition}`);
      }
    }),
    { numRuns: 500 },
  );
});

/** `request` with the one attribute changed to a value that `rule` accepts; `null`: there is none. */
function satisfied(
  rule: Rule,
  request: EvaluationRequest,
  condition: ConditionName,
): EvaluationRequest | null {
  const lone = only(rule, [condition]);
  const candidates = (): readonly Partial<EvaluationRequest>[] => {
    const { profiles = [], users = [], roles = [], accounts = [], mode = [] } = rule.conditions;
    switch (condition) {
      case "profiles":
        return findAtoms(profiles).witnesses.map((profile) => ({ profile }));
      case "users":
        return findAtoms([...users, "*/*"]).witnesses.flatMap((text) => [
          { user: text },
          { arn: text },
        ]);
      case "mode":
        return mode.map((mode) => ({ mode }));
      case "roles":
        return findAtoms(roles).witnesses.map((role) => ({ role }));
      case "accounts":
        return accounts.map((account) => ({ account }));
      case "time":
        return Array.from({ length: 8 * 96 }, (_, quarter) => ({
          time: new Date(1.7e12 + quarter * 900_000),
        }));
    }
  };
  for (const change of candidates()) {
    const changed = { ...request, ...change };
    if (holds(lone, changed)) return changed;
  }
  return null;
}

Deno.test("with only that attribute changed to what the condition accepts, it holds", () => {
  let tried = 0;
  fc.assert(
    fc.property(policies(), requests, (policy, request) => {
      for (const { rule, ruleIndex, condition } of explain(policy, request).passed) {
        const changed = satisfied(rule, request, condition);
        // Only a window of less than a quarter of an hour may be missed.
        if (changed === null) {
          assertEquals(condition, "time");
          continue;
        }
        tried++;
        const then = explain({ ...policy, rules: policy.rules.slice(0, ruleIndex + 1) }, changed);
        const again = then.passed.find((each) => each.ruleIndex === ruleIndex);
        const next = again === undefined ? Infinity : ORDER.indexOf(again.condition);
        if (then.verdict.ruleIndex < ruleIndex && then.verdict.ruleIndex !== -1) continue;
        assert(next > ORDER.indexOf(condition), `${condition} is still what does not hold`);
      }
    }),
    { numRuns: 150 },
  );
  assert(tried > 500, `only ${tried} were tried`);
});
