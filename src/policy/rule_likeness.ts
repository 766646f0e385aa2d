/**
 * When two rules are as good as one. Names make no difference here: they only stand in logs.
 *
 * @module
 */
import type { Rule } from "./policy.ts";

/** Whether it makes no difference which of two rules decides, but for the name in the log. */
export function decideAlike(a: Rule, b: Rule): boolean {
  return a.effect === b.effect && a.sessionTable === b.sessionTable &&
    a.maxServerDurationSeconds === b.maxServerDurationSeconds;
}

/** Whether two rules have the same conditions, in whatever order. */
export function isDuplicate(a: Rule, b: Rule): boolean {
  return canonical(a) === canonical(b);
}

function canonical({ conditions }: Rule): string {
  const { profiles = [], users = [], roles = [], accounts = [], mode = [], time } = conditions;
  const lists = [profiles, users, roles, accounts, mode].map((list) => [...new Set(list)].sort());
  const { days = [], hours, timezone } = time ?? {};
  return JSON.stringify([
    ...lists,
    time === undefined ? null : [
      [...new Set(days)].sort(),
      hours?.start,
      hours?.end,
      timezone,
    ],
  ]);
}
