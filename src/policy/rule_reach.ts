/**
 * What a rule decides, and what earlier rules take from it. Exact: a rule is said to decide
 * something when the evaluator confirms it for an example, and to decide nothing when all that it
 * could match is divided among earlier rules without a rest.
 *
 * @module
 */
import { CompiledRule } from "./compiled_rule.ts";
import { ZoneSeasons } from "./moment_search.ts";
import type { CredentialMode, EvaluationRequest, Policy, Rule } from "./policy.ts";
import { type Box, boxesOf, Region } from "./region.ts";
import { RuleFiles } from "./rule_files.ts";
import type { ZoneClock } from "./time_window.ts";
import { WorkBudget, WorkExhausted } from "./work_budget.ts";

/** What a search for requests that a rule decides came to. */
export type Reach =
  /** It decides `example`. */
  | { readonly kind: "decides"; readonly example: EvaluationRequest }
  /** The rules `by` (indexes, ascending) cover it all, and each of them decides some of it. */
  | { readonly kind: "decides nothing"; readonly by: readonly number[] }
  /** It would have taken too long to know. */
  | { readonly kind: "unknown" };

const UNKNOWN = { kind: "unknown" } as const;
/** Some tenths of a second for one question, some seconds for a policy. */
const LIMITS = { perQuestion: 5_000_000, inAll: 30_000_000 };
/** Rules whose conditions are kept ready; beyond this all are forgotten and made anew. */
const MAX_REMEMBERED = 1000;

/** Answers questions about the rules of one policy. */
export class RuleReach {
  readonly #rules: readonly Rule[];
  readonly #compiled: readonly CompiledRule[];
  readonly #files: RuleFiles;
  /** Of rules that others are compared with. */
  readonly #boxes = new Map<number, readonly Box[]>();
  readonly #everything: Region;
  readonly #budget = new WorkBudget(LIMITS);

  /** Compiles `policy`. Throws `POLICY_INVALID` when one of its rules cannot be evaluated. */
  constructor({ rules }: Policy) {
    const clocks = new Map<string, ZoneClock>();
    this.#rules = rules;
    this.#compiled = rules.map((rule, ruleIndex) => new CompiledRule(rule, { ruleIndex, clocks }));
    this.#files = new RuleFiles(rules);
    this.#everything = Region.everything({ zones: new ZoneSeasons(), budget: this.#budget });
  }

  /** Whether the rule at `index` decides anything. */
  reach(index: number): Reach {
    return this.#ask(UNKNOWN, () => this.#search(index, this.#regionsOf(index)));
  }

  /**
   * Whether the rule at `index` decides something that the rule at `other` matches too; with
   * `mode`, something that is asked for in it.
   */
  reachWithin(
    index: number,
    { other, mode }: { readonly other: number; readonly mode: CredentialMode | null },
  ): Reach {
    return this.#ask(UNKNOWN, () => {
      const regions = this.#regionsOf(index).flatMap((region) =>
        this.#boxesOf(other).flatMap((box) => region.inside(box) ?? [])
      );
      const asked = mode === null ? regions : regions.flatMap((each) => each.inMode(mode) ?? []);
      return this.#search(index, asked);
    });
  }

  /** Whether the rule at `index` decides something in `mode`. */
  reachInMode(index: number, mode: CredentialMode): Reach {
    return this.#ask(UNKNOWN, () => {
      const regions = this.#regionsOf(index).flatMap((region) => region.inMode(mode) ?? []);
      return this.#search(index, regions);
    });
  }

  /** Whether it is certain that the rule at `index` matches only what `other` matches too. */
  isWithin(index: number, other: number): boolean {
    return this.#ask(
      false,
      () =>
        this.#regionsOf(index).every((region) =>
          this.#boxesOf(other).some((box) => region.outside(box).length === 0)
        ),
    );
  }

  /** The answer to one question, or `unknown` when it would take too long. */
  #ask<T>(unknown: T, answer: () => T): T {
    this.#budget.begin();
    try {
      return answer();
    } catch (thrown) {
      if (thrown instanceof WorkExhausted) return unknown;
      throw thrown;
    }
  }

  /**
   * Takes an example, asks which rule decides it, and cuts off all that this rule matches: until
   * one is left to the rule itself, or nothing is left at all.
   */
  #search(index: number, regions: readonly Region[]): Reach {
    const pending = [...regions];
    const by = new Set<number>();
    for (let region = pending.pop(); region !== undefined; region = pending.pop()) {
      const { example } = region;
      const first = this.#firstMatch(example, index);
      if (first === index) return { kind: "decides", example };
      by.add(first);
      const box = this.#boxesOf(first).find((box) => region.inside(box) !== null);
      // INVARIANT: the evaluator has the last word; where it sees what the box does not, we do not
      // know.
      if (box === undefined) throw new WorkExhausted();
      pending.push(...region.outside(box));
    }
    return { kind: "decides nothing", by: [...by].sort((a, b) => a - b) };
  }

  /** The rule that decides `request`, which is known to be matched by the rule at `index`. */
  #firstMatch(request: EvaluationRequest, index: number): number {
    for (const candidate of this.#files.about(request)) {
      if (candidate > index) break;
      this.#budget.spend(1);
      if (this.#compiled[candidate]!.matches(request)) return candidate;
    }
    throw new WorkExhausted();
  }

  /** Everything that the rule at `index` matches, whatever stands before it. */
  #regionsOf(index: number): readonly Region[] {
    return this.#boxesOf(index).flatMap((box) => this.#everything.inside(box) ?? []);
  }

  #boxesOf(index: number): readonly Box[] {
    const known = this.#boxes.get(index);
    if (known !== undefined) return known;
    const boxes = boxesOf(this.#rules[index]!.conditions);
    if (this.#boxes.size >= MAX_REMEMBERED) this.#boxes.clear();
    this.#boxes.set(index, boxes);
    return boxes;
  }
}
