/**
 * A diff is exact: what it tells is what changes for some request of a universe small enough to be
 * asked as a whole, and nothing else; where it tells nothing, nothing changes.
 *
 * @module
 */
import fc from "fast-check";
import { evaluate } from "../../src/policy/evaluate.ts";
import {
  type Conditions,
  CREDENTIAL_MODES,
  type CredentialMode,
  type EvaluationRequest,
  type Policy,
  type Rule,
  RULE_EFFECTS,
  type Verdict,
} from "../../src/policy/policy.ts";
import { diffPolicies } from "../../src/policy/policy_diff.ts";
import { changeOf } from "../../src/policy/verdict_change.ts";
import { assert, assertEquals } from "../support/assert.ts";
import "./policy_arbitrary.ts"; // The same cases in every run.
import { allTexts, type Dimensions, meetings, UNIVERSE } from "./universe.ts";

/** The week of the universe. */
const SPAN = { from: Date.UTC(2026, 0, 5), until: Date.UTC(2026, 0, 12) };
const MODE = 4;
const ARNS = [
  null,
  "arn:x",
  ...["1", "2"].flatMap((digit) =>
    ["a", "b", "c"].map((name) => `arn:aws:iam::${digit.repeat(12)}:user/${name}`)
  ),
];
/** With texts in which the patterns below can meet, and with callers that none of them names. */
const LARGER: Dimensions = UNIVERSE
  .with(0, allTexts("abx", 5).map((profile) => ({ profile })))
  .with(1, allTexts("ax/", 4).flatMap((user) => ARNS.map((arn) => ({ user, arn }))));

function lists(pattern: RegExp): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.stringMatching(pattern), { minLength: 1, maxLength: 2 });
}

const callers = fc.constantFrom(
  ["arn:*"],
  ["arn:*:user/a", "a"],
  ["arn:aws:iam::111111111111:*"],
  ["arn:*:user/b", "*/*"],
);

const hours = fc.constantFrom(
  { start: "09:00", end: "18:00" },
  { start: "18:00", end: "09:30" },
  { start: "22:00", end: "00:00" },
);
const time = fc.tuple(
  fc.constantFrom({}, { days: ["sunday"] }, { days: ["monday", "friday"] }),
  fc.option(hours, { nil: undefined }),
).map(([days, hours]) => ({ ...days, ...hours !== undefined && { hours }, timezone: "UTC" }));

const LISTS: Readonly<Record<keyof Conditions, fc.Arbitrary<unknown>>> = {
  profiles: lists(/^[ab*]{1,3}$/),
  users: fc.oneof(lists(/^[a/*]{1,3}$/), callers, callers),
  roles: fc.constantFrom(["arn:*"], ["arn:*:role/A"], ["arn:aws:iam::111111111111:*"]),
  accounts: fc.constantFrom(["111111111111"], ["111111111111", "222222222222"]),
  mode: fc.subarray([...CREDENTIAL_MODES], { minLength: 1 }),
  time,
};
const NAMES = Object.keys(LISTS) as (keyof Conditions)[];

/** Rules with some of these conditions: with few of them rules meet often. */
function rulesOn(names: readonly (keyof Conditions)[]): fc.Arbitrary<Omit<Rule, "name">> {
  const conditions: fc.Arbitrary<Conditions> = fc.tuple(
    ...names.map((name) =>
      fc.option(LISTS[name]).map((value) => value === null ? {} : { [name]: value })
    ),
  ).map((parts) => Object.assign({}, ...parts));
  return fc.record({
    effect: fc.constantFrom(...RULE_EFFECTS),
    conditions,
    sessionTable: fc.constantFrom(null, null, "table"),
    maxServerDurationSeconds: fc.constantFrom(null, null, 900),
    reason: fc.constantFrom(null, null, "Because"),
  });
}

/** A policy, and the same with a rule put in, taken out, moved, or changed in part. */
const edits = fc.subarray(NAMES, { minLength: 1, maxLength: 2 }).map(rulesOn).chain((rules) =>
  fc.tuple(fc.array(rules, { minLength: 1, maxLength: 5, size: "max" }), fc.nat(3), fc.nat(), rules)
).map(([list, what, where, rule]) => {
  const before = list.map((rule, index): Rule => ({ ...rule, name: `rule ${index}` }));
  const after = [...before];
  const at = where % before.length;
  if (what === 0) after.splice(at + 1, 0, { ...rule, name: "new" });
  else if (what === 1) after.splice(at, 1);
  else if (what === 2) after.push(...after.splice(at, 1));
  else after[at] = { ...after[at]!, conditions: rule.conditions };
  return [before, after] as const;
});

/** What the universe holds, as the diff groups it. */
function expected(before: readonly Rule[], after: readonly Rule[]): string[] {
  const found = new Set<string>();
  for (const mode of CREDENTIAL_MODES) {
    for (const met of meetings([...before, ...after], LARGER.with(MODE, [{ mode }]))) {
      const old = before.find((_, index) => met & 1 << index);
      const now = after.find((_, index) => met & 1 << before.length + index);
      for (const sessionTableName of [null, "sessions"]) {
        const request = { ...ANYTHING, mode, sessionTableName };
        const pair = { request, before: verdictOf(old, request), after: verdictOf(now, request) };
        const kind = changeOf(pair);
        if (kind !== null) found.add(signature(kind, pair));
      }
    }
  }
  return [...found].sort();
}

const ANYTHING = { user: "a", profile: "a", time: new Date(SPAN.from) };

/** What `rule` says to a request that it matches. */
function verdictOf(
  rule: Rule | undefined,
  request: EvaluationRequest & { readonly mode: CredentialMode },
): Verdict {
  const rules = rule === undefined ? [] : [{ ...rule, conditions: {} }];
  return evaluate({ version: "1", rules }, request);
}

function signature(kind: string, { before, after }: { before: Verdict; after: Verdict }): string {
  const shown = [before, after].map((verdict) =>
    `${verdict.matchedRule} ${verdict.effect} ${verdict.requiresServerMode} ` +
    verdict.requiresSessionTracking
  );
  return `${kind}: ${shown.join(" -> ")}`;
}

Deno.test("diff: it tells exactly what changes for some request of the universe", () => {
  let same = 0;
  let different = 0;
  fc.assert(
    fc.property(edits, ([before, after]) => {
      const policy = (rules: readonly Rule[]): Policy => ({ version: "1", rules });
      const { changes, isExhaustive } = diffPolicies(policy(before), policy(after), { span: SPAN });
      assert(isExhaustive);
      const told = changes.map((change) => signature(change.kind, change)).sort();
      const wanted = expected(before, after);
      wanted.length === 0 ? same++ : different++;
      assertEquals(told, wanted, JSON.stringify([before, after]));
    }),
    { numRuns: 300 },
  );
  assert(same > 50 && different > 100, `${same} without a change, ${different} with one`);
});
