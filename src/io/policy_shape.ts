/**
 * The shape of a parsed policy, for one that comes from a file instead of the parser. It must let
 * nothing pass that this version of the program would not understand in full: an unknown key may
 * be a condition of a later version.
 *
 * @module
 */
import {
  type Conditions,
  CREDENTIAL_MODES,
  type HoursWindow,
  type Policy,
  type Rule,
  RULE_EFFECTS,
  type TimeCondition,
  WEEKDAYS,
} from "../policy/policy.ts";

type Check = (value: unknown) => boolean;

/** Checks for each key of `T`; one for a key that may be absent is {@linkcode optional}. */
type Shape<T> = { readonly [Key in keyof Required<T>]: Check };

const optional = (check: Check): Check => (value) => value === undefined || check(value);
const orNull = (check: Check): Check => (value) => value === null || check(value);
const oneOf = (words: readonly string[]): Check => (value) => words.includes(value as string);
const text: Check = (value) => typeof value === "string" && value !== "";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const list = (check: Check): Check => (value) => Array.isArray(value) && value.every(check);
/** An empty list of a condition would match nothing, or everything: the parser makes none. */
const some = (check: Check): Check => (value) => list(check)(value) && (value as []).length > 0;

function shape<T>(checks: Shape<T>): Check {
  const keys = Object.keys(checks) as (keyof T & string)[];
  const known = new Set<string>(keys);
  return (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.keys(value).every((key) => known.has(key)) &&
    keys.every((key) => checks[key]((value as T)[key]));
}

const isPolicyShape = shape<Policy>({
  version: oneOf(["1"]),
  rules: list(shape<Rule>({
    name: text,
    effect: oneOf(RULE_EFFECTS),
    conditions: shape<Conditions>({
      profiles: optional(some(text)),
      users: optional(some(text)),
      roles: optional(some(text)),
      accounts: optional(some(text)),
      mode: optional(some(oneOf(CREDENTIAL_MODES))),
      time: optional(shape<TimeCondition>({
        days: optional(some(oneOf(WEEKDAYS))),
        hours: optional(shape<HoursWindow>({ start: text, end: text })),
        timezone: text,
      })),
    }),
    sessionTable: orNull(text),
    maxServerDurationSeconds: orNull(count),
    reason: orNull(text),
  })),
});

/** Whether `value`, which came from JSON, is a policy of this version and nothing more. */
export function isPolicy(value: unknown): value is Policy {
  return isPolicyShape(value);
}
