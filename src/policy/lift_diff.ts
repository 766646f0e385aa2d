/**
 * Who may lift a refusal by one policy and who by another, over all targets and, for break-glass,
 * all callers. It compares what the sections say, whether or not a rule refuses anything there: what
 * is opened now counts as soon as one does.
 *
 * @module
 */
import { type LiftChangeKind, type TermChange, TermComparison } from "./lift_terms.ts";
import { type ComparedPart, compareLists } from "./list_comparison.ts";
import { compileOverrideRules, type OverrideRules } from "./override_rules.ts";
import type { ApprovalRule, BreakGlassRule, EvaluationRequest, Policy } from "./policy.ts";
import type { TimeSpan } from "./time_atoms.ts";

/** A target, or a caller with a target, of which other terms hold. */
export interface LiftChange {
  readonly section: "approvals" | "break_glass";
  /** `opens` where anything lets more in, else `closes` where anything lets less in. */
  readonly kind: LiftChangeKind;
  /** Name of the entry that was in charge; `null`: nobody could lift anything there. */
  readonly before: string | null;
  /** Name of the entry that is in charge then. */
  readonly after: string | null;
  /** Which terms differ; empty where only one of the two has an entry in charge. */
  readonly terms: readonly TermChange[];
  /** The entry that lets in, or let in, where only one of the two has one. */
  readonly entry: ApprovalRule | BreakGlassRule | null;
  /** Something that it is about; of other sections than `break_glass` the caller says nothing. */
  readonly request: EvaluationRequest;
  /** For how many kinds of targets, and callers, it is so. */
  readonly count: number;
}

/** What differs. */
export interface LiftDiff {
  /** What lets more in first. */
  readonly changes: readonly LiftChange[];
  readonly isExhaustive: boolean;
}

/** How {@linkcode compareLifting} compares. */
export interface LiftDiffOptions {
  readonly span: TimeSpan;
  /** Most kinds of targets that are looked at in each section. */
  readonly maxRequests: number;
}

const KINDS: readonly LiftChangeKind[] = ["opens", "closes", "other"];

/** Compares both sections of two policies. Pure. */
export function compareLifting(
  before: Policy,
  after: Policy,
  options: LiftDiffOptions,
): LiftDiff {
  const [old, changed] = [compileOverrideRules(before), compileOverrideRules(after)];
  const approvals = compareSection("approvals", options, {
    before: (before.approvals ?? []).map((rule) => asItem(rule)),
    after: (after.approvals ?? []).map((rule) => asItem(rule)),
    inCharge: (request) => [
      old.approvalFor(targetOf(request))?.rule ?? null,
      changed.approvalFor(targetOf(request))?.rule ?? null,
    ],
    compare: (terms, old, changed) => terms.approvals(old, changed),
  });
  const breakGlass = compareSection("break_glass", options, {
    before: (before.breakGlass ?? []).map((rule) => asItem(rule, rule.users)),
    after: (after.breakGlass ?? []).map((rule) => asItem(rule, rule.users)),
    inCharge: (request) => [breakGlassFor(old, request), breakGlassFor(changed, request)],
    compare: (terms, old, changed) => terms.breakGlass(old, changed),
  });
  const changes = [...approvals.changes, ...breakGlass.changes];
  return {
    changes: changes.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)),
    isExhaustive: approvals.isExhaustive && breakGlass.isExhaustive,
  };
}

/** A section of two policies. */
interface Section<Rule> {
  readonly before: Parameters<typeof compareLists>[0];
  readonly after: Parameters<typeof compareLists>[1];
  /** The entries in charge of a request, as the gate finds them. */
  readonly inCharge: (request: EvaluationRequest) => readonly [Rule | null, Rule | null];
  readonly compare: (terms: TermComparison, before: Rule, after: Rule) => void;
}

function compareSection<Rule extends ApprovalRule | BreakGlassRule>(
  section: LiftChange["section"],
  { span, maxRequests }: LiftDiffOptions,
  { before, after, inCharge, compare }: Section<Rule>,
): LiftDiff {
  const found = new Map<string, LiftChange | null>();
  let isExhaustive = true;
  const changeOf = (old: Rule | null, changed: Rule | null) => {
    const terms = new TermComparison(span);
    if (old !== null && changed !== null) compare(terms, old, changed);
    isExhaustive &&= terms.isExhaustive;
    const kind = kindOf(terms.changes, { before: old, after: changed });
    if (kind === null) return null;
    const entry = old === null ? changed : changed === null ? old : null;
    return { kind, terms: terms.changes, entry };
  };
  const judge = ({ request }: ComparedPart): number => {
    const [old, changed] = inCharge(request);
    const key = JSON.stringify([old?.name ?? null, changed?.name ?? null]);
    const known = found.get(key);
    if (known === undefined) {
      const change = changeOf(old, changed);
      const names = { before: old?.name ?? null, after: changed?.name ?? null };
      found.set(key, change && { section, ...names, ...change, request, count: 1 });
    } else if (known !== null) found.set(key, { ...known, count: known.count + 1 });
    return 1;
  };
  const isWhole = compareLists(before, after, { span, maxRequests, judge });
  const changes = [...found.values()].filter((change) => change !== null);
  return { changes, isExhaustive: isExhaustive && isWhole };
}

function kindOf(
  terms: readonly TermChange[],
  { before, after }: {
    readonly before: { readonly name: string } | null;
    readonly after: { readonly name: string } | null;
  },
): LiftChangeKind | null {
  if (before === null || after === null) {
    return before === after ? null : before === null ? "opens" : "closes";
  }
  const kinds = terms.map(({ kind }) => kind);
  return KINDS.find((kind) => kinds.includes(kind)) ??
    (before.name === after.name ? null : "other");
}

function asItem(
  rule: Pick<BreakGlassRule, "conditions">,
  users: readonly string[] = [],
): Parameters<typeof compareLists>[0][number] {
  return {
    conditions: { ...rule.conditions, ...users.length > 0 && { users } },
    identity: JSON.stringify(rule),
  };
}

/** An account that is missing is as good as one that no entry names. */
function targetOf({ profile, role = null, account }: EvaluationRequest) {
  return { profile, role, account: account ?? "" };
}

function breakGlassFor(rules: OverrideRules, request: EvaluationRequest): BreakGlassRule | null {
  return rules.breakGlassFor(targetOf(request), request)?.rule ?? null;
}
