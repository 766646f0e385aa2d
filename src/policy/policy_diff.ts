/**
 * What differs between two policies: the verdicts, over all requests there are, and who may lift a
 * refusal, over all that a refusal may be about. What could not be looked at is always told.
 *
 * @module
 */
import { compilePolicy, type PolicyEvaluator } from "./compile.ts";
import { compareLifting, type LiftChange } from "./lift_diff.ts";
import { type ComparedPart, compareLists, MODE } from "./list_comparison.ts";
import { CREDENTIAL_MODES, type EvaluationRequest, type Policy, type Rule } from "./policy.ts";
import type { TimeSpan } from "./time_atoms.ts";
import { type Change, ChangeTally } from "./verdict_change.ts";

/** How {@linkcode diffPolicies} compares. */
export interface PolicyDiffOptions {
  /** The time for which the answer holds. */
  readonly span: TimeSpan;
  /** Most requests that are judged. Default: 200,000. */
  readonly maxRequests?: number;
  /** Told from time to time how many requests were judged. */
  readonly onProgress?: (compared: number) => void;
}

/** What differs. */
export interface PolicyDiff {
  /** Verdicts of the rules. */
  readonly changes: readonly Change[];
  /** Requests that were judged by both policies. */
  readonly compared: number;
  /** Who may lift a refusal, whether or not a rule refuses it now. */
  readonly lifting: readonly LiftChange[];
  /** Whether what is not among the changes has not changed. */
  readonly isExhaustive: boolean;
}

const MAX_REQUESTS = 200_000;
const PROGRESS_EVERY = 2048;

/** Compares what two policies say of all requests. Pure. */
export function diffPolicies(
  before: Policy,
  after: Policy,
  { span, maxRequests = MAX_REQUESTS, onProgress = () => {} }: PolicyDiffOptions,
): PolicyDiff {
  const tally = new ChangeTally();
  let judges: readonly [PolicyEvaluator, PolicyEvaluator] | null = null;
  const judge = (part: ComparedPart): number => {
    const [old, changed] = judges ??= [compilePolicy(before), compilePolicy(after)];
    const compared = tally.compared;
    for (const request of doorsOf(part)) {
      tally.add({ request, before: old(request), after: changed(request) });
      if (tally.compared % PROGRESS_EVERY === 0) onProgress(tally.compared);
    }
    return tally.compared - compared;
  };
  const isWhole = compareLists(before.rules.map(asItem), after.rules.map(asItem), {
    span,
    maxRequests,
    judge,
  });
  const lifting = compareLifting(before, after, { span, maxRequests });
  return {
    changes: tally.changes(),
    compared: tally.compared,
    lifting: lifting.changes,
    isExhaustive: isWhole && tally.isComplete && lifting.isExhaustive,
  };
}

function asItem(rule: Rule) {
  return { conditions: rule.conditions, identity: JSON.stringify(rule) };
}

/** Stands for the session table of a caller that has one. */
const SOME_TABLE = "sessions";

/** A request of `part` by every door that it leaves open, with and without a session table. */
function* doorsOf({ request, open }: ComparedPart): Generator<EvaluationRequest> {
  for (const mode of open.includes(MODE) ? CREDENTIAL_MODES : [request.mode]) {
    yield { ...request, mode, sessionTableName: null };
    if (mode === "server") yield { ...request, mode, sessionTableName: SOME_TABLE };
  }
}
