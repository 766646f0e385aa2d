/**
 * Finds the first matching rule by looking at one after the other. Rules are compiled when they
 * are reached, so that one decision pays for no more than it looks at.
 *
 * @module
 */
import { CompiledRule } from "./compiled_rule.ts";
import type { EvaluationRequest, Rule } from "./policy.ts";
import type { ZoneClock } from "./time_window.ts";

/** The rules of a policy, in order. */
export class RuleScan {
  readonly #rules: readonly Rule[];
  readonly #clocks = new Map<string, ZoneClock>();
  readonly #compiled: CompiledRule[] = [];
  #looks = 0;

  /** Compiles nothing yet. */
  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** How many rules have been looked at so far, over all requests. */
  get looks(): number {
    return this.#looks;
  }

  /** The first rule that matches `request`, or `undefined`. */
  first(request: EvaluationRequest): CompiledRule | undefined {
    for (let ruleIndex = 0; ruleIndex < this.#rules.length; ruleIndex++) {
      const rule = this.#compiled[ruleIndex] ?? this.#compile(ruleIndex);
      if (rule.matches(request)) {
        this.#looks += ruleIndex + 1;
        return rule;
      }
    }
    this.#looks += this.#rules.length;
    return undefined;
  }

  /** All rules, compiled. Throws `POLICY_INVALID` when one of them cannot be evaluated. */
  compileAll(): readonly CompiledRule[] {
    while (this.#compiled.length < this.#rules.length) this.#compile(this.#compiled.length);
    return this.#compiled;
  }

  #compile(ruleIndex: number): CompiledRule {
    const compiled = new CompiledRule(this.#rules[ruleIndex]!, { ruleIndex, clocks: this.#clocks });
    this.#compiled.push(compiled);
    return compiled;
  }
}
