/**
 * Explanations of verdicts as people and machines read them. What a policy and a request say is
 * printable here; nothing is decided.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { refusalCode, refused } from "../gate/decision.ts";
import { type Explanation, localTime, type PassedRule } from "../policy/explanation.ts";
import {
  type EvaluationRequest,
  type TimeCondition,
  type Verdict,
  WEEKDAYS,
} from "../policy/policy.ts";
import { epochMs } from "../policy/time_window.ts";
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import { liftDocument, liftLines, type PossibleLift, untried } from "./lift_view.ts";

/** Rules that were passed over and that a person is told one by one. */
const TOLD = 200;
/** Values of a condition that a person is told. */
const VALUES_TOLD = 6;

/** A moment for people and machines: RFC 3339 in UTC, to the second where that says it all. */
export function formatMoment(time: Date | Temporal.Instant): string {
  return new Date(epochMs(time)).toISOString().replace(".000Z", "Z");
}

/** A request in one line: `alice on "prod" by cli at 2026-01-30T16:45:00Z`. */
export function formatRequest(request: EvaluationRequest): string {
  const { user, profile, mode, time, role, account, arn, sessionTableName } = request;
  return [
    `${printable(user)} on ${quote(profile)} by ${mode} at ${formatMoment(time)}`,
    ...role ? [`role ${printable(role)}`] : [],
    ...account ? [`account ${printable(account)}`] : [],
    ...arn ? [`caller ${printable(arn)}`] : [],
    ...sessionTableName ? [`session table ${printable(sessionTableName)}`] : [],
  ].join(", ");
}

/** A verdict in one line: `deny: rule "prod" (2): Production needs a ticket`. */
export function formatVerdict(verdict: Verdict): string {
  const { effect, matchedRule, ruleIndex, reason } = verdict;
  if (matchedRule === null) return `${effect}: ${printable(reason)}`;
  return `${effect}: rule ${quote(matchedRule)} (${ruleIndex + 1}): ${printable(reason)}`;
}

/** The explanation for a person; `lift`: what could lift the refusal, if it is one. */
export function formatExplanation(explanation: Explanation, lift: PossibleLift | null): string {
  const { request, verdict, passed } = explanation;
  const fields: (readonly [string, string])[] = [
    ["Request", formatRequest(request)],
    ["Verdict", formatVerdict(verdict)],
    ...verdictNotes(verdict, { request, lift }),
    ...lift === null ? [] : liftLines(lift),
  ];
  const lines = fields.map(([name, text]) => `${name.padEnd(9)}${text}`);
  if (passed.length > 0) lines.push("", "Passed over, and why:", ...formatPassed(explanation));
  return `${lines.join("\n")}\n`;
}

/** What the gate would add: the words of a refusal, or what bounds the credentials. */
function verdictNotes(
  verdict: Verdict,
  { request, lift }: { readonly request: EvaluationRequest; readonly lift: PossibleLift | null },
): (readonly [string, string])[] {
  if (verdict.effect !== "allow") {
    const { message, suggestion } = refusalWords(verdict, request, lift);
    return [
      ["Told", message ?? ""],
      ...suggestion === null ? [] : [["Hint", suggestion] as const],
    ];
  }
  if (request.mode !== "server") return [];
  const { sessionTableName, maxServerDurationSeconds: cap } = verdict;
  const table = sessionTableName ?? request.sessionTableName;
  return [
    ...cap === null ? [] : [["Life", `${formatDuration(cap)} at most`] as const],
    ...table ? [["Session", `kept in ${printable(table)}`] as const] : [],
  ];
}

/**
 * The rules that were passed over, one line each; at most `limit` of them. Where there are more, those
 * that are about other profiles are left out first: they are the least to the point.
 */
export function formatPassed(
  { passed, request }: Pick<Explanation, "passed" | "request">,
  limit = TOLD,
): string[] {
  const width = String(passed.length).length;
  const near = passed.length <= limit
    ? passed
    : passed.filter(({ condition }) => condition !== "profiles");
  const lines = near.slice(0, limit).map((rule) => {
    const number = String(rule.ruleIndex + 1).padStart(width);
    return `  ${number} ${printable(rule.rule.name)}: ${describeMismatch(rule, request)}`;
  });
  const left = passed.length - lines.length;
  return left === 0 ? lines : [...lines, `  and ${left} more: --output json shows them`];
}

/** Why a condition did not hold: its value and that of the request. */
export function describeMismatch(passed: PassedRule, request: EvaluationRequest): string {
  const { condition, rule: { conditions } } = passed;
  switch (condition) {
    case "profiles":
      return `profiles: ${quote(request.profile)} is none of ${listed(conditions.profiles)}`;
    case "users":
      return describeUsers(conditions.users ?? [], request);
    case "mode":
      return `mode: ${request.mode} is none of ${listed(conditions.mode)}`;
    case "roles":
      return `roles: ${describeTarget(request.role, conditions.roles)}`;
    case "accounts":
      return `accounts: ${describeTarget(request.account, conditions.accounts)}`;
    case "time":
      return describeTime(conditions.time!, request.time);
    default:
      return assertNever(condition);
  }
}

/** A request without a role or account matches no rule that wants one. */
function describeTarget(value: string | null | undefined, wanted?: readonly string[]): string {
  return value === null || value === undefined
    ? `the request names none, and the rule wants one of ${listed(wanted)}`
    : `${quote(value)} is none of ${listed(wanted)}`;
}

function given(value: string | null | undefined, nothing: string): string {
  return value === null || value === undefined ? nothing : quote(value);
}

function listed(values: readonly string[] = []): string {
  const told = values.slice(0, VALUES_TOLD).map(printable).join(", ");
  const more = values.length - VALUES_TOLD;
  return more > 0 ? `${told} and ${more} more` : told;
}

function describeUsers(users: readonly string[], { user, arn }: EvaluationRequest): string {
  const namesArns = users.some((item) => item.startsWith("arn:"));
  const caller = namesArns ? ` (${given(arn, "no ARN")})` : "";
  const isSession = user.includes("/") && users.some((item) => !item.includes("/"));
  return `users: ${quote(user)}${caller} is none of ${listed(users)}` +
    (isSession ? "; a name with / is matched only by items with /, or by *" : "");
}

function describeTime(
  { days = [], hours, timezone }: TimeCondition,
  moment: Date | Temporal.Instant,
): string {
  const local = localTime(moment, timezone);
  const clock = local.toPlainTime().toString({ smallestUnit: "minute" });
  const weekday = WEEKDAYS[local.dayOfWeek - 1];
  const window = [
    ...days.length === 0 ? [] : [days.join(", ")],
    ...hours === undefined ? [] : [`${hours.start} to ${hours.end}`],
  ].join(" ");
  return `time: ${weekday} ${local.toPlainDate()} ${clock} in ${timezone} is outside ${window}`;
}

/** A request for machines. */
export function requestDocument(request: EvaluationRequest): unknown {
  return {
    user: request.user,
    profile: request.profile,
    mode: request.mode,
    at: formatMoment(request.time),
    role: request.role ?? null,
    account: request.account ?? null,
    arn: request.arn ?? null,
    session_table: request.sessionTableName ?? null,
  };
}

/** A verdict for machines, with what a person would be told; `lift`: where it is known. */
export function verdictDocument(
  verdict: Verdict,
  request: EvaluationRequest,
  lift: PossibleLift | null = null,
): unknown {
  const code = verdict.effect === "allow" ? null : refusalCode(verdict);
  return {
    effect: verdict.effect,
    rule: verdict.matchedRule,
    rule_index: verdict.ruleIndex,
    rule_effect: verdict.ruleEffect,
    reason: verdict.reason,
    requires_server_mode: verdict.requiresServerMode,
    requires_session_tracking: verdict.requiresSessionTracking,
    session_table: verdict.sessionTableName,
    max_server_duration_seconds: verdict.maxServerDurationSeconds,
    code,
    ...refusalWords(verdict, request, lift),
  };
}

/** What a person would be told of a refusal, as the gate words it. */
function refusalWords(verdict: Verdict, request: EvaluationRequest, lift: PossibleLift | null) {
  if (verdict.effect === "allow") return { message: null, suggestion: null };
  const { message, suggestion } = refused(refusalCode(verdict), {
    verdict,
    request,
    ...lift !== null && { lifted: untried(lift) },
  });
  return { message, suggestion };
}

/** The explanation for machines. */
export function explanationDocument(
  { request, verdict, passed }: Explanation,
  lift: PossibleLift | null,
): unknown {
  return {
    request: requestDocument(request),
    verdict: verdictDocument(verdict, request, lift),
    lifted_by: lift === null ? null : liftDocument(lift),
    passed: passed.map((each) => ({
      rule: each.rule.name,
      rule_index: each.ruleIndex,
      condition: each.condition,
      wanted: each.rule.conditions[each.condition],
      given: givenValue(each, request),
    })),
  };
}

function givenValue({ condition, rule }: PassedRule, request: EvaluationRequest): unknown {
  switch (condition) {
    case "profiles":
      return request.profile;
    case "users":
      return { user: request.user, arn: request.arn ?? null };
    case "mode":
      return request.mode;
    case "roles":
      return request.role ?? null;
    case "accounts":
      return request.account ?? null;
    case "time":
      return localTime(request.time, rule.conditions.time!.timezone).toString();
    default:
      return assertNever(condition);
  }
}
