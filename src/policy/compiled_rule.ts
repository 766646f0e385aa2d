/**
 * One rule made ready to answer: does it match a request, and what does it then say? Every way of
 * finding the first matching rule asks here, so that no two of them can disagree.
 *
 * @module
 */
import { chooseOutcome, type Outcomes, outcomesOf } from "./outcome.ts";
import { NameList, PatternList } from "./pattern.ts";
import type { ConditionName, CredentialMode, EvaluationRequest, Rule, Verdict } from "./policy.ts";
import { epochMs, TimeWindow, ZoneClock } from "./time_window.ts";

/** What begins a `users` item that is matched against the caller's ARN, not the username. */
export const ARN_PREFIX = "arn:";

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
  /** Both are null when the rule holds for every caller. */
  readonly #users: NameList | null;
  readonly #arns: PatternList | null;
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
    const names = users.filter((item) => !item.startsWith(ARN_PREFIX));
    this.#users = names.length === 0 ? null : new NameList(names);
    this.#arns = compilePatterns(users.filter((item) => item.startsWith(ARN_PREFIX)));
    this.#modes = mode.length === 0 ? null : mode;
    this.#roles = compilePatterns(roles);
    this.#accounts = compilePatterns(accounts);
    this.#time = time === undefined ? null : new TimeWindow(time, clockOf(time.timezone, clocks));
  }

  /** Whether all conditions of the rule hold for `request`. */
  matches(request: EvaluationRequest): boolean {
    return this.concerns(request.profile, request.user) && this.holds(request);
  }

  /** Whether the rule can match any request of `user` for `profile`. */
  concerns(profile: string, user: string): boolean {
    return matchesAny(this.#profiles, profile) &&
      (this.#arns !== null || this.#isNamed(user));
  }

  /** Whether the rule matches `request`, given that it concerns its profile and user. */
  holds(request: EvaluationRequest): boolean {
    return (this.#arns === null || this.#isCaller(request)) &&
      (this.#modes === null || this.#modes.includes(request.mode)) &&
      matchesKnown(this.#roles, request.role) &&
      matchesKnown(this.#accounts, request.account) &&
      this.#isOpen(request);
  }

  /** The first condition that does not hold for `request`; `null` where the rule matches. */
  mismatch(request: EvaluationRequest): ConditionName | null {
    if (!matchesAny(this.#profiles, request.profile)) return "profiles";
    if (!this.#isCaller(request)) return "users";
    if (this.#modes !== null && !this.#modes.includes(request.mode)) return "mode";
    if (!matchesKnown(this.#roles, request.role)) return "roles";
    if (!matchesKnown(this.#accounts, request.account)) return "accounts";
    return this.#isOpen(request) ? null : "time";
  }

  /** Usernames and ARNs are alternatives. */
  #isCaller(request: EvaluationRequest): boolean {
    return this.#arns !== null && matchesKnown(this.#arns, request.arn) ||
      this.#isNamed(request.user);
  }

  /** Whether the username is one that the rule names, or the rule holds for every caller. */
  #isNamed(user: string): boolean {
    return this.#users === null ? this.#arns === null : this.#users.matches(user);
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

function compilePatterns(patterns: readonly string[] | undefined): PatternList | null {
  return patterns === undefined || patterns.length === 0 ? null : new PatternList(patterns);
}

function clockOf(timezone: string, clocks: Map<string, ZoneClock>): ZoneClock {
  const known = clocks.get(timezone) ?? new ZoneClock(timezone);
  clocks.set(timezone, known);
  return known;
}

function matchesAny(patterns: PatternList | null, text: string): boolean {
  return patterns === null || patterns.matches(text);
}

/** A condition on something that a request may lack: what is not known matches no pattern. */
function matchesKnown(patterns: PatternList | null, text: string | null | undefined): boolean {
  return patterns === null || (text !== null && text !== undefined && patterns.matches(text));
}
