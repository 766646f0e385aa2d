/**
 * Sets of texts as conditions cut them out: what matches these patterns and not those. A set knows
 * one of its members, so that "is it empty?" is never a question.
 *
 * @module
 */
import {
  findText,
  includes,
  matcherOf,
  type TextKind,
  type TextMatcher,
  workOn,
} from "./wildcard_search.ts";
import type { WorkBudget } from "./work_budget.ts";

/** A condition on a text: one of `patterns` matches. */
export class TextCondition {
  readonly kind: TextKind;
  readonly patterns: readonly string[];
  /** Patterns without a `*`. */
  readonly exact: readonly string[];
  /** Patterns with a `*`. */
  readonly wildcards: readonly string[];
  #matcher: TextMatcher | null = null;

  /** `patterns` must not be empty: an absent condition is none. */
  constructor(patterns: readonly string[], kind: TextKind) {
    this.kind = kind;
    this.patterns = [...new Set(patterns)];
    this.exact = this.patterns.filter((pattern) => !pattern.includes("*"));
    this.wildcards = this.patterns.filter((pattern) => pattern.includes("*"));
  }

  /** Whether it holds for `text`, as the evaluator has it. */
  holds(text: string): boolean {
    this.#matcher ??= matcherOf(this.patterns, this.kind);
    return this.#matcher.matches(text);
  }
}

/** A part of a set: one text, or all that match every one of `within` and none of `without`. */
interface Part {
  /** A member; the only one where `within` is empty. */
  readonly member: string;
  readonly within: readonly string[];
  readonly without: readonly string[];
}

/** A set of texts, perhaps with "there is none" as a further member. */
export class TextSet {
  readonly #kind: TextKind;
  readonly #budget: WorkBudget;
  readonly #parts: readonly Part[];
  /** Whether a request that lacks the text belongs to it. */
  readonly hasAbsent: boolean;

  private constructor(kind: TextKind, contents: TextSetContents) {
    this.#kind = kind;
    this.#budget = contents.budget;
    this.#parts = contents.parts;
    this.hasAbsent = contents.hasAbsent;
  }

  /** Every text; with `canLack` also its absence. What is done with it is taken from `budget`. */
  static all(
    kind: TextKind,
    { canLack, budget }: { readonly canLack: boolean; readonly budget: WorkBudget },
  ): TextSet {
    const parts = [{ member: "x", within: ["*"], without: [] }];
    return new TextSet(kind, { parts, hasAbsent: canLack, budget });
  }

  /** Whether nothing is left. */
  get isEmpty(): boolean {
    return this.#parts.length === 0 && !this.hasAbsent;
  }

  /** A member; `null` is absence, the plainest of all. The set must not be empty. */
  get member(): string | null {
    return this.hasAbsent ? null : this.#parts[0]!.member;
  }

  /** Those for which `condition` holds; all, where there is none. Throws `WorkExhausted`. */
  inside(condition: TextCondition | null): TextSet {
    if (condition === null) return this;
    return this.#with((part) => insideOf(part, condition, this.#budget), false);
  }

  /** Those for which `condition` does not hold; none, where there is none. Throws `WorkExhausted`. */
  outside(condition: TextCondition | null): TextSet {
    if (condition === null) return this.#with(() => [], false);
    return this.#with((part) => outsideOf(part, condition, this.#budget), this.hasAbsent);
  }

  #with(partsOf: (part: Part) => readonly Part[], hasAbsent: boolean): TextSet {
    this.#budget.spend(this.#parts.length);
    return new TextSet(this.#kind, {
      parts: this.#parts.flatMap(partsOf),
      hasAbsent,
      budget: this.#budget,
    });
  }
}

/** What a {@linkcode TextSet} consists of. */
interface TextSetContents {
  readonly parts: readonly Part[];
  readonly hasAbsent: boolean;
  readonly budget: WorkBudget;
}

function insideOf(part: Part, condition: TextCondition, budget: WorkBudget): Part[] {
  const { kind } = condition;
  if (part.within.length === 0) return condition.holds(part.member) ? [part] : [];
  const { wildcards, exact } = condition;
  budget.spend(part.within.length * (2 * workOn(wildcards) + exact.length));
  const isCovered = part.within.some((inner) =>
    wildcards.some((pattern) => includes(pattern, inner, kind))
  );
  if (isCovered) return [part];
  const wanted = part.within.map((pattern) => matcherOf([pattern], kind));
  const unwanted = matcherOf(part.without, kind);
  const texts = exact.filter((text) =>
    wanted.every((matcher) => matcher.matches(text)) && !unwanted.matches(text)
  );
  const parts: Part[] = texts.map((member) => ({ member, within: [], without: [] }));
  for (const pattern of wildcards) {
    const within = [...part.within.filter((outer) => !includes(outer, pattern, kind)), pattern];
    const member = findText({ kind, within, without: part.without }, budget);
    if (member !== null) parts.push({ member, within, without: part.without });
  }
  return parts;
}

function outsideOf(part: Part, condition: TextCondition, budget: WorkBudget): Part[] {
  const { kind } = condition;
  if (part.within.length === 0) return condition.holds(part.member) ? [] : [part];
  budget.spend(part.without.length + condition.patterns.length);
  const without = [...new Set([...part.without, ...condition.patterns])];
  if (!condition.holds(part.member)) return [{ ...part, without }];
  const member = findText({ kind, within: part.within, without }, budget);
  return member === null ? [] : [{ member, within: part.within, without }];
}
