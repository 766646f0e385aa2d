/**
 * What the difference between two verdicts on the same request means, and changes gathered by what
 * they have in common.
 *
 * @module
 */
import type { EvaluationRequest, Verdict } from "./policy.ts";

/** Kinds of changes, the gravest first. */
export const CHANGE_KINDS = ["opens", "closes", "requirement", "limits", "rule"] as const;
/**
 * `opens`: what was refused is allowed, or may be approved; `closes`: the reverse; `requirement`:
 * refused or lifted in another way; `limits`: another cap or session table; `rule`: decided by
 * another rule, or with another reason.
 */
export type ChangeKind = typeof CHANGE_KINDS[number];

/** The verdicts of two policies on one request. */
export interface VerdictPair {
  readonly request: EvaluationRequest;
  readonly before: Verdict;
  readonly after: Verdict;
}

const RANKS: Readonly<Record<Verdict["effect"], number>> = {
  deny: 0,
  require_approval: 1,
  allow: 2,
};

/** What has changed, or `null` when nothing has that anybody could notice. */
export function changeOf({ request, before, after }: VerdictPair): ChangeKind | null {
  const step = RANKS[after.effect] - RANKS[before.effect];
  if (step !== 0) return step > 0 ? "opens" : "closes";
  if (!isSameRequirement(before, after)) return "requirement";
  if (before.effect !== "deny" && request.mode === "server" && !isSameLimit(before, after)) {
    return "limits";
  }
  return before.matchedRule === after.matchedRule && before.reason === after.reason ? null : "rule";
}

/** Whether the request is refused, or would be lifted, in the same way. */
function isSameRequirement(before: Verdict, after: Verdict): boolean {
  return before.requiresServerMode === after.requiresServerMode &&
    before.requiresSessionTracking === after.requiresSessionTracking &&
    isTracked(before) === isTracked(after) &&
    // An explicit deny is final; that no rule matches is not.
    (before.effect !== "deny" || (before.ruleEffect === "deny") === (after.ruleEffect === "deny"));
}

/** Whether the session must be alive at every request, not only a table be named. */
function isTracked({ ruleEffect }: Verdict): boolean {
  return ruleEffect === "require_server_session";
}

function isSameLimit(before: Verdict, after: Verdict): boolean {
  return before.maxServerDurationSeconds === after.maxServerDurationSeconds &&
    before.sessionTableName === after.sessionTableName;
}

/** Changes that have kind, rules and verdicts in common. */
export interface Change extends VerdictPair {
  readonly kind: ChangeKind;
  /** How many requests changed so; `request` and the verdicts are those of the first. */
  readonly count: number;
}

/** Changes beyond this many different ones are counted and not kept. */
const MAX_KEPT = 10_000;

/** Gathers changes. */
export class ChangeTally {
  readonly #groups = new Map<string, Change>();
  #compared = 0;
  #changed = 0;
  #isComplete = true;

  /** Takes the verdicts on one request; says whether anything has changed. */
  add(pair: VerdictPair): boolean {
    this.#compared++;
    const kind = changeOf(pair);
    if (kind === null) return false;
    this.#changed++;
    const { before, after } = pair;
    const key = JSON.stringify([kind, signature(before), signature(after)]);
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= MAX_KEPT) this.#isComplete = false;
    else this.#groups.set(key, { ...(known ?? { kind, ...pair }), count: (known?.count ?? 0) + 1 });
    return true;
  }

  /** Requests whose verdicts were compared. */
  get compared(): number {
    return this.#compared;
  }

  /** Those whose verdicts differ. */
  get changed(): number {
    return this.#changed;
  }

  /** Whether all changes were kept. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The changes, the gravest kind first, each kind in the order in which it was found. */
  changes(): readonly Change[] {
    return [...this.#groups.values()].sort((a, b) =>
      CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind)
    );
  }
}

function signature(verdict: Verdict): readonly unknown[] {
  return [
    verdict.effect,
    verdict.matchedRule,
    verdict.requiresServerMode,
    verdict.requiresSessionTracking,
  ];
}
