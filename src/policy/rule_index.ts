/**
 * Finds the rules of a large policy that may be about a profile and a user, without looking at the
 * others. It only proposes: whether a rule matches is always decided by the rule itself, so a
 * candidate too many costs time and never changes an answer.
 *
 * @module
 */
import { ARN_PREFIX } from "./caller_list.ts";
import type { CompiledRule } from "./compiled_rule.ts";
import { literalPrefix, literalSuffix } from "./pattern.ts";
import type { Conditions, Rule } from "./policy.ts";

/** Keys (profiles × users) of one rule beyond which it is filed under its profiles alone. */
const MAX_KEYS_PER_RULE = 64;

/** The pattern of rules that hold for any profile, or any user. */
const ANY = "*";

/** Things filed by the text with which patterns begin, or end. */
class AffixIndex<T> {
  readonly #filed = new Map<string, T>();
  readonly #lengths: number[] = [];
  readonly #isSuffix: boolean;

  constructor(side: "prefix" | "suffix") {
    this.#isSuffix = side === "suffix";
  }

  at(affix: string, create: () => T): T {
    const found = this.#filed.get(affix) ?? create();
    this.#filed.set(affix, found);
    if (!this.#lengths.includes(affix.length)) this.#lengths.push(affix.length);
    return found;
  }

  find(text: string, into: T[]): void {
    for (const length of this.#lengths) {
      const affix = this.#isSuffix ? text.slice(-length) : text.slice(0, length);
      const found = this.#filed.get(affix);
      if (found !== undefined) into.push(found);
    }
  }
}

/**
 * Things filed by patterns: exact texts as they are, `prod-*` by its beginning, `*@example.com` by
 * its end, and what has neither under "any".
 */
class PatternIndex<T> {
  readonly #create: () => T;
  readonly #exact = new Map<string, T>();
  #prefixes: AffixIndex<T> | null = null;
  #suffixes: AffixIndex<T> | null = null;
  #any: T | null = null;

  /** What is not filed yet is made by `create`. */
  constructor(create: () => T) {
    this.#create = create;
  }

  /** What is filed under `pattern`. */
  at(pattern: string): T {
    if (!pattern.includes("*")) {
      const found = this.#exact.get(pattern) ?? this.#create();
      this.#exact.set(pattern, found);
      return found;
    }
    const prefix = literalPrefix(pattern);
    if (prefix !== "") {
      return (this.#prefixes ??= new AffixIndex("prefix")).at(prefix, this.#create);
    }
    const suffix = literalSuffix(pattern);
    if (suffix !== "") {
      return (this.#suffixes ??= new AffixIndex("suffix")).at(suffix, this.#create);
    }
    return this.#any ??= this.#create();
  }

  /** Adds to `into` all that is filed under patterns that may match `text`. */
  find(text: string, into: T[]): void {
    const exact = this.#exact.get(text);
    if (exact !== undefined) into.push(exact);
    this.#prefixes?.find(text, into);
    this.#suffixes?.find(text, into);
    if (this.#any !== null) into.push(this.#any);
  }
}

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
function patternsOf(patterns: readonly string[] = []): readonly string[] {
  // An item that is an ARN may match whatever the username is.
  const isOpen = patterns.length === 0 || patterns.some((item) => item.startsWith(ARN_PREFIX));
  return isOpen ? [ANY] : patterns;
}
