/**
 * What a linter found, for people and for machines. It decides nothing.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { Excerpts } from "../policy/excerpt.ts";
import {
  LINT_LEVELS,
  type LintFinding,
  type LintLevel,
  type RuleReference,
} from "../policy/lint_finding.ts";
import type { RulePlace } from "../policy/rule_places.ts";
import { printable, quote } from "../text/printable.ts";
import type { OutputRow } from "./output.ts";

/** A document that was linted. */
export interface LintedDocument {
  readonly source: string;
  readonly text: string;
  /** How many it has. */
  readonly rules: number;
  readonly findings: readonly (LintFinding & RulePlace)[];
  readonly undecided: readonly RuleReference[];
}

/** Findings of one code that are shown in full; of the others it is said how many there are. */
const TOLD = 20;

/** The findings for a person whose terminal is `columns` wide. */
export function formatLint(
  document: LintedDocument,
  { columns }: { readonly columns: number },
): string {
  const { source, text, findings, undecided } = document;
  const excerpts = new Excerpts(text, { width: columns });
  const name = printable(source);
  const lines: string[] = [];
  const told = new Map<string, number>();
  for (const finding of findings) {
    const count = (told.get(finding.code) ?? 0) + 1;
    told.set(finding.code, count);
    if (count > TOLD) continue;
    const { line, column, level, rule, message, code } = finding;
    lines.push(
      `${name}:${line}:${column}: ${level}: ${nounOf(rule)} ${
        quote(rule.name)
      }: ${message} [${code}]`,
      excerpts.at(finding),
    );
  }
  for (const [code, count] of told) {
    if (count > TOLD) {
      lines.push(`${name}: and ${count - TOLD} more [${code}]: --output json shows them`);
    }
  }
  if (undecided.length > 0) lines.push(`${name}: ${formatUndecided(undecided)}`);
  return `${[...lines, `${name}: ${summary(document)}`].join("\n")}\n`;
}

function nounOf({ section }: RuleReference): string {
  switch (section) {
    case "rules":
      return "rule";
    case "approvals":
      return "approval";
    case "break_glass":
      return "break-glass";
    default:
      return assertNever(section);
  }
}

function formatUndecided(undecided: readonly RuleReference[]): string {
  const names = undecided.slice(0, 3).map(({ name }) => quote(name)).join(", ");
  const more = undecided.length > 3 ? ` and ${undecided.length - 3} more` : "";
  return `not decided, because it would take too long: what ${names}${more} can match`;
}

function summary({ rules, findings }: LintedDocument): string {
  const size = count(rules, "rule");
  if (findings.length === 0) return `nothing found in ${size}`;
  const counts = LINT_LEVELS.flatMap((level) => {
    const found = findings.filter((finding) => finding.level === level).length;
    return found === 0 ? [] : count(found, level);
  });
  return `${counts.join(", ")} in ${size}`;
}

function count(number: number, noun: LintLevel | "rule"): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** One document for machines. */
export function lintDocument(
  { source, rules, findings, undecided }: LintedDocument,
): unknown {
  return {
    source,
    rules,
    findings: findings.map(({ code, level, rule, others, path, line, column, message }) => ({
      code,
      level,
      rule,
      others,
      path,
      line,
      column,
      message,
    })),
    undecided,
  };
}

/** Columns of {@linkcode lintRows}. */
export const LINT_COLUMNS = [
  "source",
  "line",
  "column",
  "level",
  "code",
  "section",
  "rule_index",
  "rule",
  "others",
  "path",
  "message",
] as const;

/** The findings of one document, one a row. */
export function lintRows({ source, findings }: LintedDocument): OutputRow[] {
  return findings.map(({ code, level, rule, others, path, line, column, message }) => ({
    source,
    line,
    column,
    level,
    code,
    section: rule.section,
    rule_index: rule.index,
    rule: rule.name,
    others: others.map(({ name }) => name).join(" "),
    path,
    message,
  }));
}
