/**
 * Where two lists, of each of which the first item that matches is in charge, may differ. The space
 * of requests is cut, one dimension at a time, into parts in which both lists look at the same
 * items; a part in which these are alike needs no further look, and every other is judged by a
 * request of it. What could not be looked at is always told.
 *
 * @module
 */
import type { Conditions, EvaluationRequest } from "./policy.ts";
import {
  type Choices,
  choicesIn,
  type Demand,
  DemandFinder,
  Demands,
  type Dimension,
  DIMENSIONS,
  indifferentRequest,
} from "./request_space.ts";
import {
  demandsOf,
  type Entries,
  type Entry,
  Filter,
  idsOf,
  isAlike,
  reachable,
} from "./rule_entries.ts";
import type { TimeSpan } from "./time_atoms.ts";

/** Most rules that are looked at, all parts together. */
const MAX_WORK = 60_000_000;
/** Choices are remembered for sets of demands up to this size. */
const MAX_REMEMBERED = 64;

/** Index of the dimension of doors. */
export const MODE = DIMENSIONS.indexOf("mode");

/** One of a list of which the first that matches is in charge. */
export interface ListItem {
  readonly conditions: Conditions;
  /** The same for items that are alike in everything. */
  readonly identity: string;
}

/** How {@linkcode compareLists} compares. */
export interface ListComparisonOptions {
  /** The time for which the answer holds. */
  readonly span: TimeSpan;
  /** Most requests that are judged, or little more. */
  readonly maxRequests: number;
  /** Judges a part in which the lists may differ; returns how many requests it took for that. */
  readonly judge: (part: ComparedPart) => number;
}

/**
 * Has every part of the space of requests judged in which two lists may differ; returns whether
 * there is none that was passed over.
 */
export function compareLists(
  before: readonly ListItem[],
  after: readonly ListItem[],
  options: ListComparisonOptions,
): boolean {
  return new Comparison(before, after, options).run();
}

/** A part of the space of requests. */
export interface ComparedPart {
  /** What may still match there, in order; where no dimension is open, the first is in charge. */
  readonly before: Entries;
  readonly after: Entries;
  /** Dimensions in which the part is not cut yet, by index. */
  readonly open: readonly number[];
  /** A request of the part. */
  readonly request: EvaluationRequest;
}

class Comparison {
  readonly #span: TimeSpan;
  readonly #maxRequests: number;
  readonly #judge: (part: ComparedPart) => number;
  readonly #root: ComparedPart;
  readonly #choices = new Map<string, Choices>();
  #work = 0;
  #compared = 0;
  #isExhaustive = true;

  constructor(
    before: readonly ListItem[],
    after: readonly ListItem[],
    { span, maxRequests, judge }: ListComparisonOptions,
  ) {
    this.#span = span;
    this.#maxRequests = maxRequests;
    this.#judge = judge;
    const demands = new Demands();
    const ids = new Map<string, number>();
    const entry = ({ conditions, identity }: ListItem): Entry => {
      const id = ids.get(identity) ?? ids.size;
      ids.set(identity, id);
      return {
        id,
        demands: DIMENSIONS.map((dimension) => demands.of(conditions, dimension)),
      };
    };
    const open = DIMENSIONS.map((_, index) => index);
    this.#root = {
      before: reachable(before.map(entry), open),
      after: reachable(after.map(entry), open),
      open,
      request: indifferentRequest(span),
    };
  }

  run(): boolean {
    if (!isAlike(this.#root.before, this.#root.after)) this.#explore(this.#root, this.#maxRequests);
    return this.#isExhaustive;
  }

  /** Compares in `part`, with at most `allowance` requests or little more. */
  #explore(part: ComparedPart, allowance: number): void {
    this.#work += part.before.length + part.after.length;
    const dimension = mostDemanded(part);
    if (dimension === null) return this.#settle(part);
    if (allowance < 1 || this.#work > MAX_WORK) {
      // One request at least: an overlap of rules is never passed over in silence.
      this.#isExhaustive = false;
      return this.#settle(part);
    }
    const parts = this.#cut(part, dimension);
    let left = allowance;
    for (const [index, each] of parts.entries()) {
      const compared = this.#compared;
      this.#explore(each, left / (parts.length - index));
      left -= this.#compared - compared;
    }
  }

  /** The parts of `part` along one dimension in which the two policies may differ. */
  #cut(part: ComparedPart, dimension: number): readonly ComparedPart[] {
    const open = part.open.filter((each) => each !== dimension);
    const demands = demandsOf([part.before, part.after], dimension);
    const { choices, isComplete } = this.#choicesOf(demands, dimension);
    if (!isComplete) this.#isExhaustive = false;
    const finder = new DemandFinder(demands);
    const before = new Filter(part.before, dimension);
    const after = new Filter(part.after, dimension);
    const parts = new Map<string, ComparedPart>();
    for (const choice of choices) {
      if (this.#work > MAX_WORK) {
        this.#isExhaustive = false;
        break;
      }
      const request = { ...part.request, ...choice };
      const met = finder.met(request, choice);
      const cut = {
        before: reachable(before.keep(met), open),
        after: reachable(after.keep(met), open),
        open,
        request,
      };
      this.#work += cut.before.length + cut.after.length + met.size + 1;
      if (isAlike(cut.before, cut.after)) continue;
      // What a rule says depends on the door, whether or not the rule names it.
      const key = `${choice.mode ?? ""}/${idsOf(cut.before)}/${idsOf(cut.after)}`;
      if (!parts.has(key)) parts.set(key, cut);
    }
    return [...parts.values()];
  }

  #choicesOf(demands: readonly Demand[], dimension: number): Choices {
    const name: Dimension = DIMENSIONS[dimension]!;
    const options = { demands, span: this.#span };
    if (demands.length > MAX_REMEMBERED) return choicesIn(name, options);
    const key = `${dimension}:${demands.map(({ id }) => id).sort((a, b) => a - b).join()}`;
    const known = this.#choices.get(key) ?? choicesIn(name, options);
    this.#choices.set(key, known);
    return known;
  }

  #settle(part: ComparedPart): void {
    this.#compared += this.#judge(part);
  }
}

/** The dimension that most rules have demands in, or `null` when no rule has any left. */
function mostDemanded({ before, after, open }: ComparedPart): number | null {
  const counts = DIMENSIONS.map(() => 0);
  for (const entries of [before, after]) {
    for (const { demands } of entries) {
      for (const dimension of open) if (demands[dimension] !== null) counts[dimension]!++;
    }
  }
  const most = Math.max(...counts);
  return most === 0 ? null : counts.indexOf(most);
}
