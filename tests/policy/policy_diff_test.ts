/**
 * A diff is complete: compared with random requests, which know nothing of how it searches.
 *
 * @module
 */
import fc from "fast-check";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { EvaluationRequest, Policy, Rule } from "../../src/policy/policy.ts";
import { diffPolicies, type PolicyDiff } from "../../src/policy/policy_diff.ts";
import { changeOf } from "../../src/policy/verdict_change.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { policies, policyOf, requests, rules } from "./policy_arbitrary.ts";

/** 2009 to 2016: what the moments of the requests are in. */
const SPAN = { from: 1.2e12, until: 1.6e12 };

function diff(before: Policy, after: Policy): PolicyDiff {
  return diffPolicies(before, after, { span: SPAN });
}

/** Requests of the span, also such as the gate never makes: without a caller's ARN or an account. */
const spanRequests: fc.Arbitrary<EvaluationRequest> = fc.tuple(
  requests,
  fc.integer({ min: SPAN.from, max: SPAN.until - 1 }),
).map(([request, moment]) => ({
  ...request,
  time: new Date(moment),
}));

/** Two policies, the second made of the first by few changes. */
const edits: fc.Arbitrary<readonly [Policy, Policy]> = fc.tuple(
  fc.array(rules, { minLength: 1, maxLength: 6 }),
  fc.array(
    fc.tuple(fc.constantFrom("add", "remove", "replace", "swap"), fc.nat(5), rules),
    { maxLength: 2 },
  ),
).map(([before, changes]) => {
  const after: Rule[] = [...policyOf(before).rules];
  for (const [action, at, rule] of changes) {
    const index = Math.min(at, after.length);
    const named = { ...rule, name: `new ${at}` };
    if (action === "add") after.splice(index, 0, named);
    else if (action === "remove") after.splice(index, 1);
    else if (action === "replace") after.splice(index, 1, named);
    else if (index + 1 < after.length) after.splice(index, 2, after[index + 1]!, after[index]!);
  }
  return [policyOf(before), { version: "1", rules: after }] as const;
});

Deno.test("a verdict that differs is among the changes, and a policy has not changed to itself", () => {
  let differing = 0;
  let exhaustive = 0;
  fc.assert(
    fc.property(
      edits,
      fc.array(spanRequests, { minLength: 20, maxLength: 20 }),
      ([before, after], requests) => {
        const { changes, isExhaustive } = diff(before, after);
        if (!isExhaustive) return;
        exhaustive++;
        for (const request of requests) {
          const pair = {
            request,
            before: evaluate(before, request),
            after: evaluate(after, request),
          };
          const kind = changeOf(pair);
          if (kind === null) continue;
          differing++;
          const found = changes.some((change) =>
            change.kind === kind && change.before.matchedRule === pair.before.matchedRule &&
            change.after.matchedRule === pair.after.matchedRule
          );
          assert(found, `${kind}: ${JSON.stringify([before, after, request], null, 1)}`);
        }
        assertEquals(diff(before, before), {
          changes: [],
          compared: 0,
          lifting: [],
          isExhaustive: true,
        });
      },
    ),
    { numRuns: 300 },
  );
  assert(differing > 120, `only ${differing} verdicts differed`);
  assert(exhaustive > 270, `only ${exhaustive} were exhaustive`);
});

Deno.test("every change is real: both policies say so of its request", () => {
  fc.assert(
    fc.property(edits, ([before, after]) => {
      for (const change of diff(before, after).changes) {
        const { request } = change;
        assertEquals(change.before, evaluate(before, request));
        assertEquals(change.after, evaluate(after, request));
        assertEquals(changeOf(change), change.kind);
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("unrelated policies are compared too, to the end or with a word that it was not", () => {
  fc.assert(
    fc.property(policies(8), policies(8), spanRequests, (before, after, request) => {
      const { changes, isExhaustive } = diffPolicies(before, after, {
        span: SPAN,
        maxRequests: 2000,
      });
      const pair = { request, before: evaluate(before, request), after: evaluate(after, request) };
      if (!isExhaustive || changeOf(pair) === null) return;
      assert(changes.some(({ kind }) => kind === changeOf(pair)));
    }),
    { numRuns: 40 },
  );
});

function rule(name: string, rest: Partial<Rule>): Rule {
  return {
    name,
    effect: "allow",
    conditions: {},
    sessionTable: null,
    maxServerDurationSeconds: null,
    reason: null,
    ...rest,
  };
}

function kinds(before: readonly Rule[], after: readonly Rule[]): string[] {
  const { changes, isExhaustive } = diff({ version: "1", rules: before }, {
    version: "1",
    rules: after,
  });
  assert(isExhaustive);
  return changes.map(({ kind, before, after }) =>
    `${kind} ${before.matchedRule ?? "-"} ${after.matchedRule ?? "-"}`
  );
}

Deno.test("each kind of change is told as what it is", () => {
  const prod = { conditions: { profiles: ["prod-*"] } } as const;
  const allow = rule("a", prod);
  const cases: readonly (readonly [readonly Rule[], readonly Rule[], readonly string[]])[] = [
    [[allow], [allow], []],
    [[], [allow], ["opens - a"]],
    [[allow], [], ["closes a -"]],
    [[], [rule("a", { ...prod, effect: "require_approval" })], ["opens - a"]],
    [[allow], [rule("a", { ...prod, effect: "require_approval" })], ["closes a a"]],
    [[allow], [rule("a", { ...prod, effect: "require_server" })], ["closes a a"]],
    [[], [rule("a", { ...prod, effect: "deny" })], ["requirement - a"]],
    [[allow], [rule("a", { ...prod, maxServerDurationSeconds: 900 })], ["limits a a"]],
    [[allow], [rule("a", { ...prod, sessionTable: "other" })], ["limits a a"]],
    [[allow], [rule("b", prod)], ["rule a b"]],
    [[allow], [rule("a", { ...prod, reason: "why" })], ["rule a a"]],
    // A rule that moves without being asked earlier changes nothing.
    [[allow, rule("b", { conditions: { profiles: ["dev"] } })], [
      rule("b", { conditions: { profiles: ["dev"] } }),
      allow,
    ], []],
    // What an earlier rule covers may go.
    [[allow, rule("c", { conditions: { profiles: ["prod-a"] } })], [allow], []],
  ];
  for (const [before, after, expected] of cases) assertEquals(kinds(before, after), expected);
});

Deno.test("a minute, a day and a season are not overlooked", () => {
  const office = (start: string, timezone = "UTC") =>
    rule("office", { conditions: { time: { hours: { start, end: "17:00" }, timezone } } });
  assertEquals(kinds([office("09:00")], [office("09:01")]), ["closes office -"]);
  // London is on UTC in winter: only summer tells the two apart.
  assertEquals(kinds([office("09:00")], [office("09:00", "Europe/London")]), [
    "opens - office",
    "closes office -",
  ]);
  assertEquals(
    kinds([office("09:00", "Africa/Abidjan")], [office("09:00")]),
    ["limits office office"].slice(1),
  );
});

Deno.test("100,000 rules: the one that changes is found, and the answer is whole", () => {
  const rules = Array.from({ length: 100_000 }, (_, index) =>
    rule(`r${index}`, {
      effect: index % 2 === 0 ? "allow" : "require_server",
      conditions: { profiles: [`team-${index % 40_000}`], users: [`user-${index}`] },
    }));
  const changed = rules.with(77_776, { ...rules[77_776]!, effect: "deny" });
  const { changes, isExhaustive, compared } = diff({ version: "1", rules }, {
    version: "1",
    rules: changed,
  });
  assert(isExhaustive);
  assertEquals(compared, 4);
  assertEquals(changes.map(({ kind, request: { user, profile } }) => [kind, user, profile]), [
    ["closes", "user-77776", "team-37776"],
  ]);
});
