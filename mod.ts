/**
 * Sentinel as a library: the policy engine, the session store, the errors.
 *
 * Nothing in it reads arguments, prints or exits, and nothing of AWS is loaded before a session
 * table in DynamoDB is opened.
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
  type Conditions,
  CREDENTIAL_MODES,
  type CredentialMode,
  type EvaluationRequest,
  type HoursWindow,
  type Policy,
  type PolicyProblem,
  type Rule,
  RULE_EFFECTS,
  type RuleEffect,
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
export {
  openSessionStore,
  type SessionStoreCredentials,
  type SessionStoreOptions,
} from "./src/store/open.ts";
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
