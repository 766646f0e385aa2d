/**
 * The sections of a policy that say who may lift a refusal: which entry is in charge of a target,
 * and what it says of a person and a moment. It lifts nothing: records are the gate's to judge.
 *
 * @module
 */
import { type Caller, CallerList } from "./caller_list.ts";
import { compilePatterns, matchesKnown, type PatternList } from "./pattern.ts";
import type { ApprovalRule, BreakGlassRule, Policy, TargetConditions } from "./policy.ts";
import { compileTime, type TimeWindow, type ZoneClock } from "./time_window.ts";

/** Whose credentials a refusal is about. */
export interface OverrideTarget {
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
}

/** What an entry covers, ready to be asked. */
class TargetPatterns {
  readonly #profiles: PatternList | null;
  readonly #roles: PatternList | null;
  readonly #accounts: PatternList | null;

  constructor({ profiles, roles, accounts }: TargetConditions) {
    this.#profiles = compilePatterns(profiles);
    this.#roles = compilePatterns(roles);
    this.#accounts = compilePatterns(accounts);
  }

  cover({ profile, role, account }: OverrideTarget): boolean {
    return (this.#profiles === null || this.#profiles.matches(profile)) &&
      matchesKnown(this.#roles, role) && matchesKnown(this.#accounts, account);
  }
}

/** A request that asks whether it approves itself. */
export interface SelfApproval {
  readonly requester: Caller;
  /** When it was filed, in milliseconds since the epoch. */
  readonly at: number;
  readonly durationSeconds: number;
}

/** An entry of `approvals`, compiled once and asked often. */
export class CompiledApproval {
  /** The entry as the policy has it. */
  readonly rule: ApprovalRule;
  readonly #target: TargetPatterns;
  readonly #approvers: CallerList;
  readonly #selfApproved: CallerList | null;
  readonly #selfTime: TimeWindow | null;

  /** Compiles `rule`; throws `POLICY_INVALID` when its time zone does not exist. */
  constructor(rule: ApprovalRule, clocks: Map<string, ZoneClock>) {
    const { conditions, approvers, autoApproval } = rule;
    this.rule = rule;
    this.#target = new TargetPatterns(conditions);
    this.#approvers = new CallerList(approvers);
    this.#selfApproved = autoApproval === null ? null : new CallerList(autoApproval.users);
    const time = autoApproval?.time ?? null;
    this.#selfTime = time === null ? null : compileTime(time, clocks);
  }

  /** Whether the entry is about this target. */
  covers(target: OverrideTarget): boolean {
    return this.#target.cover(target);
  }

  /** Whether somebody is one of its approvers. */
  isApprover(caller: Caller): boolean {
    return this.#approvers.includes(caller);
  }

  /** Whether a request that the entry covers needs no approver. */
  approvesItself({ requester, at, durationSeconds }: SelfApproval): boolean {
    const { autoApproval } = this.rule;
    return autoApproval !== null && this.#selfApproved !== null &&
      this.#selfApproved.includes(requester) &&
      durationSeconds <= autoApproval.maxDurationSeconds &&
      (this.#selfTime === null || this.#selfTime.contains(at));
  }
}

/** An entry of `break_glass`, compiled once and asked often. */
export class CompiledBreakGlass {
  /** The entry as the policy has it. */
  readonly rule: BreakGlassRule;
  readonly #target: TargetPatterns;
  readonly #users: CallerList;
  readonly #time: TimeWindow | null;

  /** Compiles `rule`; throws `POLICY_INVALID` when its time zone does not exist. */
  constructor(rule: BreakGlassRule, clocks: Map<string, ZoneClock>) {
    this.rule = rule;
    this.#target = new TargetPatterns(rule.conditions);
    this.#users = new CallerList(rule.users);
    this.#time = rule.time === null ? null : compileTime(rule.time, clocks);
  }

  /** Whether the entry is about this target and this person. */
  covers(target: OverrideTarget, caller: Caller): boolean {
    return this.#users.includes(caller) && this.#target.cover(target);
  }

  /** Whether the glass may be broken at `at` (milliseconds since the epoch). */
  isOpenAt(at: number): boolean {
    return this.#time === null || this.#time.contains(at);
  }
}

/** Both sections of one policy: in each, the first entry that covers a request is in charge. */
export interface OverrideRules {
  /** The entry by which requests for `target` are approved; `null`: nobody can approve them. */
  approvalFor(target: OverrideTarget): CompiledApproval | null;
  /** The entry by which `caller` may break the glass for `target`; `null`: they may not. */
  breakGlassFor(target: OverrideTarget, caller: Caller): CompiledBreakGlass | null;
}

/**
 * Compiles the sections of a valid policy. Pure, and the same for the same policy. Throws
 * `POLICY_INVALID` when an entry names a time zone that does not exist.
 */
export function compileOverrideRules(policy: Policy): OverrideRules {
  const clocks = new Map<string, ZoneClock>();
  const approvals = (policy.approvals ?? []).map((rule) => new CompiledApproval(rule, clocks));
  const breakGlass = (policy.breakGlass ?? []).map((rule) => new CompiledBreakGlass(rule, clocks));
  return {
    approvalFor: (target) => approvals.find((entry) => entry.covers(target)) ?? null,
    breakGlassFor: (target, caller) =>
      breakGlass.find((entry) => entry.covers(target, caller)) ?? null,
  };
}
