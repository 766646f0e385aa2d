/**
 * Finds the rules of a large policy that may be about a profile and a user, without looking at the
 * others. It only proposes: whether a rule matches is always decided by the rule itself, so a
 * candidate too many costs time and never changes an answer.
 *
 * @module
 */
import { ARN_PREFIX } from "./caller_list.ts";
import type { CompiledRule } from "./compiled_rule.ts";
import { PatternIndex } from "./pattern_index.ts";
import type { Conditions, Rule } from "./policy.ts";

/** Keys (profiles × users) of one rule beyond which it is filed under its profiles alone. */
const MAX_KEYS_PER_RULE = 64;

/** The pattern of rules that hold for any profile, or any user. */
export const ANY = "*";

/** The rules of a policy, filed by profile and then by user. */
export class RuleIndex {
  readonly #compiled: readonly CompiledRule[];
  readonly #indexes = new PatternIndex(() => new PatternIndex<number[]>(() => []));

  /** Files `compiled`, which are `rules` in the same order. */
  constructor(rules: readonly Rule[], compiled: readonly CompiledRule[]) {
    this.#compiled = compiled;
    rules.forEach(({ conditions }, ruleIndex) => this.#file(conditions, ruleIndex));
  }

  #file(conditions: Conditions, ruleIndex: number): void {
    const profiles = patternsOf(conditions.profiles);
    const users = patternsOf(conditions.users);
    const keys = profiles.length * users.length > MAX_KEYS_PER_RULE ? [ANY] : users;
    for (const profile of profiles) {
      const byUser = this.#indexes.at(profile);
      for (const user of keys) byUser.at(user).push(ruleIndex);
    }
  }

  /** The rules that may be about `profile` and `user`, in the order of the policy. */
  candidates(profile: string, user: string): readonly CompiledRule[] {
    const found: PatternIndex<number[]>[] = [];
    const lists: number[][] = [];
    this.#indexes.find(profile, found);
    for (const byUser of found) byUser.find(user, lists);
    const indexes = lists.flat().sort((a, b) => a - b);
    const rules: CompiledRule[] = [];
    for (let i = 0; i < indexes.length; i++) {
      // A rule that is filed under several patterns may be found more than once.
      if (indexes[i] !== indexes[i - 1]) rules.push(this.#compiled[indexes[i]!]!);
    }
    return rules;
  }
}

/** The patterns under which a condition is filed. */
export function patternsOf(patterns: readonly string[] = []): readonly string[] {
  // An item that is an ARN may match whatever the username is.
  const isOpen = patterns.length === 0 || patterns.some((item) => item.startsWith(ARN_PREFIX));
  return isOpen ? [ANY] : patterns;
}
