/**
 * Runs policy tests: asks a policy for verdicts and compares them with what is expected. What a
 * test leaves open may be anything: it must hold at every door, and at every time that the policy
 * tells apart.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { CompiledRule } from "./compiled_rule.ts";
import { compilePolicy, type PolicyEvaluator } from "./compile.ts";
import {
  CREDENTIAL_MODES,
  type EvaluationRequest,
  type Policy,
  type TimeCondition,
  type Verdict,
} from "./policy.ts";
import type { Expectation, PolicyTest, TestSubject } from "./policy_test_document.ts";
import { findTimeAtoms, type TimeSpan } from "./time_atoms.ts";

/** A request whose verdict is not the expected one. */
export interface TestFailure {
  readonly test: PolicyTest;
  readonly request: EvaluationRequest;
  readonly verdict: Verdict;
}

/** What a combination of a test's lists came to: `null` when all was as expected. */
export type TestResult = TestFailure | null;

/** Asks one policy about tests. */
export class PolicyTestRun {
  readonly #decide: PolicyEvaluator;
  readonly #span: TimeSpan;
  /** The rules without their windows, and the windows. */
  readonly #timeless: readonly {
    readonly rule: CompiledRule;
    readonly window: TimeCondition | null;
  }[];
  readonly #moments = new Map<string, readonly number[]>();

  /** `span` is the time that a test without `at` stands for. */
  constructor(policy: Policy, span: TimeSpan) {
    this.#decide = compilePolicy(policy);
    this.#span = span;
    const clocks = new Map();
    this.#timeless = policy.rules.map((rule, ruleIndex) => {
      const { time, ...conditions } = rule.conditions;
      return {
        rule: new CompiledRule({ ...rule, conditions }, { ruleIndex, clocks }),
        window: time ?? null,
      };
    });
  }

  /** The result of each combination of the test's lists: the first request that fails. */
  *results(test: PolicyTest): Generator<TestResult> {
    for (const subject of test.subjects) yield this.#try(test, subject);
  }

  #try(test: PolicyTest, subject: TestSubject): TestResult {
    for (const mode of test.modes ?? CREDENTIAL_MODES) {
      const request: EvaluationRequest = {
        ...subject,
        mode,
        arn: test.arn,
        time: new Date(this.#span.from),
        sessionTableName: mode === "server" ? test.sessionTable : null,
      };
      for (const moment of test.moments ?? this.#momentsFor(request)) {
        const asked = { ...request, time: new Date(moment) };
        const verdict = this.#decide(asked);
        if (!isExpected(verdict, test.expected)) return { test, request: asked, verdict };
      }
    }
    return null;
  }

  /** Moments that stand for all, as far as the rules that are about `request` can tell. */
  #momentsFor(request: EvaluationRequest): readonly number[] {
    const windows: TimeCondition[] = [];
    for (const { rule, window } of this.#timeless) {
      if (!rule.matches(request)) continue;
      if (window === null) break;
      windows.push(window);
    }
    const key = JSON.stringify(windows);
    const known = this.#moments.get(key);
    if (known !== undefined) return known;
    const { moments, isComplete } = findTimeAtoms(windows, this.#span);
    if (!isComplete) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot try a test at all times: ${windows.length} rules with hours are about ${
          quote(request.user)
        } on ${quote(request.profile)}`,
        { suggestion: "Give the test a time: at: 2026-01-30T17:45:00+01:00" },
      );
    }
    this.#moments.set(key, moments);
    return moments;
  }
}

/** Whether a verdict is all that is expected of it. */
export function isExpected(verdict: Verdict, expected: Expectation): boolean {
  const { rule, requiresServerMode, requiresSessionTracking, maxServerDurationSeconds } = expected;
  return verdict.effect === expected.effect &&
    (rule === null || verdict.matchedRule === (rule ?? null)) &&
    (requiresServerMode === null || verdict.requiresServerMode === requiresServerMode) &&
    (requiresSessionTracking === null ||
      verdict.requiresSessionTracking === requiresSessionTracking) &&
    (maxServerDurationSeconds === null ||
      verdict.maxServerDurationSeconds === maxServerDurationSeconds);
}
