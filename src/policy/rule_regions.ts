/**
 * Lists of rules, or of entries, of which the first that matches is in charge; and the search for a
 * request that falls to chosen ones of several lists. It says that there is none only when all that
 * there could be is divided among others without a rest.
 *
 * @module
 */
import { CompiledRule } from "./compiled_rule.ts";
import type { MomentSearch } from "./moment_search.ts";
import type { EvaluationRequest, Rule } from "./policy.ts";
import { type Box, boxesOf, Region } from "./region.ts";
import { RuleFiles } from "./rule_files.ts";
import type { ZoneClock } from "./time_window.ts";
import { WorkExhausted } from "./work_budget.ts";

/** Rules whose conditions are kept ready; beyond this all are forgotten and made anew. */
const MAX_REMEMBERED = 1000;

/** The rules of one list: which is the first for a request, and what each one matches. */
export class RuleRegions {
  readonly #rules: readonly Rule[];
  readonly #compiled: readonly CompiledRule[];
  readonly #files: RuleFiles;
  readonly #search: MomentSearch;
  readonly #everything: Region;
  /** Of rules that others are compared with. */
  readonly #boxes = new Map<number, readonly Box[]>();

  /** Compiles `rules`. Throws `POLICY_INVALID` when one of them cannot be evaluated. */
  constructor(rules: readonly Rule[], search: MomentSearch) {
    const clocks = new Map<string, ZoneClock>();
    this.#rules = rules;
    this.#compiled = rules.map((rule, ruleIndex) => new CompiledRule(rule, { ruleIndex, clocks }));
    this.#files = new RuleFiles(rules);
    this.#search = search;
    this.#everything = Region.everything(search);
  }

  /** The first rule that matches `request`, or `null`. Throws `WorkExhausted`. */
  first(request: EvaluationRequest): number | null {
    for (const candidate of this.#files.about(request)) {
      this.#search.budget.spend(1);
      if (this.#compiled[candidate]!.matches(request)) return candidate;
    }
    return null;
  }

  /** Everything that the rule at `index` matches, whatever stands before it. */
  regions(index: number): readonly Region[] {
    return this.boxes(index).flatMap((box) => this.#everything.inside(box) ?? []);
  }

  /** The conditions of the rule at `index`: it matches what one of them holds. */
  boxes(index: number): readonly Box[] {
    const known = this.#boxes.get(index);
    if (known !== undefined) return known;
    const boxes = boxesOf(this.#rules[index]!.conditions);
    if (this.#boxes.size >= MAX_REMEMBERED) this.#boxes.clear();
    this.#boxes.set(index, boxes);
    return boxes;
  }
}

/** The parts of `regions` that one of `boxes` holds. */
export function within(regions: readonly Region[], boxes: readonly Box[]): readonly Region[] {
  return regions.flatMap((region) => boxes.flatMap((box) => region.inside(box) ?? []));
}

/** What is asked of one list: that the first of its rules is an accepted one; `null`: none matches. */
export interface Falls {
  readonly to: RuleRegions;
  readonly accepts: (first: number | null) => boolean;
  /** Told of each rule that took something away. */
  readonly onTaken?: (index: number) => void;
}

/**
 * A request in `regions` that falls as all of `demands` want it, or `null` when there is none. Takes
 * an example and asks which rules are in charge; what an unwanted one matches is cut off, until an
 * example is left or nothing is. Throws `WorkExhausted` when that takes too long.
 */
export function findRequest(
  regions: readonly Region[],
  demands: readonly Falls[],
): EvaluationRequest | null {
  const pending = [...regions];
  for (let region = pending.pop(); region !== undefined; region = pending.pop()) {
    const { example } = region;
    const taken = firstUnwanted(example, demands);
    if (taken === null) return example;
    const { index, demand } = taken;
    demand.onTaken?.(index);
    const box = demand.to.boxes(index).find((box) => region.inside(box) !== null);
    // INVARIANT: the evaluator has the last word; where it sees what the box does not, we do not
    // know.
    if (box === undefined) throw new WorkExhausted();
    pending.push(...region.outside(box));
  }
  return null;
}

function firstUnwanted(example: EvaluationRequest, demands: readonly Falls[]) {
  for (const demand of demands) {
    const index = demand.to.first(example);
    if (demand.accepts(index)) continue;
    // Regions lie within what some rule of the list matches, unless none is wanted.
    if (index === null) throw new WorkExhausted();
    return { index, demand };
  }
  return null;
}
