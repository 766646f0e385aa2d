/**
 * `sentinel policy diff`: which verdicts change from one document to another, over all requests
 * that the two tell apart and over those of decision logs, and who may lift a refusal. It reads and
 * changes nothing.
 *
 * @module
 */
import { assertNever } from "../../errors.ts";
import type { DecisionRecord } from "../../gate/decision_record.ts";
import { recordedRequest } from "../../gate/recorded_request.ts";
import { DecisionLogReader } from "../../io/decision_log_reader.ts";
import { compilePolicy, type PolicyEvaluator } from "../../policy/compile.ts";
import type { EvaluationRequest, Policy } from "../../policy/policy.ts";
import { diffPolicies, type PolicyDiff } from "../../policy/policy_diff.ts";
import type { TimeSpan } from "../../policy/time_atoms.ts";
import { ChangeTally } from "../../policy/verdict_change.ts";
import { logPaths, tellUnreadable } from "../audit_logs.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_DIFF_FLAGS } from "../descriptions/policy_diff.ts";
import type { Host } from "../host.ts";
import { readMoment } from "../moment_flag.ts";
import { formatJson } from "../output.ts";
import {
  comparisonDocument,
  formatComparison,
  type LogComparison,
  type PolicyComparison,
} from "../policy_diff_view.ts";
import { loadPolicyDocument } from "../policy_document.ts";
import { checkPolicyPaths } from "../policy_input.ts";
import { startTerminalProgress } from "../progress.ts";

/** A verdict changes, or who may lift one, or may: not all requests could be compared. */
const EXIT_CHANGED = 1;
/** For so long the answer holds: long enough for every way in which clocks change by now. */
const SPAN_MS = 10 * 365.25 * 86_400_000;
const PROGRESS_EVERY = 1000;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_DIFF_FLAGS>,
  host: Host,
): Promise<number> {
  const [old = "", changed = "", ...others] = operands;
  checkPolicyPaths(description, [old, changed]);
  const from = Math.floor(readMoment(description, flags.at).getTime() / 60_000) * 60_000;
  const span = { from, until: from + SPAN_MS };
  const before = await loadPolicyDocument(old, host);
  const after = await loadPolicyDocument(changed, host);
  const paths = logPaths(flags.log, others);
  const log = paths.length === 0 ? null : await compareLogs(paths, { before, after, host });
  const comparison: PolicyComparison = {
    ...compare({ before, after, span, host }),
    old,
    new: changed,
    until: span.until,
    log,
  };
  switch (flags.output) {
    case "human":
      host.terminal.out(formatComparison(comparison));
      break;
    case "json":
      host.terminal.out(formatJson(comparisonDocument(comparison)));
      break;
    default:
      assertNever(flags.output);
  }
  tellUnreadable(host, log?.unreadable ?? 0);
  const { changes, lifting, isExhaustive } = comparison;
  const isSame = isExhaustive && changes.length + lifting.length + (log?.changed ?? 0) === 0;
  return isSame ? 0 : EXIT_CHANGED;
}

interface Documents {
  readonly before: Policy;
  readonly after: Policy;
  readonly host: Host;
}

function compare(
  { before, after, span, host }: Documents & { readonly span: TimeSpan },
): PolicyDiff {
  using progress = startTerminalProgress(host.terminal);
  progress?.show("Comparing");
  return diffPolicies(before, after, {
    span,
    onProgress: (compared) => progress?.show(`Comparing: ${compared} kinds of requests`),
  });
}

/** Has both policies judge the requests of decision logs. */
async function compareLogs(
  paths: readonly string[],
  { before, after, host }: Documents,
): Promise<LogComparison> {
  using progress = startTerminalProgress(host.terminal);
  const logs = new DecisionLogReader(paths);
  const tally = new ChangeTally();
  const [old, changed] = [compilePolicy(before), compilePolicy(after)];
  for await (const record of logs.read()) {
    const request = loggedRequest(record, old);
    tally.add({ request, before: old(request), after: changed(request) });
    if (tally.compared % PROGRESS_EVERY === 0) {
      progress?.show(`Judging: ${tally.compared} logged requests`);
    }
  }
  const { compared, isComplete } = tally;
  return {
    changes: tally.changes(),
    compared,
    changed: tally.changed,
    unreadable: logs.unreadable,
    isComplete,
  };
}

/**
 * The request of a record. The log has the table that was in effect; where the old policy's rule
 * names that very table the caller need not have had one, and must not be taken to bring it along
 * when the rule is gone.
 */
function loggedRequest(record: DecisionRecord, old: PolicyEvaluator): EvaluationRequest {
  const request = recordedRequest(record);
  const bare = { ...request, sessionTableName: null };
  return old(bare).sessionTableName === request.sessionTableName ? bare : request;
}
