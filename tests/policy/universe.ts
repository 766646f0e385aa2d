/**
 * A universe of requests so small that all of them can be asked, and so large that it holds one of
 * every kind that a few short conditions can tell apart.
 *
 * @module
 */
import {
  CREDENTIAL_MODES,
  type EvaluationRequest,
  type Policy,
  type Rule,
} from "../../src/policy/policy.ts";
import { holds } from "./reference_evaluator.ts";

/** All texts of at most `longest` characters of `alphabet`. */
export function allTexts(alphabet: string, longest: number): string[] {
  const texts = [""];
  let last = texts;
  for (let length = 1; length <= longest; length++) {
    last = last.flatMap((text) => [...alphabet].map((character) => text + character));
    texts.push(...last);
  }
  return texts;
}

/** Parts of a request that conditions look at together, and every value they may have. */
export type Dimensions = readonly (readonly Partial<EvaluationRequest>[])[];

/** Every half hour of a week without a change of clocks. */
const WEEK = Array.from(
  { length: 336 },
  (_, index) => new Date(Date.UTC(2026, 0, 5) + index * 1_800_000),
);
const ROLES = [
  null,
  "x",
  "arn:aws:iam::111111111111:role/A",
  "arn:aws:iam::111111111111:role/B",
  "arn:aws:iam::222222222222:role/A",
  "arn:aws:iam::222222222222:role/B",
  "arn:x",
];
const CALLERS = [
  null,
  "arn:aws:iam::111111111111:user/a",
  "arn:aws:iam::111111111111:user/b",
  "arn:aws:iam::222222222222:user/a",
  "arn:aws:iam::222222222222:user/b",
];

/** The universe: the product of these. */
export const UNIVERSE: Dimensions = [
  allTexts("abx", 4).map((profile) => ({ profile })),
  allTexts("ax/", 4).flatMap((user) => CALLERS.map((arn) => ({ user, arn }))),
  ROLES.map((role) => ({ role })),
  [null, "111111111111", "222222222222", "333333333333"].map((account) => ({ account })),
  CREDENTIAL_MODES.map((mode) => ({ mode })),
  WEEK.map((time) => ({ time })),
];

const NOTHING: EvaluationRequest = { profile: "", user: "", mode: "cli", time: WEEK[0]! };

/** Every set of rules (bit n: rule n) whose conditions some request of `dimensions` meets. */
export function meetings(rules: readonly Rule[], dimensions: Dimensions = UNIVERSE): number[] {
  // Values that meet the same rules are alike: one of each kind is enough.
  const kinds = dimensions.map((values, at) => [
    ...new Set(values.map((value) => meets(rules, { ...NOTHING, ...value }, at))),
  ]);
  let masks = [2 ** rules.length - 1];
  for (const kind of kinds) {
    masks = [...new Set(masks.flatMap((mask) => kind.map((other) => mask & other)))];
  }
  return masks;
}

/** Indexes of the rules that decide at least one request of `dimensions`, in order. */
export function decidingRules({ rules }: Policy, dimensions: Dimensions = UNIVERSE): number[] {
  const masks = meetings(rules, dimensions);
  const first = masks.filter((mask) => mask !== 0).map((mask) => Math.log2(mask & -mask));
  return [...new Set(first)].sort((a, b) => a - b);
}

/** Bit n: the conditions of rule n on the dimension hold. */
function meets(rules: readonly Rule[], request: EvaluationRequest, dimension: number): number {
  return rules.reduce((mask, { conditions }, index) => {
    const { profiles, users, roles, accounts, mode, time } = conditions;
    const looked = [{ profiles }, { users }, { roles }, { accounts }, { mode }, { time }];
    const only = Object.fromEntries(
      Object.entries(looked[dimension]!).filter(([, value]) => value !== undefined),
    );
    return holds(only, request) ? mask | 1 << index : mask;
  }, 0);
}
