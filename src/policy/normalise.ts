/**
 * Brings a valid document of either spelling into the one form in which policies are evaluated:
 * lists where the document may have text, no empty lists, seconds, defaults filled in.
 *
 * @module
 */
import { parseDuration } from "../text/duration.ts";
import type { ApprovalDocument, BreakGlassDocument } from "./override_schema.ts";
import {
  type ApprovalRule,
  type BreakGlassLimits,
  type BreakGlassRule,
  type Conditions,
  REASON_CODES,
  type Rule,
  type TargetConditions,
  type TimeCondition,
} from "./policy.ts";
import type {
  ConditionsDocument,
  EntryDocument,
  MatchDocument,
  RuleDocument,
  TimeDocument,
} from "./schema.ts";

/** A rule of the full spelling. */
export function normaliseRule(rule: RuleDocument): Rule {
  return {
    name: rule.name,
    effect: rule.effect,
    conditions: normaliseConditions(rule.conditions ?? {}),
    sessionTable: rule.session_table ?? null,
    maxServerDurationSeconds: parseDuration(rule.max_server_duration ?? ""),
    reason: rule.reason ?? null,
  };
}

/** The entry at `index` of the short spelling. */
export function normaliseEntry(entry: EntryDocument, index: number): Rule {
  const { match, name = nameOfEntry(index), ...rest } = entry;
  return normaliseRule({ name, ...rest, conditions: widenMatch(match ?? {}) });
}

/** The name of an entry that has none of its own. */
export function nameOfEntry(index: number): string {
  return `policies[${index}]`;
}

function widenMatch(match: MatchDocument): ConditionsDocument {
  return {
    profiles: match.profiles ?? listOf(match.profile),
    users: match.users ?? listOf(match.user),
    roles: match.roles ?? listOf(match.role),
    accounts: match.accounts ?? listOf(match.account),
    mode: match.mode,
    time: match.time,
  };
}

function normaliseConditions(conditions: ConditionsDocument): Conditions {
  const { users, time } = conditions;
  const mode = typeof conditions.mode === "string" ? [conditions.mode] : conditions.mode;
  return {
    ...normaliseTarget(conditions),
    ...isGiven(users) && { users },
    ...isGiven(mode) && { mode },
    ...time !== undefined && { time: normaliseTime(time) },
  };
}

function normaliseTarget(
  { profiles, roles, accounts }: Pick<ConditionsDocument, keyof TargetConditions>,
): TargetConditions {
  return {
    ...isGiven(profiles) && { profiles },
    ...isGiven(roles) && { roles },
    ...isGiven(accounts) && { accounts },
  };
}

/** Longest windows, where the document names none. */
const APPROVAL_SECONDS = 8 * 3600;
const BREAK_GLASS_SECONDS = 4 * 3600;
const QUOTA_WINDOW_SECONDS = 24 * 3600;

/** An entry of `approvals`. */
export function normaliseApproval(entry: ApprovalDocument): ApprovalRule {
  const { auto_approve: auto } = entry;
  const maxDurationSeconds = parseDuration(entry.max_duration ?? "") ?? APPROVAL_SECONDS;
  return {
    name: entry.name,
    conditions: normaliseTarget(entry),
    approvers: entry.approvers,
    required: Number(entry.required ?? 1),
    maxDurationSeconds,
    autoApproval: auto === undefined ? null : {
      users: auto.users,
      time: auto.time === undefined ? null : normaliseTime(auto.time),
      maxDurationSeconds: parseDuration(auto.max_duration ?? "") ?? maxDurationSeconds,
    },
    allowMinimum: entry.allow_minimum === "true",
  };
}

/** An entry of `break_glass`. */
export function normaliseBreakGlass(entry: BreakGlassDocument): BreakGlassRule {
  return {
    name: entry.name,
    conditions: normaliseTarget(entry),
    users: entry.users,
    allowedReasonCodes: entry.allowed_reason_codes ?? [...REASON_CODES],
    time: entry.time === undefined ? null : normaliseTime(entry.time),
    maxDurationSeconds: parseDuration(entry.max_duration ?? "") ?? BREAK_GLASS_SECONDS,
    lifts: entry.lifts ?? ["require_approval"],
    limits: normaliseLimits(entry.limits ?? {}),
    allowMinimum: entry.allow_minimum === "true",
  };
}

function normaliseLimits(
  limits: NonNullable<BreakGlassDocument["limits"]>,
): BreakGlassLimits {
  const count = (text: string | undefined) => text === undefined ? null : Number(text);
  return {
    cooldownSeconds: parseDuration(limits.cooldown ?? ""),
    maxPerUser: count(limits.max_per_user),
    maxPerProfile: count(limits.max_per_profile),
    quotaWindowSeconds: parseDuration(limits.quota_window ?? "") ?? QUOTA_WINDOW_SECONDS,
    escalationThreshold: count(limits.escalation_threshold),
  };
}

function normaliseTime({ days, hours, timezone = "UTC" }: TimeDocument): TimeCondition {
  return {
    ...isGiven(days) && { days },
    ...hours !== undefined && { hours },
    timezone,
  };
}

function listOf(text: string | undefined): string[] | undefined {
  return text === undefined ? undefined : [text];
}

/** An empty list says the same as none. */
function isGiven<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list.length > 0;
}
