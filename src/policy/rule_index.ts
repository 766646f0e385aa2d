/**
 * Finds the first matching rule of a large policy without looking at most of its rules. The index
 * only proposes candidates, in the order of the rules; whether one matches is always decided by the
 * rule itself, so a candidate too many costs time and never changes an answer.
 *
 * @module
 */
import { ARN_PREFIX, type CompiledRule } from "./compiled_rule.ts";
import { literalPrefix, literalSuffix } from "./pattern.ts";
import type { EvaluationRequest, Rule } from "./policy.ts";

/** Keys (profiles × users) of one rule beyond which it is filed under its profiles alone. */
const MAX_KEYS_PER_RULE = 64;

/** The key of rules that hold for any profile, or any user. */
const ANY = "*";

/** Something that can name the first of its rules that matches. */
interface Candidates {
  /** Index of the first rule below `bound` that matches `request`, else `bound`. */
  first(request: EvaluationRequest, bound: number): number;
}

/** Rules with the same keys, in the order of the policy. */
class RuleList implements Candidates {
  readonly #indexes: number[] = [];
  readonly #rules: readonly CompiledRule[];

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
  }

  /** Adds a rule; `ruleIndex` must not be lower than those already in. */
  add(ruleIndex: number): void {
    if (this.#indexes.at(-1) !== ruleIndex) this.#indexes.push(ruleIndex);
  }

  first(request: EvaluationRequest, bound: number): number {
    for (const index of this.#indexes) {
      if (index >= bound) break;
      if (this.#rules[index]!.matches(request)) return index;
    }
    return bound;
  }
}

/** A tree of characters that finds all filed prefixes (or suffixes) of a text in one walk. */
interface TrieNode<T> {
  next: Map<number, TrieNode<T>> | null;
  value: T | null;
}

/**
 * Files candidates by the patterns of one dimension of the request: exact texts in a map, `prod-*`
 * by its prefix, `*@example.com` by its suffix, and what has neither under "any".
 */
class PatternIndex<T extends Candidates> implements Candidates {
  readonly #dimension: "profile" | "user";
  readonly #create: () => T;
  #any: T | null = null;
  #exact: Map<string, T> | null = null;
  #prefixes: TrieNode<T> | null = null;
  #suffixes: TrieNode<T> | null = null;

  constructor(dimension: "profile" | "user", create: () => T) {
    this.#dimension = dimension;
    this.#create = create;
  }

  /** The candidates filed under `pattern`, created when there are none yet. */
  at(pattern: string): T {
    if (!pattern.includes("*")) {
      this.#exact ??= new Map();
      const found = this.#exact.get(pattern) ?? this.#create();
      this.#exact.set(pattern, found);
      return found;
    }
    const prefix = literalPrefix(pattern);
    if (prefix !== "") return this.#file(this.#prefixes ??= emptyNode(), prefix);
    const suffix = literalSuffix(pattern);
    if (suffix !== "") return this.#file(this.#suffixes ??= emptyNode(), reverse(suffix));
    return this.#any ??= this.#create();
  }

  #file(root: TrieNode<T>, text: string): T {
    let node = root;
    for (let i = 0; i < text.length; i++) {
      const children = node.next ??= new Map<number, TrieNode<T>>();
      const child = children.get(text.charCodeAt(i)) ?? emptyNode<T>();
      children.set(text.charCodeAt(i), child);
      node = child;
    }
    return node.value ??= this.#create();
  }

  first(request: EvaluationRequest, bound: number): number {
    const text = this.#dimension === "profile" ? request.profile : request.user;
    let best = bound;
    const exact = this.#exact?.get(text);
    if (exact !== undefined) best = exact.first(request, best);
    if (this.#any !== null) best = this.#any.first(request, best);
    let node = this.#prefixes;
    for (let i = 0; node !== null; i++) {
      if (node.value !== null) best = node.value.first(request, best);
      node = i < text.length ? node.next?.get(text.charCodeAt(i)) ?? null : null;
    }
    node = this.#suffixes;
    for (let i = text.length - 1; node !== null; i--) {
      if (node.value !== null) best = node.value.first(request, best);
      node = i >= 0 ? node.next?.get(text.charCodeAt(i)) ?? null : null;
    }
    return best;
  }
}

function emptyNode<T>(): TrieNode<T> {
  return { next: null, value: null };
}

/** By code units, as the walk reads them. */
function reverse(text: string): string {
  return text.split("").reverse().join("");
}

/** Keys of a condition, each once; "any" alone when one of them is as wide. */
function keysOf(patterns: readonly string[] | undefined): readonly string[] {
  if (patterns === undefined || patterns.length === 0) return [ANY];
  // An ARN is another dimension: the username says nothing about it.
  if (patterns.some((pattern) => pattern.startsWith(ARN_PREFIX))) return [ANY];
  return patterns.length === 1 ? patterns : [...new Set(patterns)];
}

/** All rules of a policy, filed by profile and then by user. */
export class RuleIndex {
  readonly #rules: readonly CompiledRule[];
  readonly #root: PatternIndex<PatternIndex<RuleList>>;

  /** Files `compiled`, the rules of `rules` in the same order. */
  constructor(rules: readonly Rule[], compiled: readonly CompiledRule[]) {
    this.#rules = compiled;
    const list = () => new RuleList(compiled);
    this.#root = new PatternIndex("profile", () => new PatternIndex("user", list));
    rules.forEach(({ conditions }, ruleIndex) => {
      const profiles = keysOf(conditions.profiles);
      const users = keysOf(conditions.users);
      const userKeys = profiles.length * users.length > MAX_KEYS_PER_RULE ? [ANY] : users;
      for (const profile of profiles) {
        for (const user of userKeys) this.#root.at(profile).at(user).add(ruleIndex);
      }
    });
  }

  /** The first rule that matches `request`, or `undefined`. */
  first(request: EvaluationRequest): CompiledRule | undefined {
    return this.#rules[this.#root.first(request, this.#rules.length)];
  }
}
