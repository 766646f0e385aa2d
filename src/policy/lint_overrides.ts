/**
 * The linter of the sections `approvals` and `break_glass`: entries that lift nothing, and entries
 * that let in whom nobody chose. It says only what it can prove.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import { LIFTING_SECTIONS, type LiftingSection, type LiftReach } from "./lift_reach.ts";
import {
  openCaller,
  remarkOnContradiction,
  remarkOnUnbound,
  type RuleRemark,
} from "./lint_conditions.ts";
import type { LintFinding, LintReport, RuleReference } from "./lint_finding.ts";
import { MAX_OTHERS, nameAll } from "./lint_words.ts";
import type { ApprovalRule, BreakGlassRule, Policy } from "./policy.ts";

type Entry = ApprovalRule | BreakGlassRule;

/** What is wrong with the entries of `policy`, of which `reach` knows what they cover. */
export function lintEntries(policy: Policy, reach: LiftReach): LintReport {
  const findings: LintFinding[] = [];
  const undecided: RuleReference[] = [];
  for (const section of LIFTING_SECTIONS) {
    const entries = entriesOf(policy, section);
    const refer = (index: number) => ({ section, index, name: entries[index]!.name });
    for (const [index, entry] of entries.entries()) {
      const looked = look({ section, index, entry, entries }, reach);
      if (looked === null) undecided.push(refer(index));
      const remarks: readonly EntryRemark[] = looked ?? remarksOn(section, entry);
      for (const { others = [], ...remark } of remarks) {
        findings.push({
          ...remark,
          rule: refer(index),
          others: others.slice(0, MAX_OTHERS).map(refer),
        });
      }
    }
  }
  return { findings, undecided };
}

function entriesOf(policy: Policy, section: LiftingSection): readonly Entry[] {
  return (section === "approvals" ? policy.approvals : policy.breakGlass) ?? [];
}

type EntryRemark = RuleRemark & { readonly others?: readonly number[] };

/** What there is to say of an entry, or `null` when it would take too long to know what it lifts. */
function look(
  { section, index, entry, entries }: {
    readonly section: LiftingSection;
    readonly index: number;
    readonly entry: Entry;
    readonly entries: readonly Entry[];
  },
  reach: LiftReach,
): readonly EntryRemark[] | null {
  const found = reach.reach(section, index);
  if (found.kind === "unknown") return null;
  // What is never in charge lets nobody in.
  if (found.kind === "decides nothing") return [remarkOnCovered(entry, found.by, entries)];
  const contradiction = remarkOnContradiction(entry);
  if (contradiction !== null) return [contradiction];
  switch (reach.hasToLift(section, index)) {
    case true:
      return remarksOn(section, entry);
    case false:
      return [{
        code: "unneeded-entry",
        level: "warning",
        key: null,
        message: section === "approvals"
          ? "it is never used: no rule requires an approval of anything that it is in charge of"
          : "it is never used: the rules refuse nothing that it is in charge of and could lift",
      }];
    case "unknown":
      return null;
  }
}

function remarkOnCovered(
  entry: Entry,
  by: readonly number[],
  entries: readonly Entry[],
): EntryRemark {
  const isSame = by.every((other) => liftsAlike(entries[other]!, entry));
  const others = nameAll(by.map((other) => entries[other]!.name), ["entry", "entries"]);
  return {
    code: "unreachable-entry",
    level: isSame ? "warning" : "error",
    key: null,
    message: `it is never in charge: ${others} ${by.length === 1 ? "covers" : "together cover"} ` +
      `all that it covers${isSame ? ", to the same end" : ""}`,
    others: by,
  };
}

/** Whether it makes no difference which of two entries is in charge, but for the name in messages. */
function liftsAlike(a: Entry, b: Entry): boolean {
  const terms = (entry: Entry) => {
    // Who may break the glass is a part of what such an entry covers.
    const { name: _name, conditions: _conditions, ...rest } = entry;
    return JSON.stringify("approvers" in rest ? rest : { ...rest, users: [] });
  };
  return terms(a) === terms(b);
}

/** What an entry that is in charge of something does that its author may not think. */
function remarksOn(section: LiftingSection, entry: Entry): readonly RuleRemark[] {
  const remarks = "approvers" in entry
    ? [remarkOnApprovers(entry), remarkOnSelfApproval(entry), remarkOnTarget(section, entry)]
    : [remarkOnInvokers(entry), remarkOnTarget(section, entry)];
  return remarks.filter((remark) => remark !== null);
}

function remarkOnApprovers({ approvers }: ApprovalRule): RuleRemark | null {
  const open = openCaller(approvers);
  if (open === null) return null;
  return {
    code: "any-approver",
    level: "warning",
    key: "approvers",
    message: `its approver ${quote(open.item)} matches ${open.who}`,
  };
}

function remarkOnSelfApproval({ autoApproval }: ApprovalRule): RuleRemark | null {
  const open = autoApproval === null ? null : openCaller(autoApproval.users);
  if (open === null) return null;
  return {
    code: "any-user",
    level: "warning",
    key: "auto_approve",
    message: `requests of ${quote(open.item)}, which matches ${open.who}, approve themselves`,
  };
}

function remarkOnInvokers({ users }: BreakGlassRule): RuleRemark | null {
  const open = openCaller(users);
  if (open === null) return null;
  return {
    code: "any-user",
    level: "warning",
    key: "users",
    message: `its user ${quote(open.item)} matches ${open.who}`,
  };
}

/** Where a rule refuses, the rule binds; where none matches, only the entry could. */
function remarkOnTarget(section: LiftingSection, entry: Entry): RuleRemark | null {
  const remark = remarkOnUnbound(entry.conditions);
  if (remark === null) return null;
  const liftsAnything = section === "break_glass" && "lifts" in entry &&
    entry.lifts.includes("no_match");
  return liftsAnything
    ? { ...remark, message: `it lifts no_match, and ${remark.message}` }
    : { ...remark, level: "note" };
}
