/**
 * The rules of a policy, filed under each of their conditions: finds the rules that may match a
 * request, or overlap with a rule, without looking at the others. As an index it only proposes.
 *
 * @module
 */
import { ARN_PREFIX } from "./caller_list.ts";
import { literalPrefix } from "./pattern.ts";
import type { Conditions, EvaluationRequest, Rule } from "./policy.ts";
import { PatternIndex } from "./pattern_index.ts";

/** The conditions under which rules are filed, and what a request has for each. */
const FILED = {
  users: (request: EvaluationRequest) => request.user,
  arns: (request: EvaluationRequest) => request.arn ?? "",
  profiles: (request: EvaluationRequest) => request.profile,
  accounts: (request: EvaluationRequest) => request.account ?? "",
  roles: (request: EvaluationRequest) => request.role ?? "",
} as const;
/** Stands for every pattern there is. */
const ANY = "*";
type FiledCondition = keyof typeof FILED;
const CONDITIONS = Object.keys(FILED) as FiledCondition[];

/** Lists beyond which all rules are as good. */
const MAX_LISTS = 1000;
/** Lists up to which it pays to look for the least of their heads. */
const MERGED = 8;
/** Patterns of one condition beyond which a rule is filed as if it had none. */
const MAX_PATTERNS = 1000;

/** Indexes of rules, ascending; several lists that belong together. */
type Lists = readonly (readonly number[])[];

/** The files of one policy, for requests. */
export class RuleFiles {
  readonly #files: Readonly<Record<FiledCondition, PatternIndex<number[]>>>;

  /** Files `rules`. */
  constructor(rules: readonly Rule[]) {
    const file = () => new PatternIndex<number[]>(() => []);
    this.#files = {
      users: file(),
      arns: file(),
      profiles: file(),
      accounts: file(),
      roles: file(),
    };
    rules.forEach(({ conditions }, index) => {
      for (const name of CONDITIONS) {
        for (const pattern of filedPatterns(name, conditions)) {
          append(this.#files[name].at(pattern), index);
        }
      }
    });
  }

  /** At least the rules that match `request`, in the order of the policy. */
  about(request: EvaluationRequest): Iterable<number> {
    return merge(fewest(CONDITIONS.map((name) => {
      const lists: number[][] = [];
      this.#files[name].find(FILED[name](request), lists);
      return lists;
    })));
  }
}

/** Behind the key of a text without `*`: it begins nothing but itself. */
const EXACT = "\0";

/** The files of some rules of a policy, for other rules. */
export class OverlapFiles {
  /** By the beginnings of patterns. */
  readonly #files: Readonly<Record<FiledCondition, Map<string, number[]>>>;
  readonly #keys = new Map<FiledCondition, readonly string[]>();
  readonly #all: number[] = [];

  /** Files those of `rules` that are `wanted`. */
  constructor(rules: readonly Rule[], isWanted: (rule: Rule) => boolean) {
    this.#files = {
      users: new Map(),
      arns: new Map(),
      profiles: new Map(),
      accounts: new Map(),
      roles: new Map(),
    };
    rules.forEach((rule, index) => {
      if (!isWanted(rule)) return;
      this.#all.push(index);
      for (const name of CONDITIONS) {
        for (const pattern of filedPatterns(name, rule.conditions)) {
          const key = keyOf(pattern);
          const list = this.#files[name].get(key) ?? [];
          append(list, index);
          this.#files[name].set(key, list);
        }
      }
    });
  }

  /** At least the rules that overlap with one of these conditions, in the order of the policy. */
  near(conditions: Conditions): Iterable<number> {
    return merge(fewest(CONDITIONS.map((name) => {
      const lists = new Set<number[]>();
      for (const pattern of filedPatterns(name, conditions)) {
        for (const list of this.#near(name, pattern)) lists.add(list);
        if (lists.size > MAX_LISTS) return [this.#all];
      }
      return [...lists];
    })));
  }

  /** Two patterns with something in common begin alike, as far as both say how. */
  #near(name: FiledCondition, pattern: string): number[][] {
    const key = keyOf(pattern);
    const lists: number[][] = [];
    for (let length = 0; length < key.length; length++) {
      const list = this.#files[name].get(key.slice(0, length));
      if (list !== undefined) lists.push(list);
    }
    const keys = this.#keysOf(name);
    for (let at = firstFrom(keys, key); keys[at]?.startsWith(key); at++) {
      if (lists.length > MAX_LISTS) break;
      lists.push(this.#files[name].get(keys[at]!)!);
    }
    return lists;
  }

  #keysOf(name: FiledCondition): readonly string[] {
    const known = this.#keys.get(name) ?? [...this.#files[name].keys()].sort();
    this.#keys.set(name, known);
    return known;
  }
}

function keyOf(pattern: string): string {
  return pattern.includes("*") ? literalPrefix(pattern) : pattern + EXACT;
}

/** Index of the first of `sorted` that does not come before `text`. */
function firstFrom(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Two patterns of a rule may be filed in one place. */
function append(list: number[], index: number): void {
  if (list.at(-1) !== index) list.push(index);
}

/** What a rule has to say of one condition; names and ARNs of callers are alternatives. */
function filedPatterns(name: FiledCondition, conditions: Conditions): readonly string[] {
  const patterns = patternsOf(name, conditions);
  return patterns.length === 0 || patterns.length > MAX_PATTERNS ? [ANY] : patterns;
}

function patternsOf(name: FiledCondition, conditions: Conditions): readonly string[] {
  if (name !== "users" && name !== "arns") return conditions[name] ?? [];
  const { users = [] } = conditions;
  const isOfKind = (item: string) => item.startsWith(ARN_PREFIX) === (name === "arns");
  return users.every(isOfKind) ? users : [];
}

function fewest(candidates: readonly Lists[]): Lists {
  const size = (lists: Lists) => lists.reduce((sum, { length }) => sum + length, 0);
  return candidates.reduce((a, b) => size(b) < size(a) ? b : a);
}

/** All indexes of `lists` in order, each once; no more is worked out than is asked for. */
function* merge(lists: Lists): Generator<number> {
  if (lists.length > MERGED) {
    yield* new Set(lists.flat().sort((a, b) => a - b));
    return;
  }
  const next = lists.map(() => 0);
  for (;;) {
    let least = Infinity;
    for (let at = 0; at < lists.length; at++) {
      const head = lists[at]![next[at]!];
      if (head !== undefined && head < least) least = head;
    }
    if (least === Infinity) return;
    for (let at = 0; at < lists.length; at++) {
      if (lists[at]![next[at]!] === least) next[at]!++;
    }
    yield least;
  }
}
