/**
 * A line of the decision log read back. A line comes from outside: what is not exactly a record of
 * a decision is `null`, never half a record, and nothing of it is taken that is not known. Pure.
 *
 * @module
 */
import { CREDENTIAL_MODES, type CredentialMode } from "../policy/policy.ts";
import { BREAK_GLASS_ANNOUNCEMENTS, REQUEST_ANNOUNCEMENTS } from "../state/announcement.ts";
import type { DecisionRecord } from "./decision_record.ts";

const EFFECTS = ["allow", "deny", "require_approval"] as const;
const OUTCOMES = ["issued", "denied", "failed"] as const;
const EVENTS: ReadonlySet<unknown> = new Set([
  ...REQUEST_ANNOUNCEMENTS,
  ...BREAK_GLASS_ANNOUNCEMENTS,
]);
// Exactly as the log has it: `Date.parse` would take much else for a moment.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The record that `line` holds, or `null` when it holds none: it was torn, or is another's. */
export function readDecisionLine(line: string): DecisionRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  // Own fields only: a line could name `__proto__`.
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string) => {
    const field = fields.get(name);
    return typeof field === "string" ? field : null;
  };
  const timestamp = text("timestamp");
  const user = text("user");
  const profile = text("profile");
  const mode = member(CREDENTIAL_MODES, text("mode"));
  const outcome = member(OUTCOMES, text("outcome"));
  if (timestamp === null || !TIMESTAMP.test(timestamp) || Number.isNaN(Date.parse(timestamp))) {
    return null;
  }
  if (user === null || profile === null || mode === null || outcome === null) return null;
  return {
    timestamp,
    request_id: text("request_id") ?? "",
    user,
    arn: text("arn") ?? "",
    account: text("account") ?? "",
    profile,
    mode: mode satisfies CredentialMode,
    outcome,
    ...optional(fields),
    host: text("host") ?? "",
    pid: number(fields.get("pid")) ?? 0,
  };
}

/** Whether `line` tells what happened to an approval or a break-glass event: it is no decision. */
export function isEventLine(line: string): boolean {
  try {
    const { event, event_id } = Object(JSON.parse(line));
    return EVENTS.has(event) && typeof event_id === "string";
  } catch {
    return false;
  }
}

const OPTIONAL_TEXTS = [
  "role_arn",
  "rule",
  "reason",
  "session_table",
  "session_id",
  "source_identity",
  "access_key_id",
  "expires_at",
  "approved_request_id",
  "break_glass_event_id",
  "error_code",
  "command",
] as const satisfies readonly (keyof DecisionRecord)[];

const OPTIONAL_NUMBERS = ["rule_index", "duration_seconds"] as const satisfies readonly (
  keyof DecisionRecord
)[];

function optional(fields: ReadonlyMap<string, unknown>): Partial<DecisionRecord> {
  const found: Record<string, unknown> = {};
  for (const name of OPTIONAL_TEXTS) {
    if (typeof fields.get(name) === "string") found[name] = fields.get(name);
  }
  for (const name of OPTIONAL_NUMBERS) {
    const value = number(fields.get(name));
    if (value !== null) found[name] = value;
  }
  const effect = member(EFFECTS, fields.get("effect"));
  if (effect !== null) found["effect"] = effect;
  const { source, digest } = Object(fields.get("policy"));
  if (typeof source === "string" && typeof digest === "string") {
    found["policy"] = { source, digest };
  }
  return found;
}

function member<T extends string>(words: readonly T[], value: unknown): T | null {
  return words.find((word) => word === value) ?? null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
