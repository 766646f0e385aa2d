/**
 * How the entries of `approvals` and `break_glass` meet what the rules refuse: whether an entry is
 * ever in charge, whether there is anything for it to lift, and whether anybody can lift what a rule
 * refuses. As exact as what is known of rules, and out of the same budget.
 *
 * @module
 */
import type { BreakGlassRule, Conditions, Policy, Rule } from "./policy.ts";
import { OverlapFiles } from "./rule_files.ts";
import type { Reach, RuleReach } from "./rule_reach.ts";
import { type Falls, findRequest, type RuleRegions, within } from "./rule_regions.ts";

/** The sections whose entries lift. */
export const LIFTING_SECTIONS = ["approvals", "break_glass"] as const;
/** A section whose entries lift. */
export type LiftingSection = typeof LIFTING_SECTIONS[number];

/** An answer, or that it would take too long to know. */
export type Known = boolean | "unknown";

/** Most pairs of a rule and an entry that are compared for one question, and for all. */
const MAX_PAIRS = 1000;
const MAX_PAIRS_IN_ALL = 100_000;

/** One section: its entries as rules, and where they are filed. */
interface Section {
  readonly regions: RuleRegions;
  readonly files: OverlapFiles;
}

/** Answers questions about the entries of one policy. */
export class LiftReach {
  readonly #policy: Policy;
  readonly #reach: RuleReach;
  readonly #sections: Readonly<Record<LiftingSection, Section>>;
  /** The rules that an approval lifts. */
  readonly #liftable: OverlapFiles;
  #pairs = 0;

  /** `reach` knows the rules of `policy`. */
  constructor(policy: Policy, reach: RuleReach) {
    this.#policy = policy;
    this.#reach = reach;
    const section = (rules: readonly Rule[]) => ({
      regions: reach.beside(rules),
      files: new OverlapFiles(rules, () => true),
    });
    this.#sections = {
      approvals: section((policy.approvals ?? []).map((entry) => asRule(entry))),
      break_glass: section((policy.breakGlass ?? []).map((entry) => asRule(entry, entry.users))),
    };
    this.#liftable = new OverlapFiles(policy.rules, isLiftable);
  }

  /** Whether the entry at `index` is ever in charge. */
  reach(section: LiftingSection, index: number): Reach {
    return this.#reach.reachIn(this.#sections[section].regions, index);
  }

  /** Whether the rules refuse anything that an entry, which is in charge somewhere, could lift. */
  hasToLift(section: LiftingSection, index: number): Known {
    switch (section) {
      case "approvals":
        return this.#meetsRule(this.#policy.approvals![index]!.conditions, { section, index });
      case "break_glass": {
        const { conditions, users, lifts } = this.#policy.breakGlass![index]!;
        const onRules = lifts.includes("require_approval")
          ? this.#meetsRule({ ...conditions, users }, { section, index })
          : false;
        if (onRules === true || !lifts.includes("no_match")) return onRules;
        const onNothing = this.#meetsNoRule(index);
        return onNothing === false ? onRules : onNothing;
      }
      default:
        return section satisfies never;
    }
  }

  /** Whether anybody could lift anything that the rule at `index`, which decides, refuses. */
  canBeLifted(index: number): Known {
    const { conditions } = this.#policy.rules[index]!;
    let known: Known = false;
    for (const section of LIFTING_SECTIONS) {
      let pairs = 0;
      for (const entry of this.#sections[section].files.near(conditions)) {
        if (!this.#mayCompare(++pairs)) return "unknown";
        if (!this.#lifts(section, entry)) continue;
        const meets = this.#meet(index, { section, index: entry });
        if (meets === true) return true;
        if (meets === "unknown") known = "unknown";
      }
    }
    return known;
  }

  #lifts(section: LiftingSection, index: number): boolean {
    return section === "approvals" ||
      this.#policy.breakGlass![index]!.lifts.includes("require_approval");
  }

  #mayCompare(pairs: number): boolean {
    return pairs <= MAX_PAIRS && ++this.#pairs <= MAX_PAIRS_IN_ALL;
  }

  /** Whether an entry is in charge of anything for which a rule requires an approval. */
  #meetsRule(conditions: Conditions, entry: EntryPlace): Known {
    let known: Known = false;
    let pairs = 0;
    for (const rule of this.#liftable.near(conditions)) {
      if (!this.#mayCompare(++pairs)) return "unknown";
      const meets = this.#meet(rule, entry);
      if (meets === true) return true;
      if (meets === "unknown") known = "unknown";
    }
    return known;
  }

  /** Whether there is a request that a rule decides, and of which an entry is in charge. */
  #meet(rule: number, { section, index }: EntryPlace): Known {
    const { rules } = this.#reach;
    const { regions } = this.#sections[section];
    return this.#reach.ask<Known>("unknown", () => {
      const shared = within(rules.regions(rule), regions.boxes(index));
      return findRequest(shared, [fallsTo(rules, rule), fallsTo(regions, index)]) !== null;
    });
  }

  /** Whether a break-glass entry is in charge of anything that no rule matches. */
  #meetsNoRule(index: number): Known {
    const { regions } = this.#sections.break_glass;
    return this.#reach.ask<Known>("unknown", () =>
      findRequest(regions.regions(index), [
        fallsTo(regions, index),
        fallsTo(this.#reach.rules, null),
      ]) !== null);
  }
}

/** Where an entry stands. */
interface EntryPlace {
  readonly section: LiftingSection;
  readonly index: number;
}

function fallsTo(to: RuleRegions, index: number | null): Falls {
  return { to, accepts: (first) => first === index };
}

function isLiftable({ effect }: Rule): boolean {
  return effect === "require_approval";
}

/** What an entry covers, as the conditions of a rule: the first that holds is in charge, as there. */
function asRule(
  { name, conditions }: Pick<BreakGlassRule, "name" | "conditions">,
  users: readonly string[] = [],
): Rule {
  return {
    name,
    effect: "allow",
    conditions: { ...conditions, ...users.length > 0 && { users } },
    sessionTable: null,
    maxServerDurationSeconds: null,
    reason: null,
  };
}
