/**
 * Who may lift refusals by one policy and who by another, as people and machines read it. What
 * policies say is printable here; nothing is decided.
 *
 * @module
 */
import type { LiftChange } from "../policy/lift_diff.ts";
import type { LiftChangeKind, TermChange } from "../policy/lift_terms.ts";
import { printable, quote } from "../text/printable.ts";
import { describeEntry } from "./entry_view.ts";

/** Changes of one kind that a person is told one by one. */
const TOLD = 20;

const TITLES: Readonly<Record<LiftChangeKind, string>> = {
  opens: "Lifts more: who may approve or break the glass, and how far",
  closes: "Lifts less",
  other: "Lifts the same, by another entry or with other notices",
};

const SIGNS: Readonly<Record<LiftChangeKind, string>> = { opens: "+", closes: "-", other: "~" };

/** The changes for a person, one text for each kind. */
export function formatLifting(changes: readonly LiftChange[]): string[] {
  return (["opens", "closes", "other"] as const).flatMap((kind) => {
    const ofKind = changes.filter((change) => change.kind === kind);
    if (ofKind.length === 0) return [];
    const left = ofKind.length - TOLD;
    return [
      `${TITLES[kind]} (${ofKind.length})\n` + ofKind.slice(0, TOLD).map(formatChange).join("") +
      (left > 0 ? `  and ${left} more: --output json shows them\n` : ""),
    ];
  });
}

function formatChange(change: LiftChange): string {
  const { section, before, after, kind, terms, entry, count } = change;
  const names = [before, after].filter((name) => name !== null).map((name) => quote(name));
  const [name, renamed = name] = names;
  const kinds = section === "approvals" ? "kinds of targets" : "kinds of callers and targets";
  const head = `  ${section} ${name === renamed ? name : `${name} → ${renamed}`}: ` +
    `${formatSubject(change)}${count > 1 ? ` (${count} ${kinds})` : ""}\n`;
  const lines = entry === null
    ? terms.map((term) => `    ${SIGNS[term.kind]} ${formatTerm(term)}\n`)
    : [`    ${SIGNS[kind]} ${describeEntry(entry)}\n`];
  return head + lines.join("");
}

/** What a change is about: `oncall-alice on "prod", account 123456789012`. */
function formatSubject({ section, request: { profile, role, account, user, arn } }: LiftChange) {
  return [
    section === "break_glass" ? `${printable(user)} on ${quote(profile)}` : `on ${quote(profile)}`,
    ...role ? [`role ${printable(role)}`] : [],
    ...account ? [`account ${printable(account)}`] : [],
    ...section === "break_glass" && arn ? [`caller ${printable(arn)}`] : [],
  ].join(", ");
}

function formatTerm({ term, before, after, example }: TermChange): string {
  const text = (value: string | null) => value === null ? "none" : printable(value);
  const such = example === null ? "" : ` (for example ${printable(example)})`;
  return `${term}: ${text(before)} → ${text(after)}${such}`;
}

/** A change for machines. */
export function liftChangeDocument(change: LiftChange): unknown {
  const { section, kind, count, before, after, terms, request } = change;
  const { profile, role = null, account = null, user, arn = null } = request;
  return {
    section,
    kind,
    count,
    old: before,
    new: after,
    target: { profile, role, account },
    caller: section === "break_glass" ? { user, arn } : null,
    terms: terms.map((term) => ({
      term: term.term,
      kind: term.kind,
      old: term.before,
      new: term.after,
      example: term.example,
    })),
  };
}
