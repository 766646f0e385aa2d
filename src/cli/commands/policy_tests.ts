/**
 * `sentinel policy test`: does a policy say what its tests expect? It reads two documents and asks
 * nothing of AWS.
 *
 * @module
 */
import { assertNever, SentinelError } from "../../errors.ts";
import type { PolicyProblem } from "../../policy/policy.ts";
import type { PolicyTest } from "../../policy/policy_test_document.ts";
import { PolicyTestRun, type TestFailure } from "../../policy/policy_test_run.ts";
import { quote } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_TEST_FLAGS } from "../descriptions/policy_tests.ts";
import type { Host } from "../host.ts";
import { readMoment } from "../moment_flag.ts";
import { formatJson } from "../output.ts";
import { loadPolicyDocument } from "../policy_document.ts";
import { checkPolicyPaths, readPolicyInput } from "../policy_input.ts";
import {
  FAILURES_KEPT,
  formatTestReport,
  type TestReport,
  testReportDocument,
} from "../policy_test_view.ts";
import { startTerminalProgress } from "../progress.ts";

/** A test fails. */
const EXIT_FAILED = 1;
/** For so long a test without a time must hold. */
const SPAN_MS = 10 * 365.25 * 86_400_000;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_TEST_FLAGS>,
  host: Host,
): Promise<number> {
  const [policyPath = "", testsPath = ""] = operands;
  checkPolicyPaths(description, operands);
  const from = Math.floor(readMoment(description, flags.at).getTime() / 60_000) * 60_000;
  const policy = await loadPolicyDocument(policyPath, host);
  const tests = await loadTests(testsPath, host);
  const run = new PolicyTestRun(policy, { from, until: from + SPAN_MS });
  const report = { policy, ...runTests(run, tests, host) };
  switch (flags.output) {
    case "human":
      host.terminal.out(formatTestReport(report));
      break;
    case "json":
      host.terminal.out(formatJson(testReportDocument(report)));
      break;
    default:
      assertNever(flags.output);
  }
  return report.failed === 0 ? 0 : EXIT_FAILED;
}

function runTests(
  run: PolicyTestRun,
  tests: readonly PolicyTest[],
  host: Host,
): Omit<TestReport, "policy"> {
  using progress = startTerminalProgress(host.terminal);
  const failures: TestFailure[] = [];
  let [passed, failed] = [0, 0];
  for (const [index, test] of tests.entries()) {
    if (index % 100 === 0) progress?.show(`Testing: ${index} of ${tests.length}`);
    for (const result of run.results(test)) {
      if (result === null) passed++;
      else if (++failed <= FAILURES_KEPT) failures.push(result);
    }
  }
  return { passed, failed, failures };
}

/** The tests in the file `path`. Rejects with all that is wrong with them. */
async function loadTests(path: string, host: Host): Promise<readonly PolicyTest[]> {
  const { source, text } = await readPolicyInput(path, host);
  const { parsePolicyTests } = await import("../../policy/policy_test_document.ts");
  try {
    return parsePolicyTests(text);
  } catch (thrown) {
    if (!(thrown instanceof SentinelError) || thrown.code !== "CONFIG_INVALID") throw thrown;
    const problems = thrown.details["problems"] as readonly PolicyProblem[];
    const { formatProblems } = await import("../../policy/problems.ts");
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new SentinelError(
      thrown.code,
      `Cannot load tests ${quote(source)}: ${count}\n${formatProblems(problems, source)}`,
      {
        details: thrown.details,
        suggestion: "Mend the lines named above and run the command again.",
        cause: thrown,
      },
    );
  }
}
