/**
 * Answers for a policy that is asked often. A process is asked about few pairs of profile and user,
 * and again and again: the rules that are about a pair are worked out once, and each decision then
 * looks only at what may differ between two requests of that pair.
 *
 * @module
 */
import type { CompiledRule } from "./compiled_rule.ts";
import type { RuleFinder } from "./first_match.ts";
import type { EvaluationRequest } from "./policy.ts";

/** Rules and pairs kept in mind together; beyond this all are forgotten and learnt anew. */
const MAX_REMEMBERED = 50_000;

/** At least the rules that concern a profile and a user, in the order of the policy. */
export type RuleLookup = (profile: string, user: string) => readonly CompiledRule[];

/** The rules of a policy that does not change. */
export class RuleMemory implements RuleFinder {
  readonly #lookup: RuleLookup;
  readonly #byProfile = new Map<string, Map<string, readonly CompiledRule[]>>();
  #remembered = 0;

  /** Learns from `lookup`, which is asked once for each pair. */
  constructor(lookup: RuleLookup) {
    this.#lookup = lookup;
  }

  /** The first rule that matches `request`, or `undefined`. */
  first(request: EvaluationRequest): CompiledRule | undefined {
    const known = this.#byProfile.get(request.profile)?.get(request.user);
    for (const rule of known ?? this.#learn(request)) {
      if (rule.holds(request)) return rule;
    }
    return undefined;
  }

  #learn({ profile, user }: EvaluationRequest): readonly CompiledRule[] {
    const rules = this.#lookup(profile, user).filter((rule) => rule.concerns(profile, user));
    this.#remembered += rules.length + 1;
    if (this.#remembered > MAX_REMEMBERED) {
      this.#byProfile.clear();
      this.#remembered = rules.length + 1;
    }
    const byUser = this.#byProfile.get(profile) ?? new Map<string, readonly CompiledRule[]>();
    this.#byProfile.set(profile, byUser.set(user, rules));
    return rules;
  }
}
