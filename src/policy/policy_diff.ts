/**
 * Which verdicts differ between two policies, over all requests there are. The space of requests is
 * cut, one dimension at a time, into parts in which both policies look at the same rules; a part in
 * which these are alike needs no further look, and of every other a request is judged by both
 * policies. What could not be looked at is always told.
 *
 * @module
 */
import { compilePolicy, type PolicyEvaluator } from "./compile.ts";
import {
  demandsOf,
  type Entries,
  type Entry,
  Filter,
  idsOf,
  isAlike,
  reachable,
} from "./rule_entries.ts";
import { CREDENTIAL_MODES, type EvaluationRequest, type Policy, type Rule } from "./policy.ts";
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
import type { TimeSpan } from "./time_atoms.ts";
import { type Change, ChangeTally } from "./verdict_change.ts";

/** How {@linkcode diffPolicies} compares. */
export interface PolicyDiffOptions {
  /** The time for which the answer holds. */
  readonly span: TimeSpan;
  /** Most requests that are judged. Default: 200,000. */
  readonly maxRequests?: number;
  /** Told from time to time how many requests were judged. */
  readonly onProgress?: (compared: number) => void;
}

/** What differs. */
export interface PolicyDiff {
  readonly changes: readonly Change[];
  /** Requests that were judged by both policies. */
  readonly compared: number;
  /** Whether they stand for all requests: then what is not among the changes has not changed. */
  readonly isExhaustive: boolean;
}

const MAX_REQUESTS = 200_000;
/** Most rules that are looked at, all parts together. */
const MAX_WORK = 60_000_000;
/** Choices are remembered for sets of demands up to this size. */
const MAX_REMEMBERED = 64;
const PROGRESS_EVERY = 2048;

const MODE = DIMENSIONS.indexOf("mode");

/** Compares what two policies say of all requests. Pure. */
export function diffPolicies(
  before: Policy,
  after: Policy,
  options: PolicyDiffOptions,
): PolicyDiff {
  return new Comparison(before, after, options).run();
}

/** A part of the space of requests. */
interface Part {
  /** The rules that may still match there, in order. */
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
  readonly #onProgress: (compared: number) => void;
  readonly #before: Policy;
  readonly #after: Policy;
  readonly #root: Part;
  readonly #tally = new ChangeTally();
  readonly #choices = new Map<string, Choices>();
  #judges: readonly [PolicyEvaluator, PolicyEvaluator] | null = null;
  #work = 0;
  #isExhaustive = true;

  constructor(before: Policy, after: Policy, options: PolicyDiffOptions) {
    this.#span = options.span;
    this.#maxRequests = options.maxRequests ?? MAX_REQUESTS;
    this.#onProgress = options.onProgress ?? (() => {});
    this.#before = before;
    this.#after = after;
    const demands = new Demands();
    const ids = new Map<string, number>();
    const entry = (rule: Rule): Entry => {
      const text = JSON.stringify(rule);
      const id = ids.get(text) ?? ids.size;
      ids.set(text, id);
      return { id, demands: DIMENSIONS.map((dimension) => demands.of(rule, dimension)) };
    };
    const open = DIMENSIONS.map((_, index) => index);
    this.#root = {
      before: reachable(before.rules.map(entry), open),
      after: reachable(after.rules.map(entry), open),
      open,
      request: indifferentRequest(options.span),
    };
  }

  run(): PolicyDiff {
    if (!isAlike(this.#root.before, this.#root.after)) this.#explore(this.#root, this.#maxRequests);
    return {
      changes: this.#tally.changes(),
      compared: this.#tally.compared,
      isExhaustive: this.#isExhaustive && this.#tally.isComplete,
    };
  }

  /** Compares in `part`, with at most `allowance` requests or little more. */
  #explore(part: Part, allowance: number): void {
    this.#work += part.before.length + part.after.length;
    const dimension = mostDemanded(part);
    if (dimension === null) return this.#judge(part);
    if (allowance < 1 || this.#work > MAX_WORK) {
      // One request at least: an overlap of rules is never passed over in silence.
      this.#isExhaustive = false;
      return this.#judge(part);
    }
    const parts = this.#cut(part, dimension);
    let left = allowance;
    for (const [index, each] of parts.entries()) {
      const compared = this.#tally.compared;
      this.#explore(each, left / (parts.length - index));
      left -= this.#tally.compared - compared;
    }
  }

  /** The parts of `part` along one dimension in which the two policies may differ. */
  #cut(part: Part, dimension: number): readonly Part[] {
    const open = part.open.filter((each) => each !== dimension);
    const demands = demandsOf([part.before, part.after], dimension);
    const { choices, isComplete } = this.#choicesOf(demands, dimension);
    if (!isComplete) this.#isExhaustive = false;
    const finder = new DemandFinder(demands);
    const before = new Filter(part.before, dimension);
    const after = new Filter(part.after, dimension);
    const parts = new Map<string, Part>();
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

  #judge(part: Part): void {
    const [before, after] = this.#judges ??= [
      compilePolicy(this.#before),
      compilePolicy(this.#after),
    ];
    for (const request of doorsOf(part)) {
      this.#tally.add({ request, before: before(request), after: after(request) });
      if (this.#tally.compared % PROGRESS_EVERY === 0) this.#onProgress(this.#tally.compared);
    }
  }
}

/** The dimension that most rules have demands in, or `null` when no rule has any left. */
function mostDemanded({ before, after, open }: Part): number | null {
  const counts = DIMENSIONS.map(() => 0);
  for (const entries of [before, after]) {
    for (const { demands } of entries) {
      for (const dimension of open) if (demands[dimension] !== null) counts[dimension]!++;
    }
  }
  const most = Math.max(...counts);
  return most === 0 ? null : counts.indexOf(most);
}

/** Stands for the session table of a caller that has one. */
const SOME_TABLE = "sessions";

/** A request of `part` by every door that it leaves open, with and without a session table. */
function* doorsOf({ request, open }: Part): Generator<EvaluationRequest> {
  for (const mode of open.includes(MODE) ? CREDENTIAL_MODES : [request.mode]) {
    yield { ...request, mode, sessionTableName: null };
    if (mode === "server") yield { ...request, mode, sessionTableName: SOME_TABLE };
  }
}
