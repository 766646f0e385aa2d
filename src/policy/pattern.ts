/**
 * Patterns of the policy language: text in which `*` stands for any characters, also none.
 * Matching is case-sensitive and takes time linear in the text, whatever the pattern.
 *
 * @module
 */

/** From how many texts on a set beats comparing one after the other. */
const SET_FROM = 8;

/** The literal parts of a pattern with at least one `*`. */
interface Wildcard {
  readonly prefix: string;
  readonly suffix: string;
  /** What stands between two `*`, in order; never empty text. */
  readonly middle: readonly string[];
}

/** Text before the first `*`; the whole pattern when it has none. */
export function literalPrefix(pattern: string): string {
  const star = pattern.indexOf("*");
  return star === -1 ? pattern : pattern.slice(0, star);
}

/** Text after the last `*`; the whole pattern when it has none. */
export function literalSuffix(pattern: string): string {
  return pattern.slice(pattern.lastIndexOf("*") + 1);
}

function compileWildcard(pattern: string): Wildcard {
  const middle = pattern.split("*").slice(1, -1).filter((part) => part !== "");
  return { prefix: literalPrefix(pattern), suffix: literalSuffix(pattern), middle };
}

/**
 * Takes each part at its first place after the one before it. A later place could only leave less
 * text for the parts that follow, so nothing is ever tried twice.
 */
function matchesWildcard({ prefix, suffix, middle }: Wildcard, text: string): boolean {
  const end = text.length - suffix.length;
  let position = prefix.length;
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false;
  for (const part of middle) {
    const found = text.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  // Prefix, middle and suffix must not share characters: "aba" is not like "ab*ba".
  return position <= end;
}

/** A list of patterns, ready to be matched: true where one of them matches. */
export class PatternList {
  readonly #few: readonly string[];
  readonly #many: ReadonlySet<string> | null;
  readonly #wildcards: readonly Wildcard[];

  /** Compiles `patterns`; an empty list matches nothing. */
  constructor(patterns: readonly string[]) {
    const exact = patterns.filter((pattern) => !pattern.includes("*"));
    const wildcards = patterns.filter((pattern) => pattern.includes("*")).map(compileWildcard);
    this.#many = exact.length > SET_FROM ? new Set(exact) : null;
    this.#few = this.#many === null ? exact : [];
    this.#wildcards = wildcards;
  }

  /** Whether one of the patterns matches all of `text`. */
  matches(text: string): boolean {
    for (const exact of this.#few) if (exact === text) return true;
    if (this.#many !== null && this.#many.has(text)) return true;
    for (const wildcard of this.#wildcards) if (matchesWildcard(wildcard, text)) return true;
    return false;
  }
}

/**
 * A list of patterns for usernames. Whoever assumes a role chooses the session name in
 * `<role>/<session>`: such a name is matched only by a pattern that has a `/` itself, or is a lone
 * `*`, so that `*@example.com` means people.
 */
export class NameList {
  readonly #people: PatternList;
  readonly #sessions: PatternList;

  /** Compiles `patterns`; an empty list matches nobody. */
  constructor(patterns: readonly string[]) {
    this.#people = new PatternList(patterns);
    this.#sessions = new PatternList(
      patterns.filter((pattern) => pattern.includes("/") || /^\*+$/.test(pattern)),
    );
  }

  /** Whether one of the patterns matches `name`. */
  matches(name: string): boolean {
    return (name.includes("/") ? this.#sessions : this.#people).matches(name);
  }
}

/** Patterns of a condition that may be absent, compiled; `null` when it is, or is empty. */
export function compilePatterns(patterns: readonly string[] | undefined): PatternList | null {
  return patterns === undefined || patterns.length === 0 ? null : new PatternList(patterns);
}

/** A condition on something that a request may lack: what is not known matches no pattern. */
export function matchesKnown(
  patterns: PatternList | null,
  text: string | null | undefined,
): boolean {
  return patterns === null || (text !== null && text !== undefined && patterns.matches(text));
}
