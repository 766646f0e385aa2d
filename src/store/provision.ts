/**
 * Makes a table what it should be: looks at it, does the next thing, waits until DynamoDB
 * has done it, and looks again. Whatever interrupts it, running it again goes on where it stopped.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import type { StepOutcome } from "./dynamodb_control.ts";
import {
  describeStep,
  type ExistingTable,
  planProvision,
  type ProvisionPlan,
  type ProvisionStep,
  type WantedTable,
} from "./provision_plan.ts";

/** What can be done with a table; `dynamodb_control.ts` has the real one. */
export interface ControlledTable {
  describe(): Promise<ExistingTable | null>;
  perform(step: ProvisionStep): Promise<StepOutcome>;
}

/** Settings of {@linkcode provisionTable}. */
export interface ProvisionOptions {
  readonly table: ControlledTable;
  readonly clock: Pick<Clock, "monotonic">;
  /** Resolves after `ms`. */
  readonly pause: (ms: number) => Promise<void>;
  /** How long all of it may take, in seconds. */
  readonly timeoutSeconds: number;
  /** Told what is being done or waited for whenever that changes: printable words. */
  readonly onProgress: (doing: string) => void;
  /** The command that goes on, for whoever runs out of time. */
  readonly resumeCommand: string;
}

/** Between two looks; a table takes some ten seconds, an index of a full table many minutes. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** The table as it is now and what is to be done. Rejects with `SentinelError`. */
export async function inspectTable(
  wanted: WantedTable,
  table: Pick<ControlledTable, "describe">,
): Promise<ProvisionPlan & { readonly exists: boolean }> {
  const existing = await table.describe();
  return { ...planProvision(wanted, existing), exists: existing !== null };
}

/** Throws the kind's `tableInvalid` when the plan has problems. */
export function refuseProblems({ kind, name }: WantedTable, { problems }: ProvisionPlan): void {
  if (problems.length === 0) return;
  throw new SentinelError(
    kind.tableInvalid,
    `Cannot use table ${quote(name)} for ${kind.records}: ${problems.join("; ")}`,
    {
      suggestion: "Nothing was changed. Choose another name: --table NAME",
      details: { table: name, problems },
    },
  );
}

/**
 * Makes the table what is wanted; resolves to the last plan, which has nothing left to do. Rejects
 * with `TIMED_OUT` when DynamoDB takes longer, and with other `SentinelError`s.
 */
export async function provisionTable(
  wanted: WantedTable,
  options: ProvisionOptions,
): Promise<ProvisionPlan> {
  const { table, clock, pause, onProgress } = options;
  const deadline = clock.monotonic() + options.timeoutSeconds * 1000;
  // What DynamoDB says of a table lags behind what it was told: nothing is begun twice.
  const begun = new Set<string>();
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const plan = await look(wanted, { table, patient: begun.size > 0 });
    if (plan !== null) {
      refuseProblems(wanted, plan);
      if (plan.busy.length === 0 && plan.steps.length === 0) return plan;
    }
    const doing = plan === null ? "DynamoDB throttles" : whatNow(plan, begun);
    if (clock.monotonic() >= deadline) throw timedOut(wanted, { ...options, waitingFor: doing });
    onProgress(doing);
    const next = plan === null || plan.busy.length > 0 ? undefined : nextStep(plan, begun);
    if (next !== undefined && await table.perform(next) === "begun") {
      begun.add(describeStep(next));
      pauseMs = FIRST_PAUSE_MS;
    }
    await pause(Math.min(pauseMs, Math.max(0, deadline - clock.monotonic())));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

/** The plan, or `null` while a table that is being made cannot be looked at for a passing reason. */
async function look(
  wanted: WantedTable,
  { table, patient }: { readonly table: ControlledTable; readonly patient: boolean },
): Promise<ProvisionPlan | null> {
  try {
    return planProvision(wanted, await table.describe());
  } catch (thrown) {
    if (patient && thrown instanceof SentinelError && isThrottled(thrown)) return null;
    throw thrown;
  }
}

function isThrottled({ details }: SentinelError): boolean {
  return ["ThrottlingException", "RequestLimitExceeded", "ProvisionedThroughputExceededException"]
    .includes(String(details["error"]));
}

/** The first step that is not under way. Nothing else makes sense before the table exists. */
function nextStep({ steps }: ProvisionPlan, begun: ReadonlySet<string>): ProvisionStep | undefined {
  const [first] = steps;
  if (first?.kind === "create-table") return begun.has(describeStep(first)) ? undefined : first;
  return steps.find((step) => !begun.has(describeStep(step)));
}

/** What is done or waited for, in words. */
function whatNow(plan: ProvisionPlan, begun: ReadonlySet<string>): string {
  if (plan.busy.length > 0) return `Waiting: ${plan.busy.join(", ")}`;
  const next = nextStep(plan, begun);
  if (next !== undefined) return capitalised(describeStep(next));
  return `Waiting for DynamoDB to ${describeStep(plan.steps[0]!)}`;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function timedOut(
  { name }: WantedTable,
  { timeoutSeconds, resumeCommand, waitingFor }: ProvisionOptions & { readonly waitingFor: string },
): SentinelError {
  return new SentinelError(
    "TIMED_OUT",
    `Table ${quote(name)} is not ready after ${formatDuration(timeoutSeconds)}: ${waitingFor}`,
    {
      suggestion: `DynamoDB works on by itself. Go on with the same command: ${resumeCommand}`,
      details: { table: name },
    },
  );
}
