/**
 * The shape of a parsed policy, for one that comes from a file instead of the parser. It must let
 * nothing pass that this version of the program would not understand in full: an unknown key may
 * be a condition of a later version.
 *
 * @module
 */
import {
  type ApprovalRule,
  type AutoApproval,
  type BreakGlassLimits,
  type BreakGlassRule,
  type Conditions,
  CREDENTIAL_MODES,
  type HoursWindow,
  LIFTABLE_REFUSALS,
  type Policy,
  REASON_CODES,
  type Rule,
  RULE_EFFECTS,
  type TargetConditions,
  type TimeCondition,
  WEEKDAYS,
} from "../policy/policy.ts";

type Check = (value: unknown) => boolean;

/** Keys of `T` that may be absent. */
type Optional<T> = { [Key in keyof T]-?: undefined extends T[Key] ? Key : never }[keyof T];

/** A check for each key of `T`. */
interface Shape<T> {
  readonly required: { readonly [Key in Exclude<keyof T, Optional<T>>]: Check };
  readonly optional: { readonly [Key in Optional<T>]: Check };
}

const orNull = (check: Check): Check => (value) => value === null || check(value);
const oneOf = (words: readonly string[]): Check => (value) => words.includes(value as string);
const text: Check = (value) => typeof value === "string" && value !== "";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const flag: Check = (value) => typeof value === "boolean";
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
/** An empty list of a condition would match nothing, or everything: the parser makes none. */
const some = (check: Check): Check => (value) => list(check)(value) && (value as []).length > 0;

function shape<T>({ required, optional }: Shape<T>): Check {
  const checks = new Map<string, Check>(Object.entries({ ...optional, ...required }));
  const needed = Object.keys(required);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    for (const key in value) {
      if (checks.get(key)?.((value as Record<string, unknown>)[key]) !== true) return false;
    }
    return needed.every((key) => key in value);
  };
}

const isTime = shape<TimeCondition>({
  required: { timezone: text },
  optional: {
    days: some(oneOf(WEEKDAYS)),
    hours: shape<HoursWindow>({ required: { start: text, end: text }, optional: {} }),
  },
});

const target = { profiles: some(text), roles: some(text), accounts: some(text) };

const isTarget = shape<TargetConditions>({ required: {}, optional: target });

const isConditions = shape<Conditions>({
  required: {},
  optional: { ...target, users: some(text), mode: some(oneOf(CREDENTIAL_MODES)), time: isTime },
});

const isRule = shape<Rule>({
  required: {
    name: text,
    effect: oneOf(RULE_EFFECTS),
    conditions: isConditions,
    sessionTable: orNull(text),
    maxServerDurationSeconds: orNull(count),
    reason: orNull(text),
  },
  optional: {},
});

const isApprovalRule = shape<ApprovalRule>({
  required: {
    name: text,
    conditions: isTarget,
    approvers: some(text),
    required: count,
    maxDurationSeconds: count,
    autoApproval: orNull(shape<AutoApproval>({
      required: { users: some(text), time: orNull(isTime), maxDurationSeconds: count },
      optional: {},
    })),
    allowMinimum: flag,
  },
  optional: {},
});

const isBreakGlassRule = shape<BreakGlassRule>({
  required: {
    name: text,
    conditions: isTarget,
    users: some(text),
    allowedReasonCodes: some(oneOf(REASON_CODES)),
    time: orNull(isTime),
    maxDurationSeconds: count,
    lifts: some(oneOf(LIFTABLE_REFUSALS)),
    limits: shape<BreakGlassLimits>({
      required: {
        cooldownSeconds: orNull(count),
        maxPerUser: orNull(count),
        maxPerProfile: orNull(count),
        quotaWindowSeconds: count,
        escalationThreshold: orNull(count),
      },
      optional: {},
    }),
    allowMinimum: flag,
  },
  optional: {},
});

const isPolicyShape = shape<Policy>({
  required: { version: oneOf(["1"]), rules: list(isRule) },
  optional: { approvals: some(isApprovalRule), breakGlass: some(isBreakGlassRule) },
});

/** Whether `value`, which came from JSON, is a policy of this version and nothing more. */
export function isPolicy(value: unknown): value is Policy {
  return isPolicyShape(value);
}
