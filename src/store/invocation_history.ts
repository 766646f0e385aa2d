/**
 * The history by which break-glass invocations are limited: one item that every invocation changes
 * under the condition that nobody changed it meanwhile. Of many at once, each is judged by all that
 * were counted before it. What cannot be understood is refused: nobody could tell the limits then.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Invocation } from "../state/break_glass_event.ts";
import { isRecordId, isRecordMoment, isRecordName } from "../state/record_value.ts";
import type { GuardedTable, StoredHistory } from "./attribute_table.ts";
import type { StoreCall } from "./store_call.ts";
import { BREAKGLASS_TABLE } from "./table_kind.ts";

/** Key of the history's item; never the key of an event. */
export const HISTORY_ID = "guard";

/** How long an invocation stays in the history: the longest window over which it may count. */
const HISTORY_MS = 30 * 86_400_000;
/**
 * So many of the newest stay, however old they are: whoever sets a clock forward does not empty the
 * history by that.
 */
const MIN_KEPT = 100;
/** Most characters of the history; a DynamoDB item ends at 400 KB, and each write pays for all. */
const MAX_LENGTH = 200_000;
/** How often an invocation that others overtake is tried. */
const ATTEMPTS = 100;
/** Longest pause between two attempts. */
const LONGEST_PAUSE_MS = 100;

/** Settings of {@linkcode countInvocation}. */
export interface CountOptions<Refusal> {
  readonly invocation: Invocation;
  /** See `BreakGlassStore.countInvocation`. */
  readonly judge: (earlier: readonly Invocation[]) => Refusal | null;
  readonly call: StoreCall;
}

/** Counts the invocation unless `judge` refuses it. An invocation is counted once, by its id. */
export async function countInvocation<Refusal>(
  table: GuardedTable,
  { invocation, judge, call }: CountOptions<Refusal>,
): Promise<Refusal | null> {
  requireInvocation(invocation);
  let stored = await table.readHistory(call);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const earlier = readHistory(stored, call);
    // An earlier attempt whose answer was lost has counted it.
    if (earlier.some(({ id }) => id === invocation.id)) return null;
    const isRecent = ({ at }: Invocation) => at > invocation.at - HISTORY_MS;
    const refusal = judge(earlier.filter(isRecent));
    if (refusal !== null) return refusal;
    const kept = earlier.filter((one, index) =>
      isRecent(one) || index >= earlier.length - MIN_KEPT
    );
    const overtaken = await table.writeHistory(
      stored,
      formatHistory([...kept, invocation], call),
      call,
    );
    if (overtaken === null) return null;
    stored = overtaken;
    // Whoever was overtaken by many waits longer, or all would meet again.
    await pause(Math.random() * Math.min(2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS));
  }
  throw new SentinelError(
    BREAKGLASS_TABLE.unavailable,
    `Cannot ${call.action}: others were faster, time and again`,
    { suggestion: "Try again." },
  );
}

function requireInvocation({ id, user, profile, account, at }: Invocation): void {
  const isWhole = isRecordId(id) && isRecordName(user) && isRecordName(profile) &&
    isAccount(account) && isRecordMoment(at);
  if (isWhole) return;
  throw new SentinelError(
    BREAKGLASS_TABLE.recordInvalid,
    "Cannot count a break-glass invocation: it does not say who, for what and when",
  );
}

function isAccount(text: string): boolean {
  return /^\d{12}$/.test(text);
}

/** Oldest first, whatever the clocks of those who were counted. */
function formatHistory(invocations: readonly Invocation[], { action }: StoreCall): string {
  const text = JSON.stringify(
    invocations.toSorted((one, other) => one.at - other.at)
      .map(({ id, user, profile, account, at }) => ({ id, user, profile, account, at })),
  );
  if (text.length <= MAX_LENGTH) return text;
  throw new SentinelError(
    BREAKGLASS_TABLE.unavailable,
    `Cannot ${action}: the history of the last 30 days is full (${
      invocations.length - 1
    } invocations)`,
    { suggestion: "Name another table for some of the profiles: --breakglass-table" },
  );
}

/** The history as it is stored, oldest first. Throws `OVERRIDE_RECORD_INVALID`. */
export function readHistory(
  { version, invocations }: StoredHistory,
  { action }: StoreCall,
): Invocation[] {
  if (version === null) return [];
  const found = parse(invocations);
  const history = Array.isArray(found) ? found.map(readInvocation) : [null];
  const isWhole = Number.isSafeInteger(version) && history.every((each) => each !== null);
  if (isWhole) return history.sort((one, other) => one.at - other.at);
  throw new SentinelError(
    BREAKGLASS_TABLE.recordInvalid,
    `Cannot ${action}: the history of invocations (item ${HISTORY_ID}) cannot be understood`,
    {
      suggestion: "Find out who wrote to it. An administrator begins a new history by deleting " +
        "this item of the table.",
    },
  );
}

function parse(found: unknown): unknown {
  if (typeof found !== "string" || found.length > 2 * MAX_LENGTH) return null;
  try {
    return JSON.parse(found);
  } catch {
    return null;
  }
}

function readInvocation(found: unknown): Invocation | null {
  if (typeof found !== "object" || found === null) return null;
  const { id, user, profile, account, at } = found as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || !isRecordId(id)) return null;
  if (typeof user !== "string" || typeof profile !== "string") return null;
  if (typeof account !== "string" || !isAccount(account)) return null;
  if (typeof at !== "number" || !isRecordMoment(at)) return null;
  return { id, user, profile, account, at };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
