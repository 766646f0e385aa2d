/**
 * The linter is exact: it reports a rule as one that never decides when, and only when, no request
 * is decided by it. Proved against all requests of a small universe, and against examples that a
 * second evaluator confirms.
 *
 * @module
 */
import fc from "fast-check";
import { compilePolicy } from "../../src/policy/compile.ts";
import { lintPolicy } from "../../src/policy/lint.ts";
import {
  CREDENTIAL_MODES,
  LIFTABLE_REFUSALS,
  type Policy,
  type Rule,
  WEEKDAYS,
} from "../../src/policy/policy.ts";
import { RuleReach } from "../../src/policy/rule_reach.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { policies, policyOf, requests } from "./policy_arbitrary.ts";
import { referenceAnswer } from "./reference_evaluator.ts";
import { decidingRules, meetings } from "./universe.ts";

/** Rules that the linter says never decide; it must have been able to tell of all. */
function unreachable(policy: Policy): number[] {
  const { findings, undecided } = lintPolicy(policy);
  assertEquals(undecided, []);
  return findings.filter(({ code }) => code === "unreachable-rule" || code === "duplicate-rule")
    .map(({ rule }) => rule.index);
}

function maybe<T>(key: string, values: fc.Arbitrary<T>) {
  return fc.option(values, { freq: 2 }).map((value) => value === null ? {} : { [key]: value });
}

function some<T>(values: readonly T[], maxLength = 2): fc.Arbitrary<readonly T[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength });
}

const HOURS = [
  { start: "09:00", end: "18:00" },
  { start: "18:00", end: "09:00" },
  { start: "00:00", end: "12:30" },
  { start: "12:30", end: "00:00" },
  { start: "22:00", end: "06:00" },
];

/** Conditions that overlap often, and of which the universe knows every kind of request. */
const conditions = fc.tuple(
  maybe("profiles", some(["a", "b", "a*", "*a", "*", "a*b", "*b*", "ab", "b*a"])),
  maybe(
    "users",
    some(["a", "a*", "*", "*/a", "a/*", "arn:aws:iam::111111111111:*", "arn:*:user/a", "arn:*"]),
  ),
  maybe("roles", some(["*", "arn:*", "arn:*:role/A", "arn:aws:iam::111111111111:role/*"])),
  maybe("accounts", some(["111111111111", "222222222222"])),
  maybe("mode", some(CREDENTIAL_MODES, 3)),
  maybe(
    "time",
    fc.tuple(
      maybe("days", fc.subarray([...WEEKDAYS], { minLength: 1 })),
      maybe("hours", fc.constantFrom(...HOURS)),
    )
      .map(([days, hours]) => ({ ...days, ...hours, timezone: "UTC" })),
  ),
).map((parts) => Object.assign({}, ...parts));

/** Each rule has few conditions: with many of them rules hardly ever meet. */
const overlapping = fc.array(
  fc.tuple(
    conditions,
    fc.subarray(["profiles", "users", "roles", "accounts", "mode", "time"], { maxLength: 3 }),
  )
    .map(([all, kept]) =>
      Object.fromEntries(Object.entries(all).filter(([key]) => kept.includes(key)))
    ),
  { minLength: 2, maxLength: 7, size: "max" },
).map((list) =>
  policyOf(list.map((conditions, index) => ({
    name: "",
    effect: index % 2 === 0 ? "allow" : "deny",
    conditions,
    sessionTable: null,
    maxServerDurationSeconds: null,
    reason: null,
  })))
);

Deno.test("linter: a rule is reported exactly when no request of the universe is decided by it", () => {
  let count = 0;
  fc.assert(
    fc.property(overlapping, (policy) => {
      const deciding = decidingRules(policy);
      const expected = policy.rules.map((_, index) => index).filter((index) =>
        !deciding.includes(index)
      );
      count += expected.length;
      assertEquals(unreachable(policy), expected);
    }),
    { numRuns: 400 },
  );
  assert(count > 200, `only ${count} rules never decide`);
});

Deno.test("linter: whatever decides has an example that a second evaluator confirms", () => {
  fc.assert(
    fc.property(fc.oneof(policies(8), overlapping), (policy) => {
      const reach = new RuleReach(policy);
      for (const index of policy.rules.keys()) {
        const found = reach.reach(index);
        assert(found.kind !== "unknown");
        if (found.kind === "decides") {
          assertEquals(referenceAnswer(policy, found.example).ruleIndex, index);
        }
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("linter: what never decides is decided by the rules it names, for any request", () => {
  const since2020 = requests.map((request) => {
    const moment = request.time instanceof Date
      ? request.time.getTime()
      : request.time.epochMilliseconds;
    return { ...request, time: new Date(1.6e12 + Math.abs(moment) % 2e12) };
  });
  const cases = fc.record({
    policy: fc.oneof(policies(10), overlapping),
    asked: fc.array(since2020, { minLength: 40, maxLength: 40, size: "max" }),
  });
  fc.assert(
    fc.property(cases, ({ policy, asked }) => {
      const decide = compilePolicy(policy);
      const reach = new RuleReach(policy);
      for (const index of policy.rules.keys()) {
        const found = reach.reach(index);
        if (found.kind !== "decides nothing") continue;
        const alone = compilePolicy({ version: "1", rules: [policy.rules[index]!] });
        for (const request of asked) {
          if (alone(request).ruleIndex === -1) continue;
          const { ruleIndex } = decide(request);
          assert(ruleIndex < index && found.by.length > 0, `rule ${index} decides`);
        }
      }
    }),
    { numRuns: 200 },
  );
});

const target = fc.tuple(
  conditions,
  fc.subarray(["profiles", "roles", "accounts"], { maxLength: 2 }),
)
  .map(([all, kept]) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => kept.includes(key)))
  );

const approvalEntry = target.map((conditions) => ({
  name: "",
  conditions,
  approvers: ["lead"],
  required: 1,
  maxDurationSeconds: 3600,
  autoApproval: null,
  allowMinimum: false,
}));

const breakGlassEntry = fc.record({
  name: fc.constant(""),
  conditions: target,
  users: some(["a", "a*", "*", "*/a", "arn:aws:iam::111111111111:*"]),
  allowedReasonCodes: fc.constant(["incident"] as const),
  time: fc.constant(null),
  maxDurationSeconds: fc.constant(3600),
  lifts: fc.subarray([...LIFTABLE_REFUSALS], { minLength: 1 }),
  limits: fc.constant({
    cooldownSeconds: null,
    maxPerUser: null,
    maxPerProfile: null,
    quotaWindowSeconds: 86_400,
    escalationThreshold: null,
  }),
  allowMinimum: fc.constant(false),
});

const withEntries = fc.record({
  policy: overlapping,
  effects: fc.array(fc.constantFrom("require_approval", "require_approval", "allow", "deny"), {
    minLength: 7,
    maxLength: 7,
  }),
  approvals: fc.array(approvalEntry, { maxLength: 3 }),
  breakGlass: fc.array(breakGlassEntry, { maxLength: 3 }),
}).map(({ policy, effects, approvals, breakGlass }): Policy => ({
  ...policy,
  rules: policy.rules.slice(0, 4).map((rule, index) => ({
    ...rule,
    effect: effects[index] as Rule["effect"],
  })),
  approvals: approvals.map((entry, index) => ({ ...entry, name: `a${index}` })),
  breakGlass: breakGlass.map((entry, index) => ({ ...entry, name: `b${index}` })),
}));

/** What the linter must say of lifting, from every kind of request that the universe has. */
function expectedOnLifting({ rules, approvals = [], breakGlass = [] }: Policy): string[] {
  const asRule = (conditions: Rule["conditions"]) => ({ ...rules[0]!, conditions });
  const lists = [
    rules,
    approvals.map(({ conditions }) => asRule(conditions)),
    breakGlass.map(({ conditions, users }) => asRule({ ...conditions, users })),
  ];
  const decides = new Set<number>();
  const liftable = new Set<number>();
  const inCharge = new Set<string>();
  const needed = new Set<string>();
  for (const mask of meetings(lists.flat())) {
    let offset = 0;
    const [rule, approval, glass] = lists.map(({ length }) => {
      const first = Array.from({ length }, (_, index) => index)
        .find((index) => mask & 2 ** (offset + index));
      offset += length;
      return first ?? null;
    }) as [number | null, number | null, number | null];
    if (rule !== null) decides.add(rule);
    if (approval !== null) inCharge.add(`a${approval}`);
    if (glass !== null) inCharge.add(`b${glass}`);
    const isApprovable = rule !== null && rules[rule]!.effect === "require_approval";
    const lifts = glass === null ? [] : breakGlass[glass]!.lifts;
    if (isApprovable && approval !== null) needed.add(`a${approval}`);
    if (
      lifts.includes(isApprovable ? "require_approval" : "no_match") &&
      (isApprovable || rule === null)
    ) {
      needed.add(`b${glass}`);
    }
    if (isApprovable && (approval !== null || lifts.includes("require_approval"))) {
      liftable.add(rule);
    }
  }
  const names = [...approvals, ...breakGlass].map(({ name }) => name);
  return [
    ...rules.flatMap(({ effect }, index) =>
      effect === "require_approval" && decides.has(index) && !liftable.has(index)
        ? [`dead-end ${index}`]
        : []
    ),
    ...names.filter((name) => !inCharge.has(name)).map((name) => `unreachable-entry ${name}`),
    ...names.filter((name) => inCharge.has(name) && !needed.has(name))
      .map((name) => `unneeded-entry ${name}`),
  ].sort();
}

Deno.test("linter: entries without use and rules without a way out are those of the universe", () => {
  const codes = ["dead-end", "unreachable-entry", "unneeded-entry", "contradictory-conditions"];
  const found = new Map<string, number>();
  fc.assert(
    fc.property(withEntries, (policy) => {
      const { findings, undecided } = lintPolicy(policy);
      assertEquals(undecided, []);
      // Of conditions that exclude each other that is said, and nothing else.
      const odd = findings.filter(({ code, rule }) =>
        code === "contradictory-conditions" && rule.section !== "rules"
      ).map(({ rule }) => rule.name);
      const actual = findings.filter(({ code }) => codes.slice(0, 3).includes(code)).map((each) => {
        const { code, rule: { section, name, index } } = each;
        found.set(code, (found.get(code) ?? 0) + 1);
        return `${code} ${section === "rules" ? index : name}`;
      }).sort();
      const expected = expectedOnLifting(policy).filter((line) =>
        !odd.some((name) => line === `unneeded-entry ${name}`)
      );
      assertEquals(actual, expected, JSON.stringify(policy));
    }),
    { numRuns: 400 },
  );
  for (const code of codes.slice(0, 3)) {
    assert((found.get(code) ?? 0) > 10, `${code}: ${found.get(code)}`);
  }
});
