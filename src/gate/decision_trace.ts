/**
 * How far a request came, and the record that this leaves in the decision log. Nothing is recorded
 * that was not reached, and never a secret.
 *
 * @module
 */
import type { Verdict } from "../policy/policy.ts";
import type { AccessRequest } from "./access_request.ts";
import type { DecisionRecord } from "./decision_record.ts";
import type { Override } from "./override.ts";
import type { IssuedCredentials, LoadedPolicy } from "./ports.ts";

/** How far a request came: filled in on the way, written down at the end. */
export interface Trace {
  policy: LoadedPolicy | null;
  verdict: Verdict | null;
  sessionTable: string | null;
  override: Override | null;
  credentials: IssuedCredentials | null;
}

/** What became of a request. */
export interface RecordOutcome {
  readonly outcome: DecisionRecord["outcome"];
  readonly errorCode: string | null;
  readonly sessionId: string | null;
  readonly process: { readonly host: string; readonly pid: number };
}

/** What is known of a request at its end, without what does not apply. */
export function decisionRecord(
  request: AccessRequest,
  trace: Trace,
  outcome: RecordOutcome,
): DecisionRecord {
  const { policy, verdict, override } = trace;
  const credentials = outcome.outcome === "issued" ? trace.credentials : null;
  const expiresAt = credentials?.expiresAt ?? null;
  return {
    timestamp: new Date(request.time).toISOString(),
    request_id: request.requestId,
    user: request.user,
    arn: request.arn,
    account: request.account,
    profile: request.profile,
    ...(request.role !== null && { role_arn: request.role }),
    mode: request.mode,
    ...(verdict !== null && { effect: verdict.effect }),
    outcome: outcome.outcome,
    ...(verdict !== null && verdict.matchedRule !== null &&
      { rule: verdict.matchedRule, rule_index: verdict.ruleIndex }),
    ...(verdict !== null && { reason: verdict.reason }),
    ...(policy !== null && { policy: { source: policy.source, digest: policy.digest } }),
    ...(trace.sessionTable !== null && { session_table: trace.sessionTable }),
    ...(outcome.sessionId !== null && { session_id: outcome.sessionId }),
    ...(credentials !== null && credentials.sourceIdentity !== null &&
      { source_identity: credentials.sourceIdentity }),
    ...(credentials !== null && { access_key_id: credentials.accessKeyId }),
    ...(expiresAt !== null && { expires_at: new Date(expiresAt).toISOString() }),
    ...(credentials !== null && credentials.durationSeconds !== null &&
      { duration_seconds: credentials.durationSeconds }),
    ...(override?.kind === "approved" && { approved_request_id: override.id }),
    ...(override?.kind === "breakglass" && { break_glass_event_id: override.id }),
    ...(outcome.errorCode !== null && { error_code: outcome.errorCode }),
    host: outcome.process.host,
    pid: outcome.process.pid,
    ...(request.command !== null && { command: request.command }),
  };
}
