/**
 * What a policy decides, written down in the plainest way that could be right. It shares nothing
 * with the evaluator but the types.
 *
 * @module
 */
import {
  type Conditions,
  type EvaluationRequest,
  type Policy,
  type TimeCondition,
  type Verdict,
  WEEKDAYS,
} from "../../src/policy/policy.ts";

/** The parts of a verdict in which an error would matter. */
export type Answer = Pick<
  Verdict,
  "effect" | "ruleIndex" | "requiresServerMode" | "requiresSessionTracking"
>;

/** What `policy` decides on `request`. */
export function referenceAnswer(policy: Policy, request: EvaluationRequest): Answer {
  const ruleIndex = policy.rules.findIndex((rule) => holds(rule.conditions, request));
  const rule = policy.rules[ruleIndex];
  const answer = (effect: Answer["effect"], server = false, session = false): Answer => ({
    effect,
    ruleIndex,
    requiresServerMode: server,
    requiresSessionTracking: session,
  });
  const onServer = request.mode === "server";
  const hasTable = Boolean(rule?.sessionTable) || Boolean(request.sessionTableName);
  if (rule === undefined || rule.effect === "deny") return answer("deny");
  if (rule.effect === "require_approval") return answer("require_approval");
  if (rule.effect === "require_server" && !onServer) return answer("deny", true);
  if (rule.effect === "require_server_session" && !onServer) return answer("deny", true, true);
  if (rule.effect === "require_server_session" && !hasTable) return answer("deny", false, true);
  return answer("allow");
}

/** Whether all `conditions` hold for `request`. */
export function holds(conditions: Conditions, request: EvaluationRequest): boolean {
  const { profiles, users, roles, accounts, mode, time } = conditions;
  const fits = (patterns: readonly string[] | undefined, text: string | null | undefined) =>
    patterns === undefined || (text != null && patterns.some((pattern) => like(pattern, text)));
  const isCaller = (item: string) =>
    item.startsWith("arn:") ? fits([item], request.arn) : fits([item], request.user) &&
      (!request.user.includes("/") || item.includes("/") || /^\*+$/.test(item));
  return fits(profiles, request.profile) && (users === undefined || users.some(isCaller)) &&
    fits(roles, request.role) && (accounts === undefined || accounts.includes(request.account!)) &&
    (mode === undefined || mode.includes(request.mode)) &&
    (time === undefined || isOpen(time, request.time));
}

function like(pattern: string, text: string): boolean {
  const literal = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", "[^]*")}$`).test(text);
}

function isOpen(
  { days = WEEKDAYS, hours, timezone }: TimeCondition,
  time: Date | Temporal.Instant,
) {
  const instant = time instanceof Date ? Temporal.Instant.from(time.toISOString()) : time;
  const local = instant.toZonedDateTimeISO(timezone);
  const now = local.toPlainTime().toString({ smallestUnit: "minute" });
  const today = days.includes(WEEKDAYS[local.dayOfWeek - 1]!);
  const yesterday = days.includes(WEEKDAYS[(local.dayOfWeek + 5) % 7]!);
  if (hours === undefined) return today;
  if (hours.start < hours.end) return today && hours.start <= now && now < hours.end;
  return today && hours.start <= now || yesterday && now < hours.end;
}
