/**
 * How `sentinel init status` shows the policy and the tables: to people and to machines. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { printable } from "../text/printable.ts";
import type { PolicyStatus } from "./policy_status.ts";
import { formatRows, type Row } from "./table_report.ts";
import type { TableStatus } from "./table_status.ts";

/** All that was looked at. */
export interface Status {
  readonly policy: PolicyStatus;
  readonly tables: readonly TableStatus[];
}

/** Whether there is nothing to do: the policy is valid and every table that is needed is whole. */
export function isWhole({ policy, tables }: Status): boolean {
  return policy.problem === null &&
    tables.every(({ needed, state }) => !needed || state === "whole");
}

const LABELS = {
  "session": "Sessions",
  "request": "Approvals",
  "break-glass": "Break-glass",
} as const;

/** The status for people. */
export function formatStatus(status: Status): string {
  const { policy, tables } = status;
  const rows: readonly Row[] = [
    ["Policy", printable(policy.path), ...policyLines(policy)],
    ...tables.map((table): Row => [LABELS[table.kind.name], ...tableLines(table)]),
  ];
  const steps = [
    ...(policy.problem === null ? [] : [
      policy.digest === null ? "write the policy, or name it: --policy PATH" : "mend the policy",
    ]),
    ...tables.flatMap(({ needed, command }) => needed && command !== null ? [command] : []),
  ];
  const toDo = steps.length > 0
    ? `\nTo do:\n${steps.map((step) => `  ${step}\n`).join("")}`
    : isWhole(status)
    ? "\nNothing to do.\n"
    : "";
  return `Sentinel Status\n\n${formatRows(rows)}${toDo}`;
}

function policyLines({ policy, version, digest, problem }: PolicyStatus): readonly string[] {
  if (policy === null) return [`! grants nothing: ${problem ?? "it is not valid"}`];
  const { rules, approvals = [], breakGlass = [] } = policy;
  const counts = `${rules.length} in rules, ${approvals.length} in approvals, ` +
    `${breakGlass.length} in break_glass`;
  const which = version === null ? "" : `version ${version}, `;
  return [`valid: ${counts}`, `${which}${digest ?? ""}`];
}

function tableLines(status: TableStatus): readonly string[] {
  const { table, place, needed, findings, notes } = status;
  const where = place === null || table.startsWith("sqlite:") ? "" : ` in ${printable(place)}`;
  const aside = needed ? "" : " (not needed)";
  return [
    `${printable(table)}${where}: ${describeState(status)}${aside}`,
    ...findings.map((finding) => `- ${finding}`),
    ...notes.map((note) => `note: ${note}`),
  ];
}

function describeState({ state, kind }: TableStatus): string {
  switch (state) {
    case "whole":
      return "has all it needs";
    case "missing":
      return "does not exist";
    case "incomplete":
      return "lacks something";
    case "changing":
      return "is being changed";
    case "foreign":
      return `is no ${kind.name} table`;
    case "unknown":
      return "could not be looked at";
    default:
      return assertNever(state);
  }
}

/** The status for machines: `JSON.stringify` makes the document of it. */
export function statusDocument(status: Status) {
  const { policy, tables } = status;
  return {
    whole: isWhole(status),
    policy: {
      path: policy.path,
      version: policy.version,
      valid: policy.policy !== null,
      digest: policy.digest,
      problem: policy.problem,
      rules: policy.policy?.rules.length ?? null,
      approvals: policy.policy === null ? null : policy.policy.approvals?.length ?? 0,
      break_glass: policy.policy === null ? null : policy.policy.breakGlass?.length ?? 0,
    },
    tables: tables.map(({ kind, table, place, needed, state, findings, notes, command }) => ({
      kind: kind.command,
      table,
      place,
      needed,
      state,
      findings,
      notes,
      command,
    })),
  };
}
