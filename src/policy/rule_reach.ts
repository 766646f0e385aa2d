/**
 * What a rule decides, and what earlier rules take from it. Exact: a rule is said to decide
 * something when the evaluator confirms it for an example, and to decide nothing when all that it
 * could match is divided among earlier rules without a rest.
 *
 * @module
 */
import { ZoneSeasons } from "./moment_search.ts";
import type { CredentialMode, EvaluationRequest, Policy } from "./policy.ts";
import type { Region } from "./region.ts";
import { findRequest, RuleRegions, within } from "./rule_regions.ts";
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

/** Answers questions about the rules of one policy. */
export class RuleReach {
  /** The rules, for questions that go beyond them; asked within {@linkcode ask}. */
  readonly rules: RuleRegions;
  readonly #search = { zones: new ZoneSeasons(), budget: new WorkBudget(LIMITS) };

  /** Compiles `policy`. Throws `POLICY_INVALID` when one of its rules cannot be evaluated. */
  constructor({ rules }: Pick<Policy, "rules">) {
    this.rules = new RuleRegions(rules, this.#search);
  }

  /** Answers questions about another list of rules, out of the same budget. */
  beside(rules: Policy["rules"]): RuleRegions {
    return new RuleRegions(rules, this.#search);
  }

  /** Whether the rule at `index` decides anything. */
  reach(index: number): Reach {
    return this.reachIn(this.rules, index);
  }

  /** Whether the rule at `index` of a list decides anything there. */
  reachIn(list: RuleRegions, index: number): Reach {
    return this.ask(UNKNOWN, () => decidedIn(list.regions(index), { list, index }));
  }

  /**
   * Whether the rule at `index` decides something that the rule at `other` matches too; with
   * `mode`, something that is asked for in it.
   */
  reachWithin(
    index: number,
    { other, mode }: { readonly other: number; readonly mode: CredentialMode | null },
  ): Reach {
    return this.ask(UNKNOWN, () => {
      const regions = within(this.rules.regions(index), this.rules.boxes(other));
      const asked = mode === null ? regions : regions.flatMap((each) => each.inMode(mode) ?? []);
      return decidedIn(asked, { list: this.rules, index });
    });
  }

  /** Whether the rule at `index` decides something in `mode`. */
  reachInMode(index: number, mode: CredentialMode): Reach {
    return this.ask(UNKNOWN, () => {
      const regions = this.rules.regions(index).flatMap((region) => region.inMode(mode) ?? []);
      return decidedIn(regions, { list: this.rules, index });
    });
  }

  /** Whether it is certain that the rule at `index` matches only what `other` matches too. */
  isWithin(index: number, other: number): boolean {
    return this.ask(
      false,
      () =>
        this.rules.regions(index).every((region) =>
          this.rules.boxes(other).some((box) => region.outside(box).length === 0)
        ),
    );
  }

  /** The answer to one question, or `unknown` when it would take too long. */
  ask<T>(unknown: T, answer: () => T): T {
    this.#search.budget.begin();
    try {
      return answer();
    } catch (thrown) {
      if (thrown instanceof WorkExhausted) return unknown;
      throw thrown;
    }
  }
}

/** What of `regions`, all of which the rule at `index` matches, that rule decides. */
function decidedIn(
  regions: readonly Region[],
  { list, index }: { readonly list: RuleRegions; readonly index: number },
): Reach {
  const by = new Set<number>();
  const example = findRequest(regions, [{
    to: list,
    accepts: (first) => first === index,
    onTaken: (first) => by.add(first),
  }]);
  if (example !== null) return { kind: "decides", example };
  return { kind: "decides nothing", by: [...by].sort((a, b) => a - b) };
}
