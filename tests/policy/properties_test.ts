/**
 * What holds of every policy and every request.
 *
 * @module
 */
import fc from "fast-check";
import { compilePolicy } from "../../src/policy/compile.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { decide } from "../../src/policy/first_match.ts";
import { freezePolicy } from "../../src/policy/frozen_policy.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { EvaluationRequest, Policy, Rule, Verdict } from "../../src/policy/policy.ts";
import { RuleIndex } from "../../src/policy/rule_index.ts";
import { RuleMemory } from "../../src/policy/rule_memory.ts";
import { RuleScan } from "../../src/policy/rule_scan.ts";
import { assertEquals } from "../support/assert.ts";
import {
  conditions,
  policies,
  policyOf,
  requests,
  rules,
  wholePolicies,
} from "./policy_arbitrary.ts";
import { printPolicy, printShortPolicy } from "./policy_printer.ts";
import { type Answer, referenceAnswer } from "./reference_evaluator.ts";

function answerOf(verdict: Verdict): Answer {
  const { effect, ruleIndex, requiresServerMode, requiresSessionTracking } = verdict;
  return { effect, ruleIndex, requiresServerMode, requiresSessionTracking };
}

/** The verdict by way of the index, however small the policy is. */
function evaluateIndexed(policy: Policy, request: EvaluationRequest): Verdict {
  const index = new RuleIndex(policy.rules, new RuleScan(policy.rules).compileAll());
  const memory = new RuleMemory((profile, user) => index.candidates(profile, user));
  const learnt = decide(memory, request);
  assertEquals(decide(memory, request), learnt, "what was learnt says the same again");
  return learnt;
}

Deno.test("scan and index agree with the reference evaluator", () => {
  fc.assert(
    fc.property(policies(), fc.array(requests, { maxLength: 8 }), (policy, requests) => {
      for (const request of requests) {
        const expected = referenceAnswer(policy, request);
        assertEquals(answerOf(evaluate(policy, request)), expected, "scan");
        assertEquals(answerOf(evaluateIndexed(policy, request)), expected, "index");
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a large policy decides like the reference evaluator, whatever the order of moments", () => {
  fc.assert(
    fc.property(
      fc.array(rules, { minLength: 300, maxLength: 500 }).map(policyOf),
      fc.array(requests, { minLength: 60, maxLength: 60 }),
      (policy, requests) => {
        const decide = compilePolicy(policy);
        for (const request of requests) {
          const expected = referenceAnswer(policy, request);
          assertEquals(answerOf(decide(request)), expected, "compiled");
          assertEquals(answerOf(evaluate(policy, request)), expected, "evaluated");
        }
      },
    ),
    { numRuns: 12 },
  );
});

Deno.test("a policy that is asked often enough to be indexed goes on giving the same verdicts", () => {
  fc.assert(
    fc.property(
      fc.array(rules, { minLength: 8, maxLength: 20 }).map(policyOf),
      fc.array(requests, { minLength: 5, maxLength: 5 }),
      (policy, requests) => {
        const first = requests.map((request) => evaluate(policy, request));
        freezePolicy(policy);
        for (let round = 0; round < 600; round++) {
          for (const request of requests) evaluate(policy, request);
        }
        assertEquals(requests.map((request) => evaluate(policy, request)), first);
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("a request that no rule matches is denied", () => {
  const strangers = fc.tuple(policies(), requests).filter(([policy, request]) =>
    referenceAnswer(policy, request).ruleIndex === -1
  );
  fc.assert(fc.property(strangers, ([policy, request]) => {
    const verdict = evaluate(policy, request);
    assertEquals(verdict.effect, "deny");
    assertEquals(verdict.matchedRule, null);
    assertEquals(verdict.requiresServerMode || verdict.requiresSessionTracking, false);
  }));
});

Deno.test("the first rule that matches decides: what follows it changes nothing", () => {
  fc.assert(fc.property(policies(), policies(), requests, (policy, rest, request) => {
    const { ruleIndex } = evaluate(policy, request);
    fc.pre(ruleIndex !== -1);
    const replaced = policyOf([...policy.rules.slice(0, ruleIndex + 1), ...rest.rules]);
    assertEquals(evaluate(replaced, request), evaluate(policy, request));
    assertEquals(evaluateIndexed(replaced, request), evaluate(policy, request));
  }));
});

Deno.test("a rule that does not match changes nothing, wherever it stands", () => {
  const cases = fc.record({ policy: policies(), request: requests, rule: rules, at: fc.nat(12) })
    .filter(({ rule, request }) => referenceAnswer(policyOf([rule]), request).ruleIndex === -1);
  fc.assert(fc.property(cases, ({ policy, request, rule, at }) => {
    const inserted = { version: "1" as const, rules: policy.rules.toSpliced(at, 0, rule) };
    for (const way of [evaluate, evaluateIndexed]) {
      const { ruleIndex: _, ...expected } = way(policy, request);
      const { ruleIndex: __, ...actual } = way(inserted, request);
      assertEquals(actual, expected);
    }
  }));
});

Deno.test("the order of rules that cannot match together does not matter", () => {
  const disjoint = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), {
    minLength: 1,
    maxLength: 12,
  })
    .chain((profiles) =>
      fc.record({
        rules: fc.tuple(...profiles.map((profile) =>
          rules.map((rule): Rule => ({
            ...rule,
            name: profile,
            conditions: { ...rule.conditions, profiles: [profile] },
          }))
        )),
        profile: fc.constantFrom(...profiles),
        request: requests,
      })
    ).chain((parts) =>
      fc.record({
        ...constants(parts),
        shuffled: fc.shuffledSubarray(parts.rules, all(parts.rules)),
      })
    );
  fc.assert(fc.property(disjoint, ({ rules, shuffled, profile, request }) => {
    for (const way of [evaluate, evaluateIndexed]) {
      const asked = { ...request, profile };
      const { ruleIndex: _, ...expected } = way({ version: "1", rules }, asked);
      const { ruleIndex: __, ...actual } = way({ version: "1", rules: shuffled }, asked);
      assertEquals(actual, expected);
    }
  }));
});

function all(list: readonly unknown[]): { minLength: number; maxLength: number } {
  return { minLength: list.length, maxLength: list.length };
}

function constants<T extends object>(parts: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(
    Object.entries(parts).map(([key, value]) => [key, fc.constant(value)]),
  ) as { [K in keyof T]: fc.Arbitrary<T[K]> };
}

Deno.test("no door but the server gets more for naming a session table", () => {
  fc.assert(fc.property(policies(), requests, (policy, request) => {
    fc.pre(request.mode !== "server");
    assertEquals(
      evaluate(policy, { ...request, sessionTableName: "some-table" }),
      evaluate(policy, { ...request, sessionTableName: null }),
    );
  }));
});

Deno.test("a Date and an Instant of the same moment get the same verdict", () => {
  fc.assert(fc.property(policies(), requests, (policy, request) => {
    const moment = request.time instanceof Date
      ? request.time.getTime()
      : request.time.epochMilliseconds;
    const date = new Date(moment);
    const instant = Temporal.Instant.fromEpochMilliseconds(moment);
    const { evaluatedAt: a, ...byDate } = evaluate(policy, { ...request, time: date });
    const { evaluatedAt: b, ...byInstant } = evaluate(policy, { ...request, time: instant });
    assertEquals(byDate, byInstant);
    assertEquals(a === date && b === instant, true, "evaluatedAt is the very time of the request");
  }));
});

Deno.test("parsing what was printed gives the same policy, in both spellings", () => {
  fc.assert(fc.property(wholePolicies(), (policy) => {
    assertEquals(parsePolicy(printPolicy(policy)), policy);
    assertEquals(parsePolicy(printShortPolicy(policy)), policy);
    const lines = printPolicy(policy).replaceAll("\n", "\r\n");
    assertEquals(parsePolicy(`\ufeff${lines}`), policy, "with a byte order mark and CRLF");
  }));
});

Deno.test("a policy survives JSON, as data and as a document", () => {
  fc.assert(fc.property(wholePolicies(), (policy) => {
    assertEquals(JSON.parse(JSON.stringify(parsePolicy(printPolicy(policy)))), policy);
  }));
  fc.assert(fc.property(fc.array(conditions), (list) => {
    const rules = list.map((conditions, index) => ({
      name: `${index}`,
      effect: "deny",
      conditions,
    }));
    for (const indent of [undefined, 2, "\t"]) {
      const parsed = parsePolicy(JSON.stringify({ version: "1", rules }, null, indent));
      assertEquals(parsed.rules.map(({ conditions }) => conditions), list);
    }
  }));
});
