/**
 * Audits as people and machines read them. What logs and records say is printable here; nothing is
 * read or decided.
 *
 * @module
 */
import type { DecisionRecord } from "../gate/decision_record.ts";
import { type Access, compliance, type ProfileCompliance } from "../state/audit.ts";
import type { SessionRecord } from "../state/session.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { textWidth } from "../text/text_width.ts";
import type { OutputRow } from "./output.ts";
import { formatExact, formatRelative } from "./relative_time.ts";
import { sessionRow } from "./session_table_view.ts";

/** Gaps that are kept to be told one by one. */
export const GAPS_KEPT = 1000;
/** Gaps and accesses that a person is told one by one. */
const TOLD = 10;

/** What `sentinel audit sessions` found. */
export interface SessionAudit {
  /** Decisions before this moment (milliseconds since the epoch) do not count. */
  readonly since: number;
  readonly policy: { readonly source: string; readonly digest: string };
  readonly profiles: readonly ProfileCompliance[];
  /** The first {@linkcode GAPS_KEPT} gaps. */
  readonly gaps: readonly DecisionRecord[];
  readonly gapCount: number;
  /** Records that were read, and lines that held none. */
  readonly records: number;
  readonly unreadable: number;
}

/** Columns of {@linkcode complianceRow}. */
export const COMPLIANCE_COLUMNS = [
  "profile",
  "issued",
  "with_session",
  "without_session",
  "required",
  "gaps",
  "compliance",
] as const;

/** A profile's compliance for machines; `compliance` is from 0 to 1, or `null`. */
export function complianceRow(profile: ProfileCompliance): OutputRow {
  return {
    profile: profile.profile,
    issued: profile.issued,
    with_session: profile.withSession,
    without_session: profile.withoutSession,
    required: profile.required,
    gaps: profile.gaps,
    compliance: compliance(profile),
  };
}

/** The whole audit for machines. */
export function auditDocument(audit: SessionAudit): unknown {
  return {
    since: new Date(audit.since).toISOString(),
    policy: audit.policy,
    records: audit.records,
    unreadable_lines: audit.unreadable,
    gap_count: audit.gapCount,
    profiles: audit.profiles.map(complianceRow),
    gaps: audit.gaps,
  };
}

/** The audit for a person whose terminal is `width` cells wide. */
export function formatCompliance(
  audit: SessionAudit,
  { width }: { readonly width: number },
): string {
  const since = `since ${formatExact(audit.since)}`;
  if (audit.profiles.length === 0) return `No credentials were issued ${since}.\n`;
  const lines = [
    `Credentials issued ${since}, against policy ${quote(audit.policy.source)}`,
    "",
    ...formatProfiles(audit.profiles, width),
    "",
  ];
  if (audit.gapCount === 0) lines.push("Every session that the policy requires was there.");
  else lines.push(...formatGaps(audit));
  return `${lines.join("\n")}\n`;
}

const TITLES = ["PROFILE", "ISSUED", "WITH", "WITHOUT", "REQUIRED", "GAPS", "COMPLIANCE"];

function formatProfiles(profiles: readonly ProfileCompliance[], width: number): string[] {
  const numbers = profiles.map((profile) => {
    const { issued, withSession, withoutSession, required, gaps } = profile;
    return [...[issued, withSession, withoutSession, required, gaps].map(String), percent(profile)];
  });
  const widths = TITLES.slice(1).map((title, index) =>
    numbers.reduce((most, row) => Math.max(most, row[index]!.length), title.length)
  );
  const taken = widths.reduce((sum, each) => sum + each + 2, 0);
  const names = profiles.map(({ profile }) => printable(profile));
  const widest = names.reduce((most, name) => Math.max(most, textWidth(name)), TITLES[0]!.length);
  const nameWidth = Math.max(8, Math.min(widest, width - taken));
  const line = (name: string, cells: readonly string[]) => {
    let shown = textWidth(name) <= nameWidth ? name : abbreviate(name, nameWidth);
    while (textWidth(shown) > nameWidth) shown = abbreviate(name, shown.length - 1);
    const padded = shown + " ".repeat(nameWidth - textWidth(shown));
    return [padded, ...cells.map((cell, index) => cell.padStart(widths[index]!))].join("  ");
  };
  return [
    line(TITLES[0]!, TITLES.slice(1)),
    ...names.map((name, row) => line(name, numbers[row]!)),
  ];
}

function percent(profile: ProfileCompliance): string {
  const part = compliance(profile);
  // Rounded down: what is not whole must not look so.
  return part === null ? "-" : `${(Math.floor(part * 1000) / 10).toFixed(1)}%`;
}

function formatGaps({ gaps, gapCount }: SessionAudit): string[] {
  const what = gapCount === 1 ? "1 decision" : `${gapCount} decisions`;
  const lines = [`${what} issued credentials without the session that the policy requires:`];
  for (const { timestamp, user, profile, mode, command, request_id } of gaps.slice(0, TOLD)) {
    const ran = command === undefined ? "" : ` for ${quote(command)}`;
    lines.push(
      `  ${timestamp}  ${printable(user)} on ${quote(profile)} by ${mode}${ran}, request ${
        printable(request_id)
      }`,
    );
  }
  if (gapCount > TOLD) lines.push(`  and ${gapCount - TOLD} more: --output json shows them`);
  return lines;
}

/** What `sentinel audit who` found. */
export interface WhoAudit {
  readonly key: string;
  readonly accesses: readonly (Access & { readonly decision: DecisionRecord })[];
  readonly session: SessionRecord | null;
  readonly now: number;
}

/** Columns of {@linkcode accessRow}. */
export const ACCESS_COLUMNS = [
  "outcome",
  "count",
  "first",
  "last",
  "user",
  "arn",
  "profile",
  "role_arn",
  "account",
  "mode",
  "command",
  "host",
  "pid",
  "rule",
  "reason",
  "error_code",
  "policy_source",
  "policy_digest",
  "access_key_id",
  "expires_at",
  "source_identity",
  "session_table",
  "session_id",
  "request_id",
  "approved_request_id",
  "break_glass_event_id",
] as const;

/** Decisions that differ in nothing but their time, for machines; the fields are the newest's. */
export function accessRow(
  { decision, count, first, last }: WhoAudit["accesses"][number],
): OutputRow {
  const { policy, timestamp: _timestamp, effect: _effect, ...fields } = decision;
  return {
    ...fields,
    count,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
    policy_source: policy?.source ?? null,
    policy_digest: policy?.digest ?? null,
  };
}

/** The whole answer for machines. */
export function whoDocument({ key, accesses, session, now }: WhoAudit): unknown {
  return {
    key,
    accesses: accesses.map(accessRow),
    session: session === null ? null : sessionRow(session, now),
  };
}

/** The accesses for a person, newest first. */
export function formatAccesses({ accesses, now }: WhoAudit): string {
  const parts = accesses.slice(0, TOLD).map((access) => formatAccess(access, now));
  const left = accesses.length - TOLD;
  if (left > 0) parts.push(`and ${left} more: --output json shows them\n`);
  return parts.join("\n");
}

const OUTCOMES = { issued: "Issued", denied: "Denied", failed: "Failed" } as const;

function formatAccess(
  { decision, count, first, last }: WhoAudit["accesses"][number],
  now: number,
): string {
  const when = (moment: number) => `${formatExact(moment)} (${formatRelative(moment, now)})`;
  // The log is what somebody wrote: what is no moment is shown as it stands.
  const until = (text: string) => {
    const moment = Date.parse(text);
    return Number.isNaN(moment) ? text : when(moment);
  };
  const { rule, reason, policy, error_code } = decision;
  const why = [
    rule === undefined ? "no rule" : `rule ${quote(rule)}`,
    ...(reason === undefined ? [] : [reason]),
    ...(error_code === undefined ? [] : [error_code]),
  ].join(": ");
  const role = decision.role_arn === undefined ? "" : ` as ${decision.role_arn}`;
  const fields: readonly (readonly [string, string | undefined])[] = [
    [OUTCOMES[decision.outcome], count === 1 ? "once" : `${count} times`],
    ["Who", decision.arn === "" ? decision.user : `${decision.user} (${decision.arn})`],
    ["When", first === last ? when(last) : `${when(first)} to ${when(last)}`],
    ["Command", decision.command],
    ["Why", why],
    ["Policy", policy === undefined ? undefined : `${policy.source} ${policy.digest}`],
    ["Override", decision.approved_request_id ?? decision.break_glass_event_id],
    ["Profile", `${decision.profile}${role}`],
    ["Through", `${decision.mode}, host ${decision.host}, process ${decision.pid}`],
    ["Access key", decision.access_key_id],
    ["Valid until", decision.expires_at === undefined ? undefined : until(decision.expires_at)],
    ["Source identity", decision.source_identity],
    ["Session", decision.session_id],
    ["Session table", decision.session_table],
  ];
  return fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(16)} ${printable(value)}\n`]
  ).join("");
}
