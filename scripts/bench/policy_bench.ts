/**
 * What a decision by policy costs: nanoseconds per verdict by the number of rules, and what it
 * takes to get ready (parsing the document, building the index).
 *
 * @module
 */
import { compilePolicy, type PolicyEvaluator } from "../../src/policy/compile.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type {
  Conditions,
  EvaluationRequest,
  Policy,
  Rule,
  Weekday,
} from "../../src/policy/policy.ts";

/** What was measured for one size of policy. */
export interface PolicyFigure {
  /** Rules of the policy. */
  readonly rules: number;
  /** Median nanoseconds of one decision by the compiled policy, verdict included. */
  readonly nanosecondsPerDecision: number;
  /** The same where pairs of profile and user are new (as far as there are so many). */
  readonly nanosecondsPerFirstDecision: number;
  /** At most this many nanoseconds are the goal: twice the best that was ever measured. */
  readonly goalNanoseconds: number;
  /** Median milliseconds to compile the policy. */
  readonly compileMs: number;
  /** Median milliseconds to parse its document. */
  readonly parseMs: number;
}

/** One figure for each size of policy. */
export type PolicyFigures = readonly PolicyFigure[];

const SIZES = [
  { rules: 10, goalNanoseconds: 64, count: 500_000 },
  { rules: 1000, goalNanoseconds: 144, count: 500_000 },
  { rules: 100_000, goalNanoseconds: 2000, count: 200_000 },
] as const;

const ZONES = ["UTC", "America/New_York", "Asia/Kathmandu"];
const WORKDAYS: readonly Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday"];
const TIME = new Date("2026-03-04T15:00:00Z");

/** How many requests are asked in turn. */
const REQUESTS = 1024;
/** How many times that many are made, to have new ones to ask. */
const SLICES = 9;

/** A generator of the same numbers in every run (a linear congruential one, below `limit`). */
function createDice(): (limit: number) => number {
  let state = 20260131;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Who and what a generated rule is about, and a request that is likely to meet it. */
interface Draft {
  readonly conditions: Conditions;
  readonly request: Pick<EvaluationRequest, "profile" | "user">;
}

/**
 * Of twenty rules, twelve name a profile and up to three users, three a family of profiles, two a
 * mail domain, two add office hours, and one is about a user wherever he is.
 */
function draftRule(index: number, { roll, spread }: {
  roll: (limit: number) => number;
  spread: number;
}): Draft {
  const profile = `account-${roll(spread)}-prod`;
  const team = roll(spread);
  const user = `user-${roll(spread)}@example.com`;
  const users = [
    user,
    ...Array.from({ length: roll(3) }, () => `user-${roll(spread)}@example.com`),
  ];
  switch (index % 20) {
    case 0:
      return { conditions: { users }, request: { profile, user } };
    case 4:
    case 8: {
      const guest = `guest@team-${team}.example.com`;
      const domain = `*@team-${team}.example.com`;
      return {
        conditions: { profiles: [profile], users: [domain] },
        request: { profile, user: guest },
      };
    }
    case 5:
    case 10:
    case 15: {
      const family = { profiles: [`team-${team}-*`], users };
      return { conditions: family, request: { profile: `team-${team}-dev`, user } };
    }
    case 7:
    case 14: {
      const time = {
        days: WORKDAYS,
        hours: { start: "09:00", end: "18:00" },
        timezone: ZONES[roll(ZONES.length)]!,
      };
      return { conditions: { profiles: [profile], users, time }, request: { profile, user } };
    }
    default:
      return { conditions: { profiles: [profile], users }, request: { profile, user } };
  }
}

function ruleOf(parts: Pick<Rule, "name" | "effect" | "conditions">): Rule {
  return { ...parts, sessionTable: null, maxServerDurationSeconds: null, reason: null };
}

/** A policy of `count` rules that ends in "deny", and requests of which most meet a rule. */
function generate(count: number): { policy: Policy; requests: readonly EvaluationRequest[] } {
  const roll = createDice();
  const spread = Math.max(3, Math.floor(count / 10));
  const drafts = Array.from(
    { length: count - 1 },
    (_, index) => draftRule(index, { roll, spread }),
  );
  const rules = drafts.map(({ conditions }, index) =>
    ruleOf({ name: `rule-${index}`, effect: "allow", conditions })
  );
  rules.push(ruleOf({ name: "rest", effect: "deny", conditions: {} }));
  const requests = Array.from({ length: REQUESTS * SLICES }, (_, index): EvaluationRequest => {
    const { profile, user } = drafts[roll(drafts.length)]!.request;
    const stranger = index % 4 === 0 ? `user-${roll(spread)}@example.com` : user;
    return { profile, user: stranger, mode: "server", time: TIME };
  });
  return { policy: { version: "1", rules }, requests };
}

/** A document of `count` short rules: even 100,000 of them stay below the parser's limit. */
function writeDocument(count: number): string {
  const rules = Array.from(
    { length: count },
    (_, index) =>
      `- {name: r${index}, effect: allow, conditions: {profiles: [p${
        index % 999
      }], users: [u${index}]}}\n`,
  );
  return `version: "1"\nrules:\n${rules.join("")}`;
}

/** The median of what `measure` says in `runs` runs. */
function median(runs: number, measure: () => number): number {
  const values = Array.from({ length: runs }, measure).sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

function elapsedMs(body: () => void): number {
  const started = performance.now();
  body();
  return performance.now() - started;
}

/** Milliseconds in which `decide` answers `count` requests, most of them with yes. */
function decisionsMs(decide: PolicyEvaluator, { requests, count }: {
  requests: readonly EvaluationRequest[];
  count: number;
}): number {
  let allowed = 0;
  const milliseconds = elapsedMs(() => {
    for (let index = 0; index < count; index++) {
      // The verdict is used, so that making it cannot be optimised away.
      if (decide(requests[index % requests.length]!).effect === "allow") allowed++;
    }
  });
  if (allowed < count / 2) throw new Error("few requests of the benchmark meet a rule that allows");
  return milliseconds;
}

/** Measures all sizes, in some twenty seconds. */
export function measurePolicy(): PolicyFigures {
  return SIZES.map(({ rules, goalNanoseconds, count }) => {
    const runs = rules > 10_000 ? 3 : 9;
    const document = writeDocument(rules);
    const parseMs = median(runs, () => elapsedMs(() => void parsePolicy(document)));
    const { policy, requests: all } = generate(rules);
    const compileMs = median(runs, () => elapsedMs(() => void compilePolicy(policy)));
    const decide = compilePolicy(policy);
    const slices = Array.from(
      { length: SLICES },
      (_, index) => all.slice(index * REQUESTS, (index + 1) * REQUESTS),
    );
    const firstMs = median(SLICES, () => {
      const requests = slices.pop()!;
      return decisionsMs(decide, { requests, count: REQUESTS });
    });
    const requests = all.slice(0, REQUESTS);
    decisionsMs(decide, { requests, count });
    const batchMs = median(9, () => decisionsMs(decide, { requests, count }));
    return {
      rules,
      nanosecondsPerDecision: Math.round(batchMs / count * 1e6),
      goalNanoseconds,
      nanosecondsPerFirstDecision: Math.round(firstMs / REQUESTS * 1e6),
      compileMs: Math.round(compileMs * 100) / 100,
      parseMs: Math.round(parseMs * 100) / 100,
    };
  });
}

if (import.meta.main) {
  console.table(measurePolicy());
}
