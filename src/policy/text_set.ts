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
  SearchExhausted,
  type TextKind,
  type TextMatcher,
} from "./wildcard_search.ts";

/** Most parts of one set; beyond them the question remains open. */
const MAX_PARTS = 20_000;

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
  readonly #parts: readonly Part[];
  /** Whether a request that lacks the text belongs to it. */
  readonly hasAbsent: boolean;

  private constructor(kind: TextKind, parts: readonly Part[], hasAbsent: boolean) {
    if (parts.length > MAX_PARTS) throw new SearchExhausted();
    this.#kind = kind;
    this.#parts = parts;
    this.hasAbsent = hasAbsent;
  }

  /** Every text; with `canLack` also its absence. */
  static all(kind: TextKind, { canLack }: { readonly canLack: boolean }): TextSet {
    return new TextSet(kind, [{ member: "x", within: ["*"], without: [] }], canLack);
  }

  /** Whether nothing is left. */
  get isEmpty(): boolean {
    return this.#parts.length === 0 && !this.hasAbsent;
  }

  /** A member; `null` is absence, the plainest of all. The set must not be empty. */
  get member(): string | null {
    return this.hasAbsent ? null : this.#parts[0]!.member;
  }

  /** Those for which `condition` holds; all, where there is none. */
  inside(condition: TextCondition | null): TextSet {
    if (condition === null) return this;
    return new TextSet(this.#kind, this.#parts.flatMap((part) => insideOf(part, condition)), false);
  }

  /** Those for which `condition` does not hold; none, where there is none. */
  outside(condition: TextCondition | null): TextSet {
    if (condition === null) return new TextSet(this.#kind, [], false);
    const parts = this.#parts.flatMap((part) => outsideOf(part, condition) ?? []);
    return new TextSet(this.#kind, parts, this.hasAbsent);
  }
}

function insideOf(part: Part, condition: TextCondition): Part[] {
  const { kind } = condition;
  if (part.within.length === 0) return condition.holds(part.member) ? [part] : [];
  const { wildcards } = condition;
  const isCovered = part.within.some((inner) =>
    wildcards.some((pattern) => includes(pattern, inner, kind))
  );
  if (isCovered) return [part];
  const wanted = part.within.map((pattern) => matcherOf([pattern], kind));
  const unwanted = matcherOf(part.without, kind);
  const texts = condition.exact.filter((text) =>
    wanted.every((matcher) => matcher.matches(text)) && !unwanted.matches(text)
  );
  const parts: Part[] = texts.map((member) => ({ member, within: [], without: [] }));
  for (const pattern of wildcards) {
    const within = [...part.within.filter((outer) => !includes(outer, pattern, kind)), pattern];
    const member = findText({ kind, within, without: part.without });
    if (member !== null) parts.push({ member, within, without: part.without });
  }
  return parts;
}

function outsideOf(part: Part, condition: TextCondition): Part | null {
  const { kind } = condition;
  if (part.within.length === 0) return condition.holds(part.member) ? null : part;
  const without = [...new Set([...part.without, ...condition.patterns])];
  if (!condition.holds(part.member)) return { ...part, without };
  const member = findText({ kind, within: part.within, without });
  return member === null ? null : { member, within: part.within, without };
}
