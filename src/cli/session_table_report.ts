/**
 * What `sentinel init sessions` says: the table that is wanted, what would be done to it, and what
 * to do next. Pure.
 *
 * @module
 */
import { describeStep, type ProvisionPlan, type WantedTable } from "../store/provision_plan.ts";
import { TTL_ATTRIBUTE } from "../store/tables.ts";
import { printable, quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";

const TITLE = "Sentinel Init Sessions";

type Row = readonly [label: string, ...lines: string[]];

/** Labels, and aligned beside them what they stand for. */
function formatRows(rows: readonly Row[]): string {
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
  return `${TITLE}\n\n${formatRows(rows)}`;
}

/** The head of the report on an embedded store. */
export function formatEmbeddedTable(table: string, file: string): string {
  const rows: readonly Row[] = [
    ["Table", printable(table)],
    ["File", printable(file)],
    ["Access", "this user only (mode 0600)"],
  ];
  return `${TITLE}\n\n${formatRows(rows)}`;
}

/** What a table is and what it lacks. `where`: its name and region, printable. */
export function formatPlan(
  where: string,
  plan: ProvisionPlan & { readonly exists: boolean },
): string {
  const { busy, steps, notes, problems } = plan;
  const state = `Table ${where} ${describeState(plan)}`;
  const lines = [
    ...problems.map((problem) => `  ! ${problem}`),
    ...busy.map((what) => `  . wait: ${what}`),
    ...steps.map((step) => `  + ${describeStep(step)}`),
    ...notes.map((note) => `  note: ${note}`),
  ];
  return `\n${[state, ...lines].join("\n")}\n`;
}

function describeState(
  { exists, busy, steps, problems }: ProvisionPlan & { readonly exists: boolean },
): string {
  if (!exists) return "does not exist. To do:";
  if (problems.length > 0) return "already exists and is no session table:";
  return busy.length + steps.length > 0
    ? "already exists. To do:"
    : "already exists and has all it needs.";
}

/** What to do with a table that is ready. */
export function formatNextSteps(table: string): string {
  const word = shellWord(table);
  return `
Next steps:
  sentinel exec --server --session-table ${word} --profile PROFILE -- COMMAND
or for every server from now on:
  export SENTINEL_SESSION_TABLE=${word}
`;
}
