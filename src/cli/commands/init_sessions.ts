/**
 * `sentinel init sessions`: creates the session table or repairs it, or prints who may use it or
 * how infrastructure code would make it. Nothing is changed before a person, or `--yes`, says so.
 *
 * @module
 */
import { openAdministration } from "../../administration.ts";
import { resolveRegion } from "../../aws/region.ts";
import { systemClock } from "../../clock.ts";
import { openTableControl } from "../../store/dynamodb_control.ts";
import {
  formatIamPolicy,
  SESSION_TABLE_ROLES,
  sessionTablePolicy,
  type SessionTableRole,
} from "../../store/iam_policy.ts";
import { openSessionStore, parseTableName, sqliteFile } from "../../store/open.ts";
import {
  inspectTable,
  type ProvisionOptions,
  provisionTable,
  refuseProblems,
} from "../../store/provision.ts";
import type { WantedTable } from "../../store/provision_plan.ts";
import { SESSION_TABLE } from "../../store/table_kind.ts";
import { formatTable, type TableFormat } from "../../store/table_formats.ts";
import { nearest } from "../../text/nearest.ts";
import { printable } from "../../text/printable.ts";
import { shellWord } from "../../text/shell_word.ts";
import type { Invocation } from "../command.ts";
import { DEFAULT_SESSION_TABLE } from "../descriptions/administration_flags.ts";
import type { INIT_SESSIONS_FLAGS } from "../descriptions/init_sessions.ts";
import type { Host } from "../host.ts";
import { startProgress } from "../progress.ts";
import { confirm, type Confirmation, requirePerson } from "../prompt.ts";
import {
  formatEmbeddedTable,
  formatNextSteps,
  formatPlan,
  formatWantedTable,
} from "../session_table_report.ts";
import { surroundingsOf } from "../surroundings.ts";
import { tellWarning } from "../terminal.ts";
import { shown, usageError } from "../usage.ts";

type InitInvocation = Invocation<typeof INIT_SESSIONS_FLAGS>;

const COMMAND = { name: "init sessions" };

/** Runs the command. */
export async function run(invocation: InitInvocation, host: Host): Promise<number> {
  const { flags } = invocation;
  const table = flags.table ?? (host.env.get("SENTINEL_SESSION_TABLE") || DEFAULT_SESSION_TABLE);
  const parsed = parseTableName(table);
  if (parsed.kind === "sqlite") {
    refuseForEmbedded(invocation);
    return await initEmbedded(
      { table, file: sqliteFile(parsed.path, { kind: SESSION_TABLE }) },
      invocation,
      host,
    );
  }
  const wanted = readWanted(parsed.name, invocation);
  if (flags.generateIam) return printPolicy(wanted, invocation, host);
  if (flags.format !== null) return printTable(wanted, flags.format, host);
  return await initTable(wanted, invocation, host);
}

function readWanted(name: string, { flags, origins }: InitInvocation): WantedTable {
  if (flags.kmsKey !== null && !KMS_KEY.test(flags.kmsKey)) {
    throw usageError(
      COMMAND,
      `--kms-key is ${shown(flags.kmsKey)}, which is no KMS key`,
      "Give the key's id, alias/NAME, or the ARN of either.",
    );
  }
  return {
    kind: SESSION_TABLE,
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
function refuseForEmbedded({ flags, origins }: InitInvocation): void {
  const given = flags.generateIam
    ? "--generate-iam"
    : flags.format !== null && origins.format === "flag"
    ? "--format"
    : flags.kmsKey !== null && origins.kmsKey === "flag"
    ? "--kms-key"
    : null;
  if (given === null) return;
  throw usageError(
    COMMAND,
    `${given} cannot be used with a table of sqlite: it is a file on this machine`,
    "Name a DynamoDB table: --table NAME",
  );
}

function printPolicy(wanted: WantedTable, { flags }: InitInvocation, host: Host): number {
  const region = resolveRegion({ flag: flags.region, env: host.env, profile: null });
  const role = readRole(flags.role);
  const policy = sessionTablePolicy({ table: wanted.name, region, role, kmsKey: wanted.kmsKey });
  host.terminal.out(formatIamPolicy(policy));
  if (region === null) {
    tellWarning(host.terminal, "without --region the policy holds in every region");
  }
  return 0;
}

function readRole(text: string | null): SessionTableRole | null {
  if (text === null) return null;
  const role = SESSION_TABLE_ROLES.find((name) => name === text);
  if (role !== undefined) return role;
  const near = nearest(text, SESSION_TABLE_ROLES);
  throw usageError(
    COMMAND,
    `--role is ${shown(text)}, which is none of ${SESSION_TABLE_ROLES.join(", ")}`,
    near === null ? undefined : `Did you mean ${near}?`,
  );
}

function printTable(wanted: WantedTable, format: TableFormat, host: Host): number {
  if (format === "terraform" && wanted.kmsKey !== null && !wanted.kmsKey.startsWith("arn:")) {
    throw usageError(COMMAND, "Terraform takes a KMS key by its ARN", "Give --kms-key the ARN.");
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
  { flags }: InitInvocation,
  host: Host,
): Promise<number> {
  const { terminal } = host;
  // Before AWS is asked anything: a script must not learn it only when there is something to do.
  if (!flags.plan && !flags.yes) requirePerson(host, CREATE);
  const administration = openAdministration(flags, surroundingsOf(host));
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
  terminal.out(formatPlan(`${wanted.name} in ${region}`, plan));
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
  terminal.out(formatNextSteps(wanted.name));
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
  { flags, region }: Pick<InitInvocation, "flags"> & { readonly region: string },
): string {
  const { awsProfile, kmsKey, endpointUrl } = flags;
  return [
    `sentinel init sessions --table ${wanted.name} --region ${region}`,
    ...(awsProfile === null ? [] : ["--aws-profile", shellWord(awsProfile)]),
    ...(kmsKey === null ? [] : ["--kms-key", shellWord(kmsKey)]),
    ...(wanted.deletionProtection ? [] : ["--no-deletion-protection"]),
    ...(wanted.pointInTimeRecovery ? [] : ["--no-point-in-time-recovery"]),
    ...(endpointUrl === null ? [] : ["--endpoint-url", shellWord(endpointUrl)]),
    ...(flags.yes ? ["--yes"] : []),
  ].join(" ");
}

async function initEmbedded(
  { table, file }: { readonly table: string; readonly file: string },
  { flags }: InitInvocation,
  host: Host,
): Promise<number> {
  const { terminal } = host;
  if (!flags.plan && !flags.yes) requirePerson(host, CREATE);
  terminal.out(formatEmbeddedTable(table, file));
  const exists = await hasContent(file);
  // Opening a store that exists proves that it is one, and that it is private.
  if (exists) await openOnce(table);
  terminal.out(exists ? "\nThe table already exists.\n" : "\nThe table does not exist.\n");
  if (flags.plan) {
    terminal.out(`${exists ? "" : "To do:\n  + create the file\n"}\nNothing was changed.\n`);
    return 0;
  }
  if (!exists) {
    if (!flags.yes && !await ask(host, CREATE)) return 0;
    await openOnce(table);
    terminal.out(`\nTable ${printable(table)} is ready.\n`);
  }
  terminal.out(formatNextSteps(table));
  return 0;
}

async function openOnce(table: string): Promise<void> {
  await using _store = await openSessionStore(table);
}

/** Whether there is anything but an empty file. What cannot be looked at cannot be opened either. */
async function hasContent(file: string): Promise<boolean> {
  try {
    return (await Deno.lstat(file)).size > 0;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    return true;
  }
}
