/**
 * What `sentinel init sessions` does, and its like for the other tables: creates the table or
 * repairs it, or prints who may use it or how infrastructure code would make it. Nothing is changed
 * before a person, or `--yes`, says so.
 *
 * @module
 */
import { openAdministration } from "../administration.ts";
import { resolveRegion } from "../aws/region.ts";
import { systemClock } from "../clock.ts";
import { openTableControl } from "../store/dynamodb_control.ts";
import { formatIamPolicy, tablePolicy, tableRoles } from "../store/iam_policy.ts";
import { inspectFile, openStore, parseTableName, sqliteFile } from "../store/open.ts";
import {
  inspectTable,
  type ProvisionOptions,
  provisionTable,
  refuseProblems,
} from "../store/provision.ts";
import type { WantedTable } from "../store/provision_plan.ts";
import type { TableKind } from "../store/table_kind.ts";
import { formatTable, type TableFormat } from "../store/table_formats.ts";
import { nearest } from "../text/nearest.ts";
import { printable } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { Invocation } from "./command.ts";
import type { TableInitFlags } from "./descriptions/table_init_flags.ts";
import type { Host } from "./host.ts";
import { openInteraction } from "./interaction.ts";
import { startProgress } from "./progress.ts";
import { confirm, type Confirmation, requirePerson } from "./prompt.ts";
import {
  formatEmbeddedTable,
  formatNextSteps,
  formatPlan,
  formatWantedTable,
} from "./table_report.ts";
import { surroundingsOf } from "./surroundings.ts";
import { tellWarning } from "./terminal.ts";
import { shown, usageError } from "./usage.ts";

/** A command line of such a command. */
export interface TableInit extends Invocation<TableInitFlags> {
  readonly kind: TableKind;
  /** The table that the command line names, or `null`. */
  readonly table: string | null;
}

/** Does the command; resolves to the exit status. Throws `SentinelError`. */
export async function runTableInit(invocation: TableInit, host: Host): Promise<number> {
  const { kind, flags } = invocation;
  const table = invocation.table ?? (host.env.get(kind.variable) || kind.defaultTable);
  const parsed = parseTableName(table, kind);
  if (parsed.kind === "sqlite") {
    refuseForEmbedded(invocation);
    return await initEmbedded({ table, file: sqliteFile(parsed.path, { kind }) }, invocation, host);
  }
  const wanted = readWanted(parsed.name, invocation);
  if (flags.generateIam) return printPolicy(wanted, invocation, host);
  if (flags.format !== null) return printTable(wanted, flags.format, host);
  return await initTable(wanted, invocation, host);
}

function commandOf({ command }: TableKind) {
  return { name: `init ${command}` };
}

function readWanted(name: string, { kind, flags, origins }: TableInit): WantedTable {
  if (flags.kmsKey !== null && !KMS_KEY.test(flags.kmsKey)) {
    throw usageError(
      commandOf(kind),
      `--kms-key is ${shown(flags.kmsKey)}, which is no KMS key`,
      "Give the key's id, alias/NAME, or the ARN of either.",
    );
  }
  return {
    kind,
    name,
    deletionProtection: origins.deletionProtection === "default" || flags.deletionProtection,
    pointInTimeRecovery: origins.pointInTimeRecovery === "default" || flags.pointInTimeRecovery,
    kmsKey: flags.kmsKey,
  };
}

const KMS_KEY_ID = "(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})";
const KMS_ALIAS = "alias/[\\w/-]{1,250}";
const KMS_ARN = "arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]{1,63}:\\d{12}:";
const KMS_KEY = new RegExp(
  `^(?:${KMS_KEY_ID}|${KMS_ALIAS}|${KMS_ARN}(?:key/${KMS_KEY_ID}|${KMS_ALIAS}))$`,
);

/** What only a table in AWS has. What the environment says is meant for such a table. */
function refuseForEmbedded({ kind, flags, origins }: TableInit): void {
  const given = flags.generateIam
    ? "--generate-iam"
    : flags.format !== null && origins.format === "flag"
    ? "--format"
    : flags.kmsKey !== null && origins.kmsKey === "flag"
    ? "--kms-key"
    : null;
  if (given === null) return;
  throw usageError(
    commandOf(kind),
    `${given} cannot be used with a table of sqlite: it is a file on this machine`,
    "Name a DynamoDB table: --table NAME",
  );
}

function printPolicy(wanted: WantedTable, { kind, flags }: TableInit, host: Host): number {
  const region = resolveRegion({ flag: flags.region, env: host.env, profile: null });
  const role = readRole(flags.role, kind);
  const policy = tablePolicy({ kind, table: wanted.name, region, role, kmsKey: wanted.kmsKey });
  host.terminal.out(formatIamPolicy(policy));
  if (region === null) {
    tellWarning(host.terminal, "without --region the policy holds in every region");
  }
  return 0;
}

function readRole(text: string | null, kind: TableKind): string | null {
  if (text === null) return null;
  const roles = tableRoles(kind);
  if (roles.includes(text)) return text;
  const near = nearest(text, roles);
  throw usageError(
    commandOf(kind),
    `--role is ${shown(text)}, which is none of ${roles.join(", ")}`,
    near === null ? undefined : `Did you mean ${near}?`,
  );
}

function printTable(wanted: WantedTable, format: TableFormat, host: Host): number {
  if (format === "terraform" && wanted.kmsKey !== null && !wanted.kmsKey.startsWith("arn:")) {
    throw usageError(
      commandOf(wanted.kind),
      "Terraform takes a KMS key by its ARN",
      "Give --kms-key the ARN.",
    );
  }
  host.terminal.out(formatTable(wanted, format));
  return 0;
}

const CREATE: Confirmation = {
  question: "Create this table?",
  suggestion: "Add --yes; to see what would be done: --plan",
};
const REPAIR: Confirmation = { ...CREATE, question: "Make these changes?" };

async function initTable(
  wanted: WantedTable,
  { flags }: TableInit,
  host: Host,
): Promise<number> {
  const { terminal } = host;
  // Before AWS is asked anything: a script must not learn it only when there is something to do.
  if (!flags.plan && !flags.yes) requirePerson(host, CREATE);
  const administration = openAdministration(
    flags,
    surroundingsOf(host, openInteraction(flags, host)),
  );
  const region = await administration.region();
  terminal.out(formatWantedTable(wanted, region));
  // What is wrong with the credentials is told as that, not as a fault of DynamoDB.
  await administration.credentials();
  using table = await openTableControl(wanted, {
    region,
    endpoint: await administration.endpoint("dynamodb"),
    credentials: administration.credentials,
  });
  const plan = await inspectTable(wanted, table);
  terminal.out(formatPlan(wanted, region, plan));
  refuseProblems(wanted, plan);
  if (flags.plan) {
    terminal.out("\nThis was a plan: nothing was changed.\n");
    return 0;
  }
  if (plan.busy.length + plan.steps.length > 0) {
    if (plan.steps.length > 0 && !flags.yes && !await ask(host, plan.exists ? REPAIR : CREATE)) {
      return 0;
    }
    await makeReady(wanted, {
      table,
      timeoutSeconds: flags.timeoutSeconds,
      resumeCommand: resumeCommand(wanted, { flags, region }),
    }, host);
    terminal.out(`\nTable ${wanted.name} is ready.\n`);
  }
  terminal.out(formatNextSteps(wanted.kind, wanted.name));
  return 0;
}

/** Makes the table what is wanted, and shows how that goes. */
async function makeReady(
  wanted: WantedTable,
  options: Pick<ProvisionOptions, "table" | "timeoutSeconds" | "resumeCommand">,
  host: Host,
): Promise<void> {
  using progress = startProgress(host.terminal);
  await provisionTable(wanted, {
    ...options,
    clock: systemClock,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    onProgress: progress.show,
  });
}

/** Asks; says so when the answer is no. */
async function ask(host: Host, confirmation: Confirmation): Promise<boolean> {
  host.terminal.err("\n");
  const isYes = await confirm(host, confirmation);
  if (!isYes) host.terminal.out("Cancelled.\n");
  return isYes;
}

/** The command line that goes on where this one stopped. */
function resumeCommand(
  wanted: WantedTable,
  { flags, region }: Pick<TableInit, "flags"> & { readonly region: string },
): string {
  const { awsProfile, kmsKey, endpointUrl } = flags;
  return [
    `sentinel init ${wanted.kind.command} --table ${wanted.name} --region ${region}`,
    ...(awsProfile === null ? [] : ["--aws-profile", shellWord(awsProfile)]),
    ...(kmsKey === null ? [] : ["--kms-key", shellWord(kmsKey)]),
    ...(wanted.deletionProtection ? [] : ["--no-deletion-protection"]),
    ...(wanted.pointInTimeRecovery ? [] : ["--no-point-in-time-recovery"]),
    ...(endpointUrl === null ? [] : ["--endpoint-url", shellWord(endpointUrl)]),
    ...(flags.yes ? ["--yes"] : []),
  ].join(" ");
}

/** What there is to do with a file in such a state. */
const FILE_STEPS = {
  missing: "create the file",
  lacking: "create the table in the file",
  whole: null,
} as const;

async function initEmbedded(
  { table, file }: { readonly table: string; readonly file: string },
  { kind, flags }: TableInit,
  host: Host,
): Promise<number> {
  const { terminal } = host;
  if (!flags.plan && !flags.yes) requirePerson(host, CREATE);
  terminal.out(formatEmbeddedTable(kind, { table, file }));
  const step = FILE_STEPS[await inspectFile(kind, file)];
  terminal.out(`\nThe table ${step === null ? "already exists" : "does not exist"}.\n`);
  if (flags.plan) {
    terminal.out(`${step === null ? "" : `To do:\n  + ${step}\n`}\nNothing was changed.\n`);
    return 0;
  }
  if (step !== null) {
    if (!flags.yes && !await ask(host, CREATE)) return 0;
    await using _store = await openStore(kind, table);
    terminal.out(`\nTable ${printable(table)} is ready.\n`);
  }
  terminal.out(formatNextSteps(kind, table));
  return 0;
}
