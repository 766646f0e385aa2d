/**
 * Sentinel as a library: the policy engine, the stores of sessions, approval requests and
 * break-glass events, the errors.
 *
 * Nothing in it reads arguments, prints or exits, and nothing of AWS is loaded before a table in
 * DynamoDB is opened.
 *
 * @example Decide a request by a policy
 * ```ts
 * import { evaluate, parsePolicy } from "./mod.ts";
 *
 * const policy = parsePolicy(`
 * version: "1"
 * rules:
 *   - name: prod-tracked
 *     effect: require_server_session
 *     conditions: { profiles: [prod] }
 * `);
 * const verdict = evaluate(policy, {
 *   user: "alice",
 *   profile: "prod",
 *   mode: "cli",
 *   time: new Date(),
 * });
 * console.log(verdict.effect, verdict.requiresServerMode); // deny true
 * ```
 *
 * @example File a request for an approval, and see what waits for approvers
 * ```ts
 * import { createRequest, openRequestStore } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   await using store = await openRequestStore(`sqlite:${directory}/sentinel.db`);
 *   await store.create(createRequest({
 *     id: "0123456789abcdef",
 *     requester: { user: "alice", arn: "arn:aws:iam::123456789012:user/alice" },
 *     profile: "prod",
 *     role: "arn:aws:iam::123456789012:role/Prod",
 *     account: "123456789012",
 *     durationSeconds: 3600,
 *     justification: "deploy the fix of ticket 4711",
 *     now: Date.now(),
 *   }));
 *   for await (const request of store.listByStatus("pending")) {
 *     console.log(request.id, request.requester.user, request.justification);
 *   }
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export {
  ERROR_CATALOGUE,
  type ErrorClass,
  type ErrorCode,
  SentinelError,
  type SentinelErrorOptions,
} from "./src/errors.ts";
export { type LintOptions, lintPolicy } from "./src/policy/lint.ts";
export {
  LINT_CODES,
  LINT_LEVELS,
  type LintCode,
  type LintFinding,
  type LintLevel,
  type LintReport,
  type RuleReference,
} from "./src/policy/lint_finding.ts";
export { evaluate } from "./src/policy/evaluate.ts";
export { compilePolicy, type PolicyEvaluator } from "./src/policy/compile.ts";
export { parsePolicy } from "./src/policy/parse.ts";
export {
  type ApprovalRule,
  type AutoApproval,
  type BreakGlassLimits,
  type BreakGlassRule,
  type Conditions,
  CREDENTIAL_MODES,
  type CredentialMode,
  type EvaluationRequest,
  type HoursWindow,
  LIFTABLE_REFUSALS,
  type LiftableRefusal,
  type Policy,
  type PolicyProblem,
  type PolicySection,
  REASON_CODES,
  type ReasonCode,
  type Rule,
  RULE_EFFECTS,
  type RuleEffect,
  type TargetConditions,
  type TimeCondition,
  type Verdict,
  type Weekday,
  WEEKDAYS,
} from "./src/policy/policy.ts";
export {
  effectiveStatus,
  SESSION_STATUSES,
  type SessionRecord,
  type SessionStatus,
  sessionTtlSeconds,
} from "./src/state/session.ts";
export type { Actor } from "./src/state/actor.ts";
export {
  type ApprovalRequest,
  type ApprovalScope,
  type ApproverDecision,
  createRequest,
  type NewRequest,
  REQUEST_STATUSES,
  type RequestStatus,
} from "./src/state/approval_request.ts";
export {
  type BreakGlassEvent,
  createEvent,
  EVENT_STATUSES,
  type EventClosure,
  type EventStatus,
  type Invocation,
  type NewEvent,
} from "./src/state/break_glass_event.ts";
export {
  openBreakGlassStore,
  openRequestStore,
  openSessionStore,
  type SessionStoreCredentials,
  type SessionStoreOptions,
  type StoreCredentials,
  type StoreOptions,
} from "./src/store/open.ts";
export type {
  BreakGlassStore,
  RecordListOptions,
  ReplaceResult,
  RequestStore,
} from "./src/store/override_store.ts";
export type {
  SessionListOptions,
  SessionRevocation,
  SessionStore,
  SessionTouch,
  TransitionResult,
} from "./src/store/store.ts";
export type { DecisionRecord } from "./src/gate/decision_record.ts";

// `deno run jsr:@sentinel/cli` runs this file: only then is it a program.
if (import.meta.main) await (await import("./main.ts")).main();
