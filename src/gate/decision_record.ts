/**
 * The record that every decision leaves in the decision log (one JSON line). An absent field
 * means "not applicable". It never holds a secret.
 *
 * @module
 */
import type { CredentialMode, Verdict } from "../policy/policy.ts";

/** One decision, as written to the decision log. */
export interface DecisionRecord {
  /** When it was asked: `YYYY-MM-DDTHH:MM:SS.sssZ`. */
  readonly timestamp: string;
  /** 16 hex digits, unique for each request. */
  readonly request_id: string;
  /** Policy username of the caller. */
  readonly user: string;
  /** ARN of the caller, before any role of the profile. */
  readonly arn: string;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
  /** The profile whose credentials were asked for. */
  readonly profile: string;
  /** The role that was or would have been assumed. */
  readonly role_arn?: string;
  /** The door. */
  readonly mode: CredentialMode;
  /** What the policy said; absent when no verdict was reached. */
  readonly effect?: Verdict["effect"];
  /** What became of the request: `failed` is a fault, `denied` a refusal. */
  readonly outcome: "issued" | "denied" | "failed";
  /** Name of the rule that decided. */
  readonly rule?: string;
  /** Its index in the policy, from 0. */
  readonly rule_index?: number;
  /** Why the policy says so. */
  readonly reason?: string;
  /** Source and digest (`sha256:` and hex) of the policy that decided. */
  readonly policy?: { readonly source: string; readonly digest: string };
  /** Effective session table. */
  readonly session_table?: string;
  /** Id of the server's session in that table. */
  readonly session_id?: string;
  /** `SourceIdentity` of the credentials, as CloudTrail shows it. */
  readonly source_identity?: string;
  /** Access key id of the credentials: public, unlike the rest of them. */
  readonly access_key_id?: string;
  /** When the credentials end: `YYYY-MM-DDTHH:MM:SS.sssZ`. */
  readonly expires_at?: string;
  /** Their whole life in seconds. */
  readonly duration_seconds?: number;
  /** The approval that lifted a refusal. */
  readonly approved_request_id?: string;
  /** The break-glass event that lifted a refusal. */
  readonly break_glass_event_id?: string;
  /** Code of the refusal, or of the error catalogue for a fault. */
  readonly error_code?: string;
  /** Name of the machine. */
  readonly host: string;
  /** Process id of sentinel. */
  readonly pid: number;
  /** The command that gets the credentials, without its arguments. */
  readonly command?: string;
}
