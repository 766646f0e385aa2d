/**
 * Brings a valid document of either spelling into the one form in which policies are evaluated:
 * lists where the document may have text, no empty lists, seconds, defaults filled in.
 *
 * @module
 */
import { parseDuration } from "../text/duration.ts";
import type { Conditions, Rule, TimeCondition } from "./policy.ts";
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
  const { profiles, users, roles, accounts, time } = conditions;
  const mode = typeof conditions.mode === "string" ? [conditions.mode] : conditions.mode;
  return {
    ...isGiven(profiles) && { profiles },
    ...isGiven(users) && { users },
    ...isGiven(roles) && { roles },
    ...isGiven(accounts) && { accounts },
    ...isGiven(mode) && { mode },
    ...time !== undefined && { time: normaliseTime(time) },
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
