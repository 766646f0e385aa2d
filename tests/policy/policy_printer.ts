/**
 * Writes a policy as a document, in either spelling: the inverse of `parsePolicy` for tests.
 *
 * @module
 */
import { formatDuration } from "../../src/text/duration.ts";
import type {
  ApprovalRule,
  BreakGlassRule,
  Conditions,
  Policy,
  Rule,
} from "../../src/policy/policy.ts";

/** `policy` as YAML in the full spelling. */
export function printPolicy(policy: Policy): string {
  const blocks = policy.rules.map((rule) =>
    `  - name: ${text(rule.name)}\n` +
    `    conditions:${printConditions(rule.conditions)}` +
    printEffect(rule)
  );
  return `version: 1\nrules:${blocks.length === 0 ? " []\n" : `\n${blocks.join("")}`}` +
    printSections(policy);
}

/** The sections `approvals` and `break_glass`, entries in JSON: the same for both spellings. */
function printSections({ approvals = [], breakGlass = [] }: Policy): string {
  const section = (key: string, entries: readonly object[]) =>
    entries.length === 0
      ? ""
      : `${key}:\n${entries.map((entry) => `  - ${JSON.stringify(entry)}\n`).join("")}`;
  return section("approvals", approvals.map(approvalDocument)) +
    section("break_glass", breakGlass.map(breakGlassDocument));
}

/** What is `null` is left out, as an author would. */
function without<T extends object>(entry: T): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

function approvalDocument({ autoApproval, ...rule }: ApprovalRule): object {
  return without({
    name: rule.name,
    ...rule.conditions,
    approvers: rule.approvers,
    required: rule.required,
    max_duration: formatDuration(rule.maxDurationSeconds),
    auto_approve: autoApproval === null ? null : without({
      users: autoApproval.users,
      time: autoApproval.time,
      max_duration: formatDuration(autoApproval.maxDurationSeconds),
    }),
    allow_minimum: String(rule.allowMinimum),
  });
}

function breakGlassDocument(rule: BreakGlassRule): object {
  const { cooldownSeconds, maxPerUser, maxPerProfile, quotaWindowSeconds, escalationThreshold } =
    rule.limits;
  return without({
    name: rule.name,
    ...rule.conditions,
    users: rule.users,
    allowed_reason_codes: rule.allowedReasonCodes,
    time: rule.time,
    max_duration: formatDuration(rule.maxDurationSeconds),
    lifts: rule.lifts,
    limits: without({
      cooldown: cooldownSeconds === null ? null : formatDuration(cooldownSeconds),
      max_per_user: maxPerUser,
      max_per_profile: maxPerProfile,
      quota_window: formatDuration(quotaWindowSeconds),
      escalation_threshold: escalationThreshold,
    }),
    allow_minimum: String(rule.allowMinimum),
  });
}

/** `policy` as YAML in the short spelling; lists of one become text. */
export function printShortPolicy(policy: Policy): string {
  const singular = { profiles: "profile", users: "user", roles: "role", accounts: "account" };
  const blocks = policy.rules.map(({ conditions, ...rule }) => {
    const match = Object.entries(conditions).map(([key, value]) => {
      const one = Array.isArray(value) && value.length === 1 ? value[0] : null;
      if (one === null) return [key, value];
      return [key in singular ? singular[key as keyof typeof singular] : key, one];
    });
    return `  - match: ${JSON.stringify(Object.fromEntries(match))}\n` +
      `    name: ${text(rule.name)}\n` +
      printEffect(rule);
  });
  return `policies:${blocks.length === 0 ? " []\n" : `\n${blocks.join("")}`}` +
    printSections(policy);
}

function printConditions(conditions: Conditions): string {
  const lines = Object.entries(conditions).map(([key, value]) =>
    key === "time" || key === "mode"
      ? `      ${key}: ${JSON.stringify(value)}\n`
      : `      ${key}:\n${value.map((item: string) => `      - ${text(item)}\n`).join("")}`
  );
  return lines.length === 0 ? " {}\n" : `\n${lines.join("")}`;
}

function printEffect(rule: Omit<Rule, "conditions">): string {
  const cap = rule.maxServerDurationSeconds;
  return `    effect: ${rule.effect}\n` +
    (rule.sessionTable === null ? "" : `    session_table: ${text(rule.sessionTable)}\n`) +
    (cap === null ? "" : `    max_server_duration: ${formatDuration(cap)}\n`) +
    (rule.reason === null ? "" : `    reason: ${text(rule.reason)}\n`);
}

/** Single quotes: nothing in them has a meaning but the quote itself. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
