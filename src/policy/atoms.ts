/**
 * Finitely many texts that stand for all texts there are: whatever a list of patterns can tell
 * apart, two of these texts differ in it. What is true of them is true of every text, unless the
 * search had to be cut short, which is always told.
 *
 * @module
 */
import { otherCharacter } from "./wildcard_search.ts";

/** Texts that stand for all. */
export interface Atoms {
  /** At least one of each kind; never empty text. Patterns without `*` are among them. */
  readonly witnesses: readonly string[];
  /** Whether there is one of every kind; `false` when the search was cut short. */
  readonly isComplete: boolean;
}

/** What {@linkcode findAtoms} can be told. */
export interface AtomOptions {
  /** Pattern that all texts match, such as `arn:*`. Default: `*`. */
  readonly within?: string;
  /** How many steps the search may take. Default: some tenths of a second of them. */
  readonly budget?: number;
}

const DEFAULT_BUDGET = 3_000_000;

/**
 * Texts such that each text that matches `within` matches exactly the same `patterns` as one of
 * them. All patterns are read at once, character by character; characters that none of them names
 * are all alike.
 */
export function findAtoms(patterns: Iterable<string>, options: AtomOptions = {}): Atoms {
  const { within = "*", budget = DEFAULT_BUDGET } = options;
  const all = [...new Set(patterns)];
  const domain = new Wildcards([within]);
  const exact = all.filter((text) => !text.includes("*") && domain.classOf(text) !== "").sort();
  const wildcards = new Wildcards([within, ...all.filter((text) => text.includes("*"))]);
  const search = new Search(wildcards, { exact, budget });
  return { witnesses: [...exact, ...search.run()], isComplete: search.isComplete };
}

const STAR = -1;
const END = -2;

/** A set of states, ascending; a state is an index into the symbols of all patterns. */
type States = readonly number[];

/** Patterns as one automaton that reads them all at the same time. The first is the domain. */
class Wildcards {
  readonly start: States;
  /** A character that no pattern names: it stands for all such. */
  readonly other: string;
  readonly #symbols: number[] = [];
  /** Pattern of each state. */
  readonly #owner: number[] = [];

  constructor(patterns: readonly string[]) {
    const starts: number[] = [];
    for (const [index, pattern] of patterns.entries()) {
      starts.push(this.#symbols.length);
      for (const character of pattern.replace(/\*+/g, "*")) {
        this.#symbols.push(character === "*" ? STAR : character.codePointAt(0)!);
        this.#owner.push(index);
      }
      this.#symbols.push(END);
      this.#owner.push(index);
    }
    this.other = otherCharacter(patterns);
    this.start = this.#settle(starts);
  }

  /** Where the patterns stand after `character`. */
  step(states: States, character: string): States {
    const code = character.codePointAt(0)!;
    const next: number[] = [];
    for (const state of states) {
      if (this.#symbols[state] === STAR) next.push(state);
      else if (this.#symbols[state] === code) next.push(state + 1);
    }
    return this.#settle(next);
  }

  /** The characters that lead somewhere from `states`, and one for all others. */
  characters(states: States): Set<string> {
    const found = new Set([this.other]);
    for (const state of states) {
      const symbol = this.#symbols[state]!;
      if (symbol >= 0) found.add(String.fromCodePoint(symbol));
    }
    return found;
  }

  /** Names which patterns match when the text ends here; empty outside of the domain. */
  accepted(states: States): string {
    const ends = states.filter((state) => this.#symbols[state] === END);
    return ends.length > 0 && this.#owner[ends[0]!] === 0 ? ends.join() : "";
  }

  /** The same for a whole text. */
  classOf(text: string): string {
    let states = this.start;
    for (const character of text) states = this.step(states, character);
    return this.accepted(states);
  }

  /** Whether a text that came here can still be in the domain. */
  isAlive(states: States): boolean {
    return states.length > 0 && this.#owner[states[0]!] === 0;
  }

  /**
   * A state at a `*` may also stand behind it, and makes those before it needless: what could
   * still match from there could match from here too.
   */
  #settle(states: readonly number[]): States {
    const ascending = states.flatMap((state) =>
      this.#symbols[state] === STAR ? [state, state + 1] : [state]
    ).sort((a, b) => a - b);
    const kept: number[] = [];
    let star = -1;
    for (let index = ascending.length - 1; index >= 0; index--) {
      const state = ascending[index]!;
      if (state === kept.at(-1)) continue;
      if (star !== -1 && this.#owner[star] === this.#owner[state] && state < star) continue;
      kept.push(state);
      if (this.#symbols[state] === STAR) star = state;
    }
    return kept.reverse();
  }
}

/** A text on the way, and what is known of it. */
interface Place {
  readonly text: string;
  readonly states: States;
  /** Whether an exact text begins so: then it may not be a witness of its wildcards. */
  readonly isPrefix: boolean;
}

/** Looks for the shortest text of each kind that is none of the exact ones. */
class Search {
  readonly #wildcards: Wildcards;
  readonly #exact: readonly string[];
  readonly #witnesses = new Map<string, string>();
  #budget: number;

  constructor(
    wildcards: Wildcards,
    { exact, budget }: { readonly exact: readonly string[]; readonly budget: number },
  ) {
    this.#wildcards = wildcards;
    this.#exact = exact;
    this.#budget = budget;
  }

  get isComplete(): boolean {
    return this.#budget > 0;
  }

  run(): readonly string[] {
    const { start } = this.#wildcards;
    const queue: Place[] = [{ text: "", states: start, isPrefix: this.#exact.length > 0 }];
    const seen = new Set<string>();
    for (let index = 0; index < queue.length && this.#budget > 0; index++) {
      const place = queue[index]!;
      this.#note(place);
      for (const character of this.#wildcards.characters(place.states)) {
        this.#budget -= place.states.length + 1;
        const next = this.#follow(place, character);
        // Off the exact texts, only the states count; on them, each text is a place of its own.
        const key = `${next.isPrefix ? next.text : ""}\0${next.states.join()}`;
        if (seen.has(key) || !this.#wildcards.isAlive(next.states)) continue;
        seen.add(key);
        queue.push(next);
      }
    }
    return [...this.#witnesses.values()];
  }

  #follow({ text, states, isPrefix }: Place, character: string): Place {
    const longer = text + character;
    return {
      text: longer,
      states: this.#wildcards.step(states, character),
      isPrefix: isPrefix && (this.#exact[this.#firstFrom(longer)]?.startsWith(longer) ?? false),
    };
  }

  #note({ text, states }: Place): void {
    const kind = this.#wildcards.accepted(states);
    if (text === "" || kind === "" || this.#witnesses.has(kind) || this.#isExact(text)) return;
    this.#witnesses.set(kind, this.#legible({ text, states, kind }));
  }

  /** `prod-x` reads better than `prod-`, where it is of the same kind. */
  #legible(
    { text, states, kind }: Pick<Place, "text" | "states"> & { readonly kind: string },
  ): string {
    const { other } = this.#wildcards;
    if (/[^\p{L}\p{N}]$/u.test(text) && !this.#isExact(text + other)) {
      const longer = this.#wildcards.step(states, other);
      if (this.#wildcards.accepted(longer) === kind) return text + other;
    }
    if (/^[^\p{L}\p{N}]/u.test(text) && !this.#isExact(other + text)) {
      this.#budget -= text.length * this.#wildcards.start.length;
      if (this.#wildcards.classOf(other + text) === kind) return other + text;
    }
    return text;
  }

  #isExact(text: string): boolean {
    return this.#exact[this.#firstFrom(text)] === text;
  }

  /** Index of the first exact text that does not come before `text`. */
  #firstFrom(text: string): number {
    let [low, high] = [0, this.#exact.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#exact[middle]! < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
