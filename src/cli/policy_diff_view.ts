/**
 * The difference of two policies as people and machines read it. What policies and logs say is
 * printable here; nothing is decided.
 *
 * @module
 */
import { formatLifting, liftChangeDocument } from "./lift_diff_view.ts";
import type { PolicyDiff } from "../policy/policy_diff.ts";
import { type Change, CHANGE_KINDS, type ChangeKind } from "../policy/verdict_change.ts";
import type { Verdict } from "../policy/policy.ts";
import { formatDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";
import {
  formatMoment,
  formatRequest,
  formatVerdict,
  requestDocument,
  verdictDocument,
} from "./explanation_view.ts";

/** The requests of decision logs, judged by both policies. */
export interface LogComparison {
  readonly changes: readonly Change[];
  /** Requests that were judged. */
  readonly compared: number;
  /** Those whose verdicts differ. */
  readonly changed: number;
  /** Lines that hold no decision. */
  readonly unreadable: number;
  /** Whether all changes are among `changes`. */
  readonly isComplete: boolean;
}

/** All that `sentinel policy diff` found. */
export interface PolicyComparison extends PolicyDiff {
  /** Names of the documents. */
  readonly old: string;
  readonly new: string;
  /** Until when the answer holds, in milliseconds since the epoch. */
  readonly until: number;
  /** `null` when no log was named. */
  readonly log: LogComparison | null;
}

/** Changes of one kind that a person is told one by one. */
const TOLD = 20;

const TITLES: Readonly<Record<ChangeKind, string>> = {
  opens: "Opens: refused before, allowed or to be approved now",
  closes: "Closes: allowed or to be approved before",
  requirement: "Requires something else",
  limits: "Another cap on credentials of the server, or another session table",
  rule: "The same verdict, by another rule or for another reason",
};

/** What is said where no verdict was found to change. */
function noChange(isAll: boolean, isExhaustive: boolean): string {
  if (!isExhaustive) return "No change of a verdict was found.\n";
  return isAll ? "No verdict changes.\n" : "The verdicts of the rules do not change.\n";
}

/** The comparison for a person. */
export function formatComparison(comparison: PolicyComparison): string {
  const { changes, lifting, log, isExhaustive } = comparison;
  const parts = [...formatChanges(changes, "kinds of requests"), ...formatLifting(lifting)];
  if (log !== null && log.changes.length > 0) {
    parts.push("In the log:\n", ...formatChanges(log.changes, "logged requests"));
  }
  if (changes.length === 0 && (log === null || log.changes.length === 0)) {
    parts.push(noChange(lifting.length === 0, isExhaustive));
  }
  parts.push(formatCoverage(comparison));
  return parts.join("\n");
}

function formatChanges(changes: readonly Change[], counted: string): string[] {
  return CHANGE_KINDS.flatMap((kind) => {
    const ofKind = changes.filter((change) => change.kind === kind);
    if (ofKind.length === 0) return [];
    const left = ofKind.length - TOLD;
    return [
      `${TITLES[kind]} (${ofKind.length})\n` +
      ofKind.slice(0, TOLD).map((change) => formatChange(change, counted)).join("") +
      (left > 0 ? `  and ${left} more: --output json shows them\n` : ""),
    ];
  });
}

function formatChange(change: Change, counted: string): string {
  const { kind, before, after, request, count } = change;
  const limits = (verdict: Verdict) => kind === "limits" ? `, ${formatLimits(verdict)}` : "";
  return `  - ${formatVerdict(before)}${limits(before)}\n` +
    `  + ${formatVerdict(after)}${limits(after)}\n` +
    `    ${formatRequest(request)}${count > 1 ? ` (${count} ${counted})` : ""}\n`;
}

function formatLimits({ maxServerDurationSeconds: cap, sessionTableName }: Verdict): string {
  const life = cap === null ? "no cap" : `${formatDuration(cap)} at most`;
  return `${life}, ${
    sessionTableName === null ? "no table" : `table ${printable(sessionTableName)}`
  }`;
}

/** What the answer rests on, so that nobody takes silence for more than it is. */
function formatCoverage({ compared, isExhaustive, until, log }: PolicyComparison): string {
  const day = formatMoment(new Date(until)).slice(0, 10);
  const lines: string[] = [];
  if (!isExhaustive) {
    lines.push(
      `Compared ${compared} kinds of requests; there are more. What is not listed may have ` +
        "changed as well.",
    );
  } else if (compared === 0) {
    lines.push(`Both documents look at the same rules for every request until ${day}.`);
  } else {
    lines.push(
      `Compared all kinds of requests until ${day}: ${compared} where the rules differ.`,
    );
  }
  if (log !== null) {
    lines.push(`Of ${log.compared} logged requests, ${log.changed} would be answered otherwise.`);
  }
  return `${lines.join("\n")}\n`;
}

/** The comparison for machines. */
export function comparisonDocument(comparison: PolicyComparison): unknown {
  const { changes, lifting, compared, isExhaustive, until, log } = comparison;
  return {
    old: comparison.old,
    new: comparison.new,
    exhaustive: isExhaustive,
    until: formatMoment(new Date(until)),
    compared,
    changes: changes.map(changeDocument),
    lifting: lifting.map(liftChangeDocument),
    log: log === null ? null : {
      compared: log.compared,
      changed: log.changed,
      unreadable_lines: log.unreadable,
      complete: log.isComplete,
      changes: log.changes.map(changeDocument),
    },
  };
}

function changeDocument({ kind, count, request, before, after }: Change): unknown {
  return {
    kind,
    count,
    request: requestDocument(request),
    old: verdictDocument(before, request),
    new: verdictDocument(after, request),
  };
}
