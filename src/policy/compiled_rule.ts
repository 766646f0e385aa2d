/**
 * One rule made ready to answer: does it match a request, and what does it then say? Every way of
 * finding the first matching rule asks here, so that no two of them can disagree.
 *
 * @module
 */
import { CallerList } from "./caller_list.ts";
import { chooseOutcome, type Outcomes, outcomesOf } from "./outcome.ts";
import { compilePatterns, matchesKnown, type PatternList } from "./pattern.ts";
import type { ConditionName, CredentialMode, EvaluationRequest, Rule, Verdict } from "./policy.ts";
import { compileTime, epochMs, type TimeWindow, type ZoneClock } from "./time_window.ts";

/** Where a rule stands and what it shares with the other rules of its policy. */
export interface CompiledRuleOptions {
  /** Index in the policy. */
  readonly ruleIndex: number;
  /** The policy's clocks, by zone; one that is missing is added. */
  readonly clocks: Map<string, ZoneClock>;
}

/** A rule, compiled once and asked often. */
export class CompiledRule {
  readonly #rule: Rule;
  readonly #ruleIndex: number;
  readonly #profiles: PatternList | null;
  /** `null` when the rule holds for every caller. */
  readonly #users: CallerList | null;
  readonly #modes: readonly CredentialMode[] | null;
  readonly #roles: PatternList | null;
  readonly #accounts: PatternList | null;
  readonly #time: TimeWindow | null;
  /** Worded when first needed: most rules of a large policy never speak. */
  #outcomes: Outcomes | null = null;

  /** Compiles `rule`; throws `POLICY_INVALID` when its time zone does not exist. */
  constructor(rule: Rule, { ruleIndex, clocks }: CompiledRuleOptions) {
    const { profiles, users = [], roles, accounts, mode = [], time } = rule.conditions;
    this.#rule = rule;
    this.#ruleIndex = ruleIndex;
    this.#profiles = compilePatterns(profiles);
    this.#users = users.length === 0 ? null : new CallerList(users);
    this.#modes = mode.length === 0 ? null : mode;
    this.#roles = compilePatterns(roles);
    this.#accounts = compilePatterns(accounts);
    this.#time = time === undefined ? null : compileTime(time, clocks);
  }

  /** Whether all conditions of the rule hold for `request`. */
  matches(request: EvaluationRequest): boolean {
    return this.concerns(request.profile, request.user) && this.holds(request);
  }

  /** Whether the rule can match any request of `user` for `profile`. */
  concerns(profile: string, user: string): boolean {
    return (this.#profiles === null || this.#profiles.matches(profile)) &&
      (this.#users === null || this.#users.mayInclude(user));
  }

  /** Whether the rule matches `request`, given that it concerns its profile and user. */
  holds(request: EvaluationRequest): boolean {
    return (this.#users === null || !this.#users.hasArns || this.#users.includes(request)) &&
      (this.#modes === null || this.#modes.includes(request.mode)) &&
      matchesKnown(this.#roles, request.role) &&
      matchesKnown(this.#accounts, request.account) &&
      this.#isOpen(request);
  }

  /** The first condition that does not hold for `request`; `null` where the rule matches. */
  mismatch(request: EvaluationRequest): ConditionName | null {
    if (!matchesKnown(this.#profiles, request.profile)) return "profiles";
    if (this.#users !== null && !this.#users.includes(request)) return "users";
    if (this.#modes !== null && !this.#modes.includes(request.mode)) return "mode";
    if (!matchesKnown(this.#roles, request.role)) return "roles";
    if (!matchesKnown(this.#accounts, request.account)) return "accounts";
    return this.#isOpen(request) ? null : "time";
  }

  #isOpen({ time }: EvaluationRequest): boolean {
    return this.#time === null || this.#time.contains(epochMs(time));
  }

  /** What the rule says to `request`, given that it matches. */
  verdict(request: EvaluationRequest): Verdict {
    const rule = this.#rule;
    this.#outcomes ??= outcomesOf(rule);
    const outcome = chooseOutcome(this.#outcomes, { rule, request });
    return {
      effect: outcome.effect,
      matchedRule: rule.name,
      ruleIndex: this.#ruleIndex,
      ruleEffect: rule.effect,
      reason: outcome.reason,
      requiresServerMode: outcome.requiresServerMode,
      requiresSessionTracking: outcome.requiresSessionTracking,
      sessionTableName: rule.sessionTable,
      maxServerDurationSeconds: rule.maxServerDurationSeconds,
      conditions: rule.conditions,
      evaluatedAt: request.time,
    };
  }
}
