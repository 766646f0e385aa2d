/**
 * Results of policy tests as people and machines read them. What documents say is printable here;
 * nothing is decided.
 *
 * @module
 */
import { explain } from "../policy/explanation.ts";
import type { Policy } from "../policy/policy.ts";
import type { Expectation } from "../policy/policy_test_document.ts";
import type { TestFailure } from "../policy/policy_test_run.ts";
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import {
  describeMismatch,
  formatPassed,
  formatRequest,
  formatVerdict,
  requestDocument,
  verdictDocument,
} from "./explanation_view.ts";

/** What the tests came to. */
export interface TestReport {
  readonly policy: Policy;
  readonly passed: number;
  readonly failed: number;
  /** The first {@linkcode FAILURES_KEPT}. */
  readonly failures: readonly TestFailure[];
}

/** Failures that are kept to be told. */
export const FAILURES_KEPT = 1000;
/** Failures that a person is told. */
const TOLD = 50;
/** Rules that were passed over, told with a failure. */
const REASONS_TOLD = 3;

/** The report for a person, with the summary as its last line. */
export function formatTestReport({ policy, passed, failed, failures }: TestReport): string {
  const parts = failures.slice(0, TOLD).map((failure) => `${formatFailure(failure, policy)}\n`);
  const left = failed - parts.length;
  if (left > 0) parts.push(`and ${left} more that fail: --output json shows them\n\n`);
  return `${parts.join("")}${passed} passed, ${failed} failed\n`;
}

function formatFailure(failure: TestFailure, policy: Policy): string {
  const { test, request, verdict } = failure;
  const lines = [
    `FAILED  ${printable(test.name)}`,
    `  request   ${formatRequest(request)}`,
    `  expected  ${formatExpectation(test.expected)}`,
    `  actual    ${formatVerdict(verdict)}${formatDetails(failure)}`,
    ...reasons(failure, policy),
  ];
  return `${lines.join("\n")}\n`;
}

function formatExpectation(expected: Expectation): string {
  const { effect, rule, requiresServerMode, requiresSessionTracking } = expected;
  const cap = expected.maxServerDurationSeconds;
  const isTold = requiresServerMode !== null || requiresSessionTracking !== null;
  return [
    effect,
    ...rule === null ? [] : [rule === undefined ? "no rule matches" : `rule ${quote(rule)}`],
    ...isTold ? [requirements({ requiresServerMode, requiresSessionTracking })] : [],
    ...cap === null ? [] : [`${formatDuration(cap)} at most`],
  ].join(", ");
}

/** What the verdict has beside effect and rule, where the test expects something of it. */
function formatDetails({ test: { expected }, verdict }: TestFailure): string {
  const cap = verdict.maxServerDurationSeconds;
  return [
    ...expected.requiresServerMode === null ? [] : [`, ${requirements(verdict)}`],
    ...expected.maxServerDurationSeconds === null
      ? []
      : [cap === null ? ", no cap" : `, ${formatDuration(cap)} at most`],
  ].join("");
}

function requirements(
  verdict: {
    readonly requiresServerMode: boolean | null;
    readonly requiresSessionTracking: boolean | null;
  },
): string {
  const names = [
    ...verdict.requiresServerMode ? ["server"] : [],
    ...verdict.requiresSessionTracking ? ["session"] : [],
  ];
  return names.length === 0 ? "requires nothing" : `requires ${names.join(" and ")}`;
}

/** Why the expected rule was passed over; without one, why the first rules were. */
function reasons({ test, request }: TestFailure, policy: Policy): string[] {
  const expected = test.expected.rule;
  if (typeof expected === "string" && policy.rules.every(({ name }) => name !== expected)) {
    return [`    the policy has no rule ${quote(expected)}`];
  }
  const { passed } = explain(policy, request);
  const wanted = passed.filter(({ rule }) => rule.name === expected);
  return formatPassed({ request, passed: wanted.length > 0 ? wanted : passed }, REASONS_TOLD)
    .map((line) => `  ${line}`);
}

/** The report for machines. */
export function testReportDocument({ policy, passed, failed, failures }: TestReport): unknown {
  return {
    passed,
    failed,
    failures: failures.map(({ test, request, verdict }) => ({
      test: test.name,
      request: requestDocument(request),
      expected: {
        effect: test.expected.effect,
        // `null` is also "no rule matches", so that it looks like a verdict.
        ...test.expected.rule !== null && { rule: test.expected.rule ?? null },
        ...test.expected.requiresServerMode !== null && {
          requires_server_mode: test.expected.requiresServerMode,
          requires_session_tracking: test.expected.requiresSessionTracking,
        },
        ...test.expected.maxServerDurationSeconds !== null && {
          max_server_duration_seconds: test.expected.maxServerDurationSeconds,
        },
      },
      actual: verdictDocument(verdict, request),
      passed_over: explain(policy, request).passed.slice(0, 100).map((each) => ({
        rule: each.rule.name,
        rule_index: each.ruleIndex,
        why: describeMismatch(each, request),
      })),
    })),
  };
}
