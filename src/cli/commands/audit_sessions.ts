/**
 * `sentinel audit sessions`: were credentials issued with the sessions that the policy requires? It
 * reads logs and the policy, and changes nothing.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import { assertNever } from "../../errors.ts";
import type { DecisionRecord } from "../../gate/decision_record.ts";
import type { LoadedPolicy } from "../../gate/ports.ts";
import { recordedRequest } from "../../gate/recorded_request.ts";
import { DecisionLogReader } from "../../io/decision_log_reader.ts";
import { ComplianceTally, type SessionRequirement } from "../../state/audit.ts";
import { logPaths, tellUnreadable } from "../audit_logs.ts";
import {
  auditDocument,
  COMPLIANCE_COLUMNS,
  complianceRow,
  formatCompliance,
  GAPS_KEPT,
  type SessionAudit,
} from "../audit_view.ts";
import type { Invocation } from "../command.ts";
import { type AUDIT_SESSIONS_FLAGS, description } from "../descriptions/audit_sessions.ts";
import type { Host } from "../host.ts";
import { formatCsv, formatJson } from "../output.ts";
import { openInteraction } from "../interaction.ts";
import { surroundingsOf } from "../surroundings.ts";
import { usageError } from "../usage.ts";

/** Credentials were issued without a session that the policy requires. */
const EXIT_GAPS = 1;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof AUDIT_SESSIONS_FLAGS>,
  host: Host,
): Promise<number> {
  const paths = logPaths(flags.logFile, operands);
  if (paths.length === 0) {
    throw usageError(
      description,
      "sentinel audit sessions needs a decision log",
      "Name one with --log-file PATH, or set SENTINEL_LOG_FILE.",
    );
  }
  const surroundings = surroundingsOf(host, openInteraction(flags, host));
  using source = openAdministration(flags, surroundings).openPolicy(flags.policy);
  const policy = await source.load();
  const since = surroundings.clock.now() - flags.sinceSeconds * 1000;
  const audit = await auditSessions(paths, { policy, since });
  switch (flags.output) {
    case "human":
      host.terminal.out(formatCompliance(audit, {
        // What is piped is read by programs, or later: there names are never shortened.
        width: host.terminal.stdoutIsTerminal ? host.terminal.columns : Infinity,
      }));
      break;
    case "json":
      host.terminal.out(formatJson(auditDocument(audit)));
      break;
    case "csv":
      host.terminal.out(formatCsv(COMPLIANCE_COLUMNS, audit.profiles.map(complianceRow)));
      break;
    default:
      assertNever(flags.output);
  }
  tellUnreadable(host, audit.unreadable);
  return audit.gapCount === 0 ? 0 : EXIT_GAPS;
}

async function auditSessions(
  paths: readonly string[],
  { policy, since }: { readonly policy: LoadedPolicy; readonly since: number },
): Promise<SessionAudit> {
  const logs = new DecisionLogReader(paths);
  const tally = new ComplianceTally();
  const gaps: DecisionRecord[] = [];
  let gapCount = 0;
  for await (const record of logs.read()) {
    if (Date.parse(record.timestamp) < since) continue;
    if (!tally.add(record, requirementOf(record, policy))) continue;
    gapCount++;
    if (gaps.length < GAPS_KEPT) gaps.push(record);
  }
  const profiles = tally.profiles();
  const { records, unreadable } = logs;
  const { source, digest } = policy;
  return { since, policy: { source, digest }, profiles, gaps, gapCount, records, unreadable };
}

/** The session that the policy requires of such a request, or `null`. */
function requirementOf(record: DecisionRecord, policy: LoadedPolicy): SessionRequirement | null {
  const verdict = policy.evaluate(recordedRequest(record));
  if (verdict.ruleEffect !== "require_server_session") return null;
  return { table: verdict.sessionTableName };
}
