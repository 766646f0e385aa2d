/**
 * Finds a text that matches some patterns and none of others, or proves that there is none. Exact:
 * patterns are regular languages, and their product is searched until nothing new turns up.
 *
 * @module
 */
import { literalPrefix, literalSuffix, NameList, PatternList } from "./pattern.ts";
import type { WorkBudget } from "./work_budget.ts";

/** By which rules a condition compares: usernames have one of their own about `/`. */
export type TextKind = "text" | "name";

/** What is looked for. */
export interface TextQuery {
  readonly kind: TextKind;
  /** Patterns that must all match; at least one, each with a `*`. */
  readonly within: readonly string[];
  /** Patterns of which none may match. */
  readonly without: readonly string[];
}

/** Something that matches texts: one pattern or many. */
export interface TextMatcher {
  matches(text: string): boolean;
}

/** `patterns` as the evaluator matches them. */
export function matcherOf(patterns: readonly string[], kind: TextKind): TextMatcher {
  return kind === "name" ? new NameList(patterns) : new PatternList(patterns);
}

/** Whether `pattern` matches everything that is matched by `inner`, which has a `*`. */
export function includes(pattern: string, inner: string, kind: TextKind): boolean {
  if (isAny(pattern)) return true;
  // INVARIANT: a character that `pattern` does not name can only be matched by one of its stars,
  // and that star then matches whatever else stands in its place.
  const instance = inner.replaceAll(/\*+/g, otherCharacter([pattern, inner]));
  return matcherOf([pattern], kind).matches(instance);
}

/** Steps that it takes to look at each of `patterns` once: long ones take longer. */
export function workOn(patterns: readonly string[]): number {
  return patterns.reduce((steps, { length }) => steps + 1 + length / 8, 0);
}

/** Whether `pattern` is nothing but stars. */
export function isAny(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}

/** A text as `query` wants it, or `null` when there is none. Throws `WorkExhausted`. */
export function findText(query: TextQuery, budget: WorkBudget): string | null {
  const { kind, within, without } = query;
  if (!agree(within)) return null;
  budget.spend(workOn(within) * (without.length + 1) + workOn(without) * (within.length + 1));
  if (without.some((pattern) => within.some((inner) => includes(pattern, inner, kind)))) {
    return null;
  }
  const other = otherCharacter([...within, ...without]);
  const wanted = within.map((pattern) => matcherOf([pattern], kind));
  const unwanted = matcherOf(without, kind);
  const fits = (text: string) =>
    wanted.every((matcher) => matcher.matches(text)) && !unwanted.matches(text);
  return candidates(within, { kind, other }).find(fits) ?? searchProduct(query, { other, budget });
}

/** Patterns with a `*` have texts in common exactly when neither their beginnings nor ends clash. */
function agree(patterns: readonly string[]): boolean {
  const prefix = longest(patterns.map(literalPrefix));
  const suffix = longest(patterns.map(literalSuffix));
  return patterns.every((pattern) =>
    prefix.startsWith(literalPrefix(pattern)) && suffix.endsWith(literalSuffix(pattern))
  );
}

function longest(texts: readonly string[]): string {
  return texts.reduce((a, b) => b.length > a.length ? b : a, "");
}

/** The plainest texts that match all of `within`: nearly always one of them is the answer. */
function candidates(
  within: readonly string[],
  { kind, other }: { readonly kind: TextKind; readonly other: string },
): string[] {
  const middle = new Set(within.flatMap((pattern) => pattern.split("*").slice(1, -1)));
  middle.delete("");
  const prefix = longest(within.map(literalPrefix));
  const suffix = longest(within.map(literalSuffix));
  const join = (filler: string) => [prefix, ...middle, suffix].join(filler);
  return kind === "name" ? [join(other), join(`${other}/${other}`)] : [join(other)];
}

/** A character that stands in none of `patterns`: it stands for all such. */
export function otherCharacter(patterns: readonly string[]): string {
  const named = patterns.join("");
  for (const character of "xyzabcdefghijklmnopqrstuvw0123456789") {
    if (!named.includes(character)) return character;
  }
  for (let code = 0xe0;; code++) {
    const character = String.fromCharCode(code);
    if (/\p{L}/u.test(character) && !named.includes(character)) return character;
  }
}

/** No text that begins so is matched any more. */
const DEAD = -1;

/** A pattern as a deterministic automaton over UTF-16 units. States are numbers from 0. */
class Automaton {
  readonly #parts: readonly string[];
  readonly #borders: readonly (readonly number[])[];
  /** State at the beginning of each part. */
  readonly #starts: readonly number[];
  /** Part of each state. */
  readonly #partOf: readonly number[];
  readonly #hasStar: boolean;
  readonly #refusesSlash: boolean;
  /** From here every text is matched; or `DEAD` when there is no such state. */
  readonly universal: number;

  constructor(pattern: string, kind: TextKind) {
    const [first = "", ...rest] = pattern.split("*");
    const last = rest.pop();
    this.#hasStar = last !== undefined;
    this.#parts = last === undefined ? [first] : [first, ...rest.filter(Boolean), last];
    this.#borders = this.#parts.map(bordersOf);
    let states = 0;
    this.#starts = this.#parts.map((part) => (states += part.length + 1) - part.length - 1);
    this.#partOf = this.#parts.flatMap((part, index) => Array(part.length + 1).fill(index));
    this.#refusesSlash = kind === "name" && this.#hasStar && !pattern.includes("/") &&
      !isAny(pattern);
    this.universal = last === "" && !this.#refusesSlash ? this.#starts.at(-1)! : DEAD;
  }

  get start(): number {
    return this.#settle(0, 0);
  }

  step(state: number, character: string): number {
    if (state === DEAD || this.#refusesSlash && character === "/") return DEAD;
    const index = this.#partOf[state]!;
    const part = this.#parts[index]!;
    let matched = state - this.#starts[index]!;
    if (index === 0) {
      return part[matched] === character ? this.#settle(0, matched + 1) : DEAD;
    }
    const borders = this.#borders[index]!;
    while (matched > 0 && part[matched] !== character) matched = borders[matched]!;
    return this.#settle(index, part[matched] === character ? matched + 1 : 0);
  }

  isAccepted(state: number): boolean {
    return state === this.#starts.at(-1)! + this.#parts.at(-1)!.length;
  }

  /** The only character that leads on from `state`, or `null` when there are several. */
  onlyCharacter(state: number): string | null {
    return this.#parts[0]![state] ?? null;
  }

  /** A part that was found is done with: the earliest place leaves most to those that follow. */
  #settle(index: number, matched: number): number {
    const isDone = matched === this.#parts[index]!.length && index < this.#parts.length - 1;
    return isDone ? this.#settle(index + 1, 0) : this.#starts[index]! + matched;
  }
}

/** For each length of a beginning of `part`: how much of it is also its end, without all of it. */
function bordersOf(part: string): number[] {
  const borders = [0, 0];
  for (let length = 1, border = 0; length < part.length; length++) {
    while (border > 0 && part[border] !== part[length]) border = borders[border]!;
    if (part[border] === part[length]) border++;
    borders.push(border);
  }
  return borders;
}

/** A place in the product, and how it was reached. */
interface Place {
  readonly states: readonly number[];
  readonly before: Place | null;
  readonly character: string;
}

/** The shortest text there is, by breadth-first search of the product of all automata. */
function searchProduct(
  { kind, within, without }: TextQuery,
  { other, budget }: { readonly other: string; readonly budget: WorkBudget },
): string | null {
  budget.spend(8 * workOn([...within, ...without]));
  const automata = [...within, ...without].map((pattern) => new Automaton(pattern, kind));
  const isWanted = (index: number) => index < within.length;
  const alphabet = new Set([...within, ...without].join("").replaceAll("*", "").split(""));
  alphabet.add(other);
  if (kind === "name") alphabet.add("/");
  const queue: Place[] = [];
  const seen = new Set<string>();
  const visit = (place: Place) => {
    const isHopeless = automata.some((automaton, index) =>
      isWanted(index)
        ? place.states[index] === DEAD
        : automaton.universal !== DEAD && place.states[index] === automaton.universal
    );
    const key = place.states.join();
    if (isHopeless || seen.has(key)) return;
    seen.add(key);
    queue.push(place);
  };
  visit({ states: automata.map(({ start }) => start), before: null, character: "" });
  for (let index = 0; index < queue.length; index++) {
    const place = queue[index]!;
    const isFound = automata.every((automaton, index) =>
      automaton.isAccepted(place.states[index]!) === isWanted(index)
    );
    if (isFound) return textOf(place);
    const forced = forcedCharacter(automata.slice(0, within.length), place.states);
    for (const character of forced === null ? alphabet : [forced]) {
      budget.spend(5 + 2 * automata.length);
      const states = automata.map((automaton, index) =>
        automaton.step(place.states[index]!, character)
      );
      visit({ states, before: place, character });
    }
  }
  return null;
}

function forcedCharacter(automata: readonly Automaton[], states: readonly number[]): string | null {
  for (const [index, automaton] of automata.entries()) {
    const only = automaton.onlyCharacter(states[index]!);
    if (only !== null) return only;
  }
  return null;
}

function textOf(place: Place): string {
  let text = "";
  for (let at: Place | null = place; at !== null; at = at.before) text = at.character + text;
  return text;
}
