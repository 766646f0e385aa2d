/**
 * What a linter says of a policy: findings as data. A code is public API, like those of errors.
 *
 * @module
 */
import type { PolicySection, Rule } from "./policy.ts";

/** How much a finding weighs, the heaviest first. */
export const LINT_LEVELS = ["error", "warning", "note"] as const;
/**
 * How much a finding weighs: an `error` does something else than it says, a `warning` grants more
 * or does less than its author may think, a `note` is worth knowing.
 */
export type LintLevel = typeof LINT_LEVELS[number];

/** What can be found, and what it means in one line. */
export const LINT_CODES = {
  "unreachable-rule": "Earlier rules cover everything that the rule could match.",
  "duplicate-rule": "An earlier rule has the same conditions.",
  "contradictory-conditions": "The conditions exclude each other: no role is in such an account.",
  "unmet-requirement": "The rule requires the server of requests that do not come from there.",
  "deny-after-allow": "An earlier rule grants a part of what the rule denies.",
  "unbound-grant": "Nothing binds it to an account: a profile's name is the user's choice.",
  "any-user": "It grants to anybody, or to people of accounts that are not yours.",
  "unreachable-entry": "Earlier entries cover everything that the entry could cover.",
  "unneeded-entry": "No rule refuses anything that the entry could lift.",
  "dead-end": "The rule requires an approval, and nobody could lift what it refuses.",
  "any-approver": "Anybody may approve, or people of accounts that are not yours.",
  "unused-session-table": "No session of the rule can ever be kept in its table.",
  "unused-server-duration": "No server can ever issue credentials under the rule.",
} as const satisfies Readonly<Record<string, string>>;
/** A stable code of a finding. */
export type LintCode = keyof typeof LINT_CODES;

/** A rule that a finding is about, or an entry of another section. */
export interface RuleReference {
  /** Where it stands. */
  readonly section: PolicySection;
  /** Index in the section. */
  readonly index: number;
  /** Its name. */
  readonly name: string;
}

/** One thing that was found. */
export interface LintFinding {
  /** What kind of thing it is. */
  readonly code: LintCode;
  /** How much it weighs. */
  readonly level: LintLevel;
  /** The rule or entry that it is about. */
  readonly rule: RuleReference;
  /** The part of it, by its key in the full spelling, or `null` for all of it. */
  readonly key: string | null;
  /** The others that make it so; the first ones where there are many. */
  readonly others: readonly RuleReference[];
  /** What is the matter and why, in one line. Printable. */
  readonly message: string;
}

/** Everything that was found. */
export interface LintReport {
  /** In the order of the rules, then of the entries. */
  readonly findings: readonly LintFinding[];
  /** Rules and entries of which it was too much work to know what they decide. */
  readonly undecided: readonly RuleReference[];
}

/** A rule that may grant credentials, at once or after an approval. */
export function isGrant({ effect }: Rule): boolean {
  return effect !== "deny";
}
