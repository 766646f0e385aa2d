/**
 * The state of a table, wherever it is kept, and the command that would mend it. It changes nothing,
 * and a table that cannot be looked at keeps nobody from seeing the others.
 *
 * @module
 */
import type { Administration } from "../administration.ts";
import { asSentinelError, assertNever } from "../errors.ts";
import { openTableControl } from "../store/dynamodb_control.ts";
import { inspectFile, parseTableName, sqliteFile } from "../store/open.ts";
import { inspectTable } from "../store/provision.ts";
import { describeStep, type WantedTable } from "../store/provision_plan.ts";
import type { TableKind } from "../store/table_kind.ts";
import { shellWord } from "../text/shell_word.ts";
import { embeddedNotes } from "./table_report.ts";

/**
 * `whole`; `missing`; `incomplete`: it can be repaired; `changing`: DynamoDB is at work on it;
 * `foreign`: it is something else; `unknown`: it could not be looked at.
 */
export type TableState = "whole" | "missing" | "incomplete" | "changing" | "foreign" | "unknown";

/** A table that is to be looked at. */
export interface NamedTable {
  readonly kind: TableKind;
  /** As the user, or the policy, names it. */
  readonly table: string;
  /** Whether somebody named it, or the policy asks for it. */
  readonly needed: boolean;
}

/** What was seen. Everything in words is printable. */
export interface TableStatus extends NamedTable {
  /** Region, or path of the file; `null` when that is not known. */
  readonly place: string | null;
  readonly state: TableState;
  /** What is missing, wrong or under way, each in a few words. */
  readonly findings: readonly string[];
  /** Differences that do no harm. */
  readonly notes: readonly string[];
  /** The command that would make it whole, or `null`. */
  readonly command: string | null;
}

/** Looks at one table. Never rejects. */
export async function inspectNamedTable(
  named: NamedTable,
  administration: Administration,
): Promise<TableStatus> {
  try {
    const name = parseTableName(named.table, named.kind);
    return name.kind === "sqlite"
      ? await inspectEmbedded(named, sqliteFile(name.path, { kind: named.kind }))
      : await inspectShared(named, administration);
  } catch (thrown) {
    const { code, message } = asSentinelError(thrown);
    const state = code === named.kind.tableInvalid ? "foreign" : "unknown";
    return { ...named, ...NOTHING, place: null, state, findings: [message] };
  }
}

const NOTHING = { findings: [], notes: [], command: null } as const;

async function inspectEmbedded(named: NamedTable, place: string): Promise<TableStatus> {
  const state = await inspectFile(named.kind, place);
  const command = initCommand(named, null);
  switch (state) {
    case "whole":
      return { ...named, ...NOTHING, place, state, notes: embeddedNotes(named.kind) };
    case "missing":
      return { ...named, ...NOTHING, place, state, command };
    case "lacking":
      return {
        ...named,
        ...NOTHING,
        place,
        state: "missing",
        findings: ["the file holds other tables"],
        command,
      };
    default:
      return assertNever(state);
  }
}

async function inspectShared(
  named: NamedTable,
  administration: Administration,
): Promise<TableStatus> {
  const region = await administration.region();
  // What is wrong with the credentials is told as that, not as a fault of DynamoDB.
  await administration.credentials();
  // Protection, backups and keys are for whoever makes the table to choose.
  const wanted: WantedTable = {
    kind: named.kind,
    name: named.table,
    deletionProtection: false,
    pointInTimeRecovery: false,
    kmsKey: null,
  };
  using control = await openTableControl(wanted, {
    region,
    endpoint: await administration.endpoint("dynamodb"),
    credentials: administration.credentials,
  });
  const plan = await inspectTable(wanted, control);
  const seen = { ...named, ...NOTHING, place: region, notes: plan.notes };
  const command = initCommand(named, region);
  if (!plan.exists) return { ...seen, state: "missing", command };
  if (plan.problems.length > 0) return { ...seen, state: "foreign", findings: plan.problems };
  if (plan.busy.length > 0) return { ...seen, state: "changing", findings: plan.busy };
  if (plan.steps.length === 0) return { ...seen, state: "whole" };
  return { ...seen, state: "incomplete", findings: plan.steps.map(describeStep), command };
}

function initCommand({ kind, table }: NamedTable, region: string | null): string {
  return [
    `sentinel init ${kind.command}`,
    ...(table === kind.defaultTable ? [] : ["--table", shellWord(table)]),
    ...(region === null ? [] : ["--region", region]),
  ].join(" ");
}
