/**
 * What `sentinel init sessions` and its like say: the table that is wanted, what would be done to it, and what
 * to do next. Pure.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { describeStep, type ProvisionPlan, type WantedTable } from "../store/provision_plan.ts";
import type { TableKind } from "../store/table_kind.ts";
import { TTL_ATTRIBUTE } from "../store/tables.ts";
import { printable, quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";

/** A label, and what stands beside it. */
export type Row = readonly [label: string, ...lines: string[]];

/** `Sentinel Init Sessions` */
function titleOf({ command }: TableKind): string {
  return `Sentinel Init ${command.slice(0, 1).toUpperCase()}${command.slice(1)}`;
}

/** Labels, and aligned beside them what they stand for. */
export function formatRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, ...lines]) =>
    lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(width)}${line}\n`)
  ).join("");
}

/** The head of the report on a DynamoDB table. */
export function formatWantedTable(wanted: WantedTable, region: string): string {
  const onOff = (isOn: boolean) => isOn ? "on" : "off";
  const rows: readonly Row[] = [
    ["Table", wanted.name],
    ["Region", printable(region)],
    ["Billing mode", "PAY_PER_REQUEST (on demand)"],
    ["Key", "id"],
    [
      "Indexes",
      ...wanted.kind.indexes.map(({ name, hashKey, rangeKey }) =>
        `${name} (${hashKey}, ${rangeKey})`
      ),
    ],
    ["TTL", TTL_ATTRIBUTE],
    ["Deletion protection", onOff(wanted.deletionProtection)],
    ["Point-in-time recovery", onOff(wanted.pointInTimeRecovery)],
    ["Encryption", wanted.kmsKey === null ? "key owned by AWS" : `key ${quote(wanted.kmsKey)}`],
  ];
  return `${titleOf(wanted.kind)}\n\n${formatRows(rows)}`;
}

/** The head of the report on an embedded store. */
export function formatEmbeddedTable(
  kind: TableKind,
  { table, file }: { readonly table: string; readonly file: string },
): string {
  const rows: readonly Row[] = [
    ["Table", printable(table)],
    ["File", printable(file)],
    ["Access", "this user only (mode 0600)"],
    ...embeddedNotes(kind).map((note): Row => ["Note", note]),
  ];
  return `${titleOf(kind)}\n\n${formatRows(rows)}`;
}

/** What a file of such a table cannot do. */
export function embeddedNotes({ name }: TableKind): readonly string[] {
  return name === "request"
    ? ["for trying things out: whoever owns the file can write approvals into it"]
    : [];
}

/** A plan, and whether there is a table yet. */
export interface TablePlan extends ProvisionPlan {
  readonly exists: boolean;
}

/** What a table is and what it lacks. */
export function formatPlan({ kind, name }: WantedTable, region: string, plan: TablePlan): string {
  const { busy, steps, notes, problems } = plan;
  const state = `Table ${name} in ${region} ${describeState(kind, plan)}`;
  const lines = [
    ...problems.map((problem) => `  ! ${problem}`),
    ...busy.map((what) => `  . wait: ${what}`),
    ...steps.map((step) => `  + ${describeStep(step)}`),
    ...notes.map((note) => `  note: ${note}`),
  ];
  return `\n${[state, ...lines].join("\n")}\n`;
}

function describeState(
  { name }: TableKind,
  { exists, busy, steps, problems }: TablePlan,
): string {
  if (!exists) return "does not exist. To do:";
  if (problems.length > 0) return `already exists and is no ${name} table:`;
  return busy.length + steps.length > 0
    ? "already exists. To do:"
    : "already exists and has all it needs.";
}

/** What to do with a table that is ready. */
export function formatNextSteps(kind: TableKind, table: string): string {
  const word = shellWord(table);
  const [commands, forGood] = nextSteps(kind, word);
  return `
Next steps:
${commands.map((command) => `  ${command}\n`).join("")}${forGood}:
  export ${kind.variable}=${word}
`;
}

function nextSteps(
  { name, flag }: TableKind,
  table: string,
): readonly [commands: readonly string[], forGood: string] {
  switch (name) {
    case "session":
      return [
        [`sentinel exec --server ${flag} ${table} --profile PROFILE -- COMMAND`],
        "or for every server from now on",
      ];
    case "request":
      return [
        [
          `sentinel request ${flag} ${table} --profile PROFILE --justification TEXT`,
          `sentinel exec ${flag} ${table} --profile PROFILE -- COMMAND`,
        ],
        "or for every command from now on",
      ];
    case "break-glass":
      return [
        [
          `sentinel breakglass ${flag} ${table} --profile PROFILE \\`,
          "  --reason-code incident --justification TEXT",
          `sentinel exec ${flag} ${table} --profile PROFILE -- COMMAND`,
        ],
        "or for every command from now on",
      ];
    default:
      return assertNever(name);
  }
}
