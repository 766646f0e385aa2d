/**
 * The record that every decision leaves in the decision log (one JSON line). An absent field
 * means "not applicable". It never holds a secret.
 *
 * @module
 */
import type { CredentialMode, Verdict } from "../policy/policy.ts";

/** One decision, as written to the decision log. */
export interface DecisionRecord {
  /** `YYYY-MM-DDTHH:MM:SS.sssZ`. */
  readonly timestamp: string;
  readonly request_id: string;
  readonly user: string;
  readonly arn: string;
  readonly account: string;
  readonly profile: string;
  readonly role_arn?: string;
  readonly mode: CredentialMode;
  /** What the policy said; absent when no verdict was reached. */
  readonly effect?: Verdict["effect"];
  /** What became of the request: `failed` is a fault, `denied` a refusal. */
  readonly outcome: "issued" | "denied" | "failed";
  readonly rule?: string;
  readonly rule_index?: number;
  readonly reason?: string;
  /** Source and digest of the policy that decided. */
  readonly policy?: { readonly source: string; readonly digest: string };
  readonly session_table?: string;
  readonly session_id?: string;
  readonly source_identity?: string;
  readonly access_key_id?: string;
  readonly expires_at?: string;
  readonly duration_seconds?: number;
  readonly approved_request_id?: string;
  readonly break_glass_event_id?: string;
  /** Code of the error catalogue or of the refusal. */
  readonly error_code?: string;
  readonly host: string;
  readonly pid: number;
  readonly command?: string;
}
