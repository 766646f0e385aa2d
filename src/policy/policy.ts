/**
 * The policy document as data: what a rule says, what a request asks, what a verdict answers.
 * Only types and the closed lists of words they are made of.
 *
 * @module
 */

/** A list of a policy document: its rules, in either spelling, and the entries that lift them. */
export type PolicySection = "rules" | "approvals" | "break_glass";

/** What a rule does when it is the first that matches. */
export const RULE_EFFECTS = [
  "allow",
  "deny",
  "require_approval",
  "require_server",
  "require_server_session",
] as const;
/** What a rule does when it is the first that matches. */
export type RuleEffect = typeof RULE_EFFECTS[number];

/** How credentials are delivered: loopback server, environment variables, `credential_process`. */
export const CREDENTIAL_MODES = ["server", "cli", "credential_process"] as const;
/** How credentials are delivered: loopback server, environment variables, `credential_process`. */
export type CredentialMode = typeof CREDENTIAL_MODES[number];

/** Days of the week, Monday first (ISO 8601). */
export const WEEKDAYS = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
] as const;
/** A day of the week. */
export type Weekday = typeof WEEKDAYS[number];

/** Hours `[start, end)` as `HH:MM`, minute resolution. `start > end` wraps past midnight. */
export interface HoursWindow {
  /** First minute inside, `HH:MM`. */
  readonly start: string;
  /** First minute outside, `HH:MM`. */
  readonly end: string;
}

/** When a rule holds. An overnight window belongs to the day on which it starts. */
export interface TimeCondition {
  /** Days on which the window starts; absent = every day. */
  readonly days?: readonly Weekday[];
  /** Hours of those days; absent = the whole day. */
  readonly hours?: HoursWindow;
  /** IANA time zone name; `UTC` when the document names none. */
  readonly timezone: string;
}

/** Conditions of a rule: all must hold; an absent one matches anything. Lists are never empty. */
export interface Conditions {
  /** Profile names; `*` is a wildcard. */
  readonly profiles?: readonly string[];
  /** Policy usernames, or ARN patterns (they begin with `arn:`); `*` is a wildcard. */
  readonly users?: readonly string[];
  /** Patterns of the ARN of the role that would be assumed. */
  readonly roles?: readonly string[];
  /** Twelve-digit ids of the account of the credentials that would be issued. */
  readonly accounts?: readonly string[];
  /** The doors for which the rule holds. */
  readonly mode?: readonly CredentialMode[];
  /** When the rule holds. */
  readonly time?: TimeCondition;
}

/** Name of a condition, as the document has it. */
export type ConditionName = keyof Conditions;

/** One rule of a policy, normalised: both spellings of the document give the same. */
export interface Rule {
  /** Unique in its policy; `policies[0]` for an entry of the short spelling without a name. */
  readonly name: string;
  /** What happens when this is the first rule that matches. */
  readonly effect: RuleEffect;
  /** All must hold. */
  readonly conditions: Conditions;
  /** Where the sessions of this rule are kept, or `null` for the caller's table. */
  readonly sessionTable: string | null;
  /** Longest life in seconds of credentials from the server under this rule (900–43200). */
  readonly maxServerDurationSeconds: number | null;
  /** The author's own words, shown to whoever is refused. */
  readonly reason: string | null;
}

/** What an entry of `approvals` or `break_glass` covers: all must hold; an absent one matches anything. */
export interface TargetConditions {
  /** Profile names; `*` is a wildcard. */
  readonly profiles?: readonly string[];
  /** Patterns of the ARN of the role that would be assumed; a request without one matches none. */
  readonly roles?: readonly string[];
  /** Twelve-digit ids of the account of the credentials that would be issued. */
  readonly accounts?: readonly string[];
}

/** Whose requests approve themselves, and when. */
export interface AutoApproval {
  /** As `users` of a rule; never empty. */
  readonly users: readonly string[];
  /** When the request must be filed; `null` = any time. */
  readonly time: TimeCondition | null;
  /** Longest window in seconds; a longer request waits for an approver. */
  readonly maxDurationSeconds: number;
}

/**
 * Who may lift `require_approval`, and for how long. The first entry that covers a request decides;
 * where none does, nobody can approve.
 */
export interface ApprovalRule {
  /** Unique among the entries of its section. */
  readonly name: string;
  /** What it covers; empty = everything. */
  readonly conditions: TargetConditions;
  /** As `users` of a rule: policy usernames or ARN patterns; never empty. */
  readonly approvers: readonly string[];
  /** Distinct approvers that a request needs (1–10), never the requester. */
  readonly required: number;
  /** Longest window that may be asked for, in seconds (900–28800). */
  readonly maxDurationSeconds: number;
  /** `null`: no request approves itself. */
  readonly autoApproval: AutoApproval | null;
  /**
   * Whether credentials of 15 minutes, the shortest of STS, may outlive the last minutes of a
   * window.
   */
  readonly allowMinimum: boolean;
}

/** Why the glass is broken. */
export const REASON_CODES = ["incident", "maintenance", "security", "recovery", "other"] as const;
/** Why the glass is broken. */
export type ReasonCode = typeof REASON_CODES[number];

/** Which refusals a break-glass lifts: that of `require_approval`, and that of no rule at all. */
export const LIFTABLE_REFUSALS = ["require_approval", "no_match"] as const;
/** Which refusal a break-glass lifts. */
export type LiftableRefusal = typeof LIFTABLE_REFUSALS[number];

/** How often the glass may be broken. `null` = no limit. */
export interface BreakGlassLimits {
  /** Least time in seconds between two invocations of one user for one profile. */
  readonly cooldownSeconds: number | null;
  /** Most invocations of one user within the quota window, for all profiles together. */
  readonly maxPerUser: number | null;
  /** Most invocations for one profile within the quota window, of all users together. */
  readonly maxPerProfile: number | null;
  /** Length of the window over which invocations are counted, in seconds (1 h – 30 d). */
  readonly quotaWindowSeconds: number;
  /** From this many invocations for the profile within the window on, people are told. */
  readonly escalationThreshold: number | null;
}

/**
 * Who may break the glass, and how far it lifts. The first entry that covers a request and its user
 * decides; where none does, nobody can.
 */
export interface BreakGlassRule {
  /** Unique among the entries of its section. */
  readonly name: string;
  /** What it covers; empty = everything. */
  readonly conditions: TargetConditions;
  /** As `users` of a rule; never empty. */
  readonly users: readonly string[];
  /** Never empty. */
  readonly allowedReasonCodes: readonly ReasonCode[];
  /** When the glass may be broken; `null` = any time. */
  readonly time: TimeCondition | null;
  /** Longest window in seconds (900–14400). */
  readonly maxDurationSeconds: number;
  /** Never empty. */
  readonly lifts: readonly LiftableRefusal[];
  /** How often the glass may be broken. */
  readonly limits: BreakGlassLimits;
  /** As for approvals. */
  readonly allowMinimum: boolean;
}

/** A valid policy document. Plain data: it survives `JSON.parse(JSON.stringify(policy))`. */
export interface Policy {
  /** Version of the policy language. */
  readonly version: "1";
  /** In the order of the document: the first that matches decides. */
  readonly rules: readonly Rule[];
  /** Who may approve what; absent = nobody, nothing. */
  readonly approvals?: readonly ApprovalRule[];
  /** Who may break the glass; absent = nobody. */
  readonly breakGlass?: readonly BreakGlassRule[];
}

/** One mistake in a policy document. */
export interface PolicyProblem {
  /** Where in the document's structure: `rules[0].conditions.users[1]`; `""` for the whole. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column in UTF-16 units, from 1. */
  readonly column: number;
  /** What is wrong and, where it can be guessed, what was meant. Printable. */
  readonly message: string;
}

/** What is asked of a policy. */
export interface EvaluationRequest {
  /** Policy username of the caller. */
  readonly user: string;
  /** Profile whose credentials are asked for. */
  readonly profile: string;
  /** The moment of the request. */
  readonly time: Date | Temporal.Instant;
  /** How the credentials would be delivered. */
  readonly mode: CredentialMode;
  /** Session table of the caller (flag or environment), used when the rule names none. */
  readonly sessionTableName?: string | null;
  /** ARN of the role that would be assumed. */
  readonly role?: string | null;
  /** Twelve-digit id of the account of the credentials that would be issued. */
  readonly account?: string | null;
  /** ARN of the caller. */
  readonly arn?: string | null;
}

/** What a policy says of one request. */
export interface Verdict {
  /** `require_server` and `require_server_session` are `allow` when met and `deny` when not. */
  readonly effect: "allow" | "deny" | "require_approval";
  /** Name of the first rule that matched, or `null`. */
  readonly matchedRule: string | null;
  /** Index of that rule, or -1. */
  readonly ruleIndex: number;
  /** The matched rule's own effect, or `null`: tells a met `require_server` from `allow`. */
  readonly ruleEffect: RuleEffect | null;
  /** Why, in one line: the rule's `reason`, or a sentence that stands for it. */
  readonly reason: string;
  /** The request was refused because it did not come through the server. */
  readonly requiresServerMode: boolean;
  /** The request was refused because no session tracks it. */
  readonly requiresSessionTracking: boolean;
  /** The matched rule's own session table, or `null`. */
  readonly sessionTableName: string | null;
  /** The matched rule's cap on the life of server credentials in seconds, or `null`. */
  readonly maxServerDurationSeconds: number | null;
  /** The matched rule's conditions; empty when none matched. */
  readonly conditions: Conditions;
  /** The moment for which this holds: the request's `time`. */
  readonly evaluatedAt: Date | Temporal.Instant;
}
