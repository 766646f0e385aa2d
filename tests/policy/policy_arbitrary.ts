/**
 * Random policies and requests made of few words, so that rules and requests meet often, and of
 * moments around the transitions of awkward time zones.
 *
 * @module
 */
import fc from "fast-check";
import {
  type ApprovalRule,
  type BreakGlassRule,
  type Conditions,
  CREDENTIAL_MODES,
  type EvaluationRequest,
  LIFTABLE_REFUSALS,
  type Policy,
  REASON_CODES,
  type Rule,
  RULE_EFFECTS,
  type TargetConditions,
  type TimeCondition,
  WEEKDAYS,
} from "../../src/policy/policy.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260131 });

const PROFILES = ["prod", "prod-a", "prod-b", "dev", "dev-a", "p", "a*b", "Prod", "prod-a-b"];
const PROFILE_PATTERNS = ["*", "prod-*", "*-a", "p*d", "pro*", "**", "*o*", "prod*-a*b", "dev-*"];
const USERS = ["alice", "bob", "alice@ops.example.com", "bob@dev.example.com", "role/alice", "a"];
const USER_PATTERNS = ["*@ops.example.com", "a*", "*alice*", "*", "bob*", "*e", "role/*"];
const ARNS = [
  "arn:aws:iam::123456789012:user/alice",
  "arn:aws:sts::123456789012:assumed-role/Dev/bob",
  "arn:aws-cn:iam::210987654321:user/bob",
];
const ARN_PATTERNS = ["arn:*:user/*", "arn:aws:sts::*", "arn:aws:iam::123456789012:user/alice"];
const ROLES = ["arn:aws:iam::123456789012:role/ProdAdmin", "arn:aws:iam::210987654321:role/Dev"];
const ROLE_PATTERNS = ["arn:*", "arn:aws:iam::123456789012:role/Prod*", "arn:aws:iam::*:role/Dev"];
const ACCOUNTS = ["123456789012", "210987654321", "000000000000"];

/** Gaps and overlaps of an hour and of half an hour, quarter-hour offsets, a skipped day. */
export const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "America/St_Johns",
  "Africa/Casablanca",
  "Pacific/Chatham",
  "Asia/Kolkata",
];

/** The next transitions after 2009, in milliseconds, of all zones that have some. */
const TRANSITIONS = ZONES.flatMap((zone) => {
  const found: number[] = [];
  let next = Temporal.Instant.from("2009-06-01T00:00Z").toZonedDateTimeISO(zone)
    .getTimeZoneTransition("next");
  while (next !== null && found.length < 12) {
    found.push(next.epochMilliseconds);
    next = next.getTimeZoneTransition("next");
  }
  return found;
});

const MINUTE = 60_000;

/** Moments: most of them near a transition or a midnight, some very far away. */
export const moments: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: near(fc.constantFrom(...TRANSITIONS), 26 * 60 * MINUTE) },
  { weight: 2, arbitrary: near(fc.constantFrom(...TRANSITIONS), 2 * MINUTE) },
  { weight: 2, arbitrary: fc.integer({ min: 1.2e12, max: 2.2e12 }) },
  { weight: 1, arbitrary: fc.integer({ min: -6e12, max: 8e12 }) },
);

function near(moments: fc.Arbitrary<number>, distance: number): fc.Arbitrary<number> {
  return fc.tuple(moments, fc.integer({ min: -distance, max: distance })).map(([a, b]) => a + b);
}

const clockTimes = fc.tuple(fc.nat(23), fc.constantFrom(0, 1, 15, 30, 45, 59)).map((
  [hour, minute],
) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);

const hours = fc.tuple(clockTimes, clockTimes).filter(([start, end]) => start !== end)
  .map(([start, end]) => ({ start, end }));

/** A field that is there or not, and never there with the value `undefined`. */
function maybe<K extends string, T>(
  key: K,
  values: fc.Arbitrary<T>,
): fc.Arbitrary<{ [P in K]?: T }> {
  return fc.option(values, { nil: undefined }).map((value) =>
    (value === undefined ? {} : { [key]: value }) as { [P in K]?: T }
  );
}

function some(...words: readonly string[][]): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...words.flat()), { minLength: 1, maxLength: 4 });
}

/** Time conditions of all those zones. */
export const times: fc.Arbitrary<TimeCondition> = fc.tuple(
  maybe("days", fc.subarray([...WEEKDAYS], { minLength: 1 })),
  maybe("hours", hours),
  fc.record({ timezone: fc.constantFrom(...ZONES) }),
).map((parts) => Object.assign({}, ...parts));

/** Conditions. Each field is absent about half the time. */
export const conditions: fc.Arbitrary<Conditions> = fc.tuple(
  maybe("profiles", some(PROFILES, PROFILE_PATTERNS)),
  maybe("users", some(USERS, USER_PATTERNS, ARN_PATTERNS)),
  fc.boolean().chain((rare) => rare ? maybe("roles", some(ROLES, ROLE_PATTERNS)) : fc.constant({})),
  fc.boolean().chain((rare) => rare ? maybe("accounts", some(ACCOUNTS)) : fc.constant({})),
  maybe("mode", fc.subarray([...CREDENTIAL_MODES], { minLength: 1 })),
  maybe("time", times),
).map((parts) => Object.assign({}, ...parts));

/** Rules without a name of their own; {@linkcode policyOf} gives them one. */
export const rules: fc.Arbitrary<Rule> = fc.record({
  name: fc.constant(""),
  effect: fc.constantFrom(...RULE_EFFECTS),
  conditions,
  sessionTable: fc.constantFrom(null, "prod-sessions", "sqlite:/var/lib/sessions.db"),
  maxServerDurationSeconds: fc.constantFrom(null, 900, 5400, 43200),
  reason: fc.constantFrom(null, "Production needs a ticket", 'say "please": é 🔐'),
});

const targets: fc.Arbitrary<TargetConditions> = fc.tuple(
  maybe("profiles", some(PROFILES, PROFILE_PATTERNS)),
  fc.boolean().chain((rare) => rare ? maybe("roles", some(ROLES, ROLE_PATTERNS)) : fc.constant({})),
  fc.boolean().chain((rare) => rare ? maybe("accounts", some(ACCOUNTS)) : fc.constant({})),
).map((parts) => Object.assign({}, ...parts));

const people = some(USERS, USER_PATTERNS, ARN_PATTERNS);
const counts = fc.constantFrom(null, 1, 2, 1000);

/** Entries of `approvals`, without a name of their own. */
export const approvals: fc.Arbitrary<ApprovalRule> = fc.record({
  name: fc.constant(""),
  conditions: targets,
  approvers: people,
  required: fc.constantFrom(1, 2, 10),
  maxDurationSeconds: fc.constantFrom(3600, 5400, 28_800),
  autoApproval: fc.option(fc.record({
    users: people,
    time: fc.option(times),
    maxDurationSeconds: fc.constantFrom(900, 3600),
  })),
  allowMinimum: fc.boolean(),
}).map((rule) => {
  // As many as are named can be required; of a pattern there may be any number.
  const named = rule.approvers.some((item) => item.includes("*")) ? 10 : rule.approvers.length;
  return { ...rule, required: Math.min(rule.required, named) };
});

/** Entries of `break_glass`, without a name of their own. */
export const breakGlass: fc.Arbitrary<BreakGlassRule> = fc.record({
  name: fc.constant(""),
  conditions: targets,
  users: people,
  allowedReasonCodes: fc.subarray([...REASON_CODES], { minLength: 1 }),
  time: fc.option(times),
  maxDurationSeconds: fc.constantFrom(900, 14_400),
  lifts: fc.subarray([...LIFTABLE_REFUSALS], { minLength: 1 }),
  limits: fc.record({
    cooldownSeconds: fc.constantFrom(null, 60, 5400),
    maxPerUser: counts,
    maxPerProfile: counts,
    quotaWindowSeconds: fc.constantFrom(3600, 86_400, 2_592_000),
    escalationThreshold: counts,
  }),
  allowMinimum: fc.boolean(),
});

function named<T>(entries: readonly T[]): T[] {
  return entries.map((entry, index) => ({ ...entry, name: `entry ${index}` }));
}

/** A policy of `rules`, named by their places. */
export function policyOf(rules: readonly Rule[]): Policy {
  return { version: "1", rules: rules.map((rule, index) => ({ ...rule, name: `rule ${index}` })) };
}

/** Policies of up to `maxLength` rules and nothing else. */
export function policies(maxLength = 12): fc.Arbitrary<Policy> {
  return fc.array(rules, { maxLength, size: "max" }).map(policyOf);
}

/** Policies of up to `maxLength` rules, with or without the other sections. */
export function wholePolicies(maxLength = 6): fc.Arbitrary<Policy> {
  return fc.tuple(
    policies(maxLength),
    maybe("approvals", fc.array(approvals, { minLength: 1, maxLength: 3 }).map(named)),
    maybe("breakGlass", fc.array(breakGlass, { minLength: 1, maxLength: 3 }).map(named)),
  ).map((parts) => Object.assign({}, ...parts));
}

/** Requests, with dates and with instants. */
export const requests: fc.Arbitrary<EvaluationRequest> = fc.record({
  user: fc.constantFrom(...USERS, "mallory", ""),
  profile: fc.constantFrom(...PROFILES, "other", ""),
  mode: fc.constantFrom(...CREDENTIAL_MODES),
  time: fc.tuple(moments, fc.boolean()).map(([moment, asDate]) =>
    asDate ? new Date(moment) : Temporal.Instant.fromEpochMilliseconds(moment)
  ),
  sessionTableName: fc.constantFrom(undefined, null, "", "caller-sessions"),
  role: fc.constantFrom(undefined, null, ...ROLES),
  account: fc.constantFrom(undefined, null, ...ACCOUNTS),
  arn: fc.constantFrom(undefined, null, ...ARNS),
}).map((request) => request as EvaluationRequest);
