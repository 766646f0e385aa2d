/**
 * Step 3 of the gate: finds the records that lift a refusal, and proves them. Where the policy
 * foresees nothing that could, no record is looked for.
 *
 * @module
 */
import type { Verdict } from "../policy/policy.ts";
import type { AccessRequest } from "./access_request.ts";
import { judgeRequest } from "./approval_proof.ts";
import { judgeEvent } from "./break_glass_proof.ts";
import { allowedSeconds, lifetimeSeconds } from "./lifetime.ts";
import { type Judgement, type LiftingEntries, liftingEntries, type Override } from "./override.ts";
import type { LoadedPolicy, OverrideRecords, RecordLookup, RecordWorth } from "./ports.ts";
import { type Steps, when } from "./steps.ts";

/** Overrides that are tried one after the other, of those that are nearly over. */
const MAX_LITTLE = 4;

/** What came of the attempt to lift a refusal. */
export interface Lift {
  /**
   * What lifts it: one that lasts, else all that are nearly over, the last to end first; for those
   * there may be credentials that were made earlier. Empty: nothing does.
   */
  readonly overrides: readonly Override[];
  /** What could lift it, by the policy. */
  readonly entries: LiftingEntries;
  /** Tables that were named, or `null`. */
  readonly requestTable: string | null;
  readonly breakGlassTable: string | null;
  /** Why the newest record does not lift it, as a sentence; `null` when there is none. Printable. */
  readonly finding: string | null;
  /** A request that waits for approvers, or `null`. */
  readonly pendingRequestId: string | null;
}

/** The outcome of one kind of record. */
interface Search {
  readonly enough: Override | null;
  readonly little: readonly Override[];
  readonly finding: string | null;
  readonly pendingId: string | null;
}

const NOTHING: Search = { enough: null, little: [], finding: null, pendingId: null };

/** Whether new credentials can be made for an override, that last as long as they must. */
function worthOf(judgement: Judgement, request: AccessRequest): RecordWorth {
  if (judgement.kind !== "lifts") return "nothing";
  const { expiresAt, allowMinimum } = judgement.override;
  const within = { notAfter: expiresAt, allowMinimum };
  const rest = { durationSeconds: Infinity, within };
  const isLong = lifetimeSeconds(rest, request.time) !== null &&
    allowedSeconds(rest, request.time) >= (request.minTtlSeconds ?? 0);
  return isLong ? "enough" : "little";
}

/** Asks `lookup` for records, and judges them. */
function* search<Stored extends { readonly id: string }>(
  lookup: RecordLookup<Stored>,
  judge: (record: Stored) => Judgement,
  { request, name }: { readonly request: AccessRequest; readonly name: string },
): Steps<Search> {
  const records = yield* when(lookup.find((record) => worthOf(judge(record), request)));
  const little: Override[] = [];
  let newest: string | null = null;
  let pending: string | null = null;
  let pendingId: string | null = null;
  for (const record of records) {
    const judgement = judge(record);
    if (judgement.kind === "lifts") {
      const { override } = judgement;
      if (worthOf(judgement, request) === "enough") return { ...NOTHING, enough: override };
      little.push(override);
      continue;
    }
    const finding = `${name} ${record.id} ${judgement.reason}`;
    newest ??= finding;
    if (judgement.isPending && pendingId === null) {
      pending = finding;
      pendingId = record.id;
    }
  }
  // Of several, what can still come of one says more than how another ended.
  return { enough: null, little, finding: pending ?? newest, pendingId };
}

/**
 * What lifts the refusal of `request`, if anything does. A table that fails is a fault, unless a
 * record of the other kind lifts the refusal: breaking the glass must not depend on the table of
 * requests, nor be in vain while an approval is nearly over.
 */
export function* lift(
  request: AccessRequest,
  { verdict, policy, records }: {
    readonly verdict: Verdict;
    readonly policy: LoadedPolicy;
    readonly records: OverrideRecords | null;
  },
): Steps<Lift> {
  const entries = liftingEntries(verdict, request, policy.overrides);
  const { approval, breakGlass } = entries;
  const { requests = null, events = null } = records ?? {};
  let approved = NOTHING;
  let broken = NOTHING;
  let fault: { readonly thrown: unknown } | null = null;
  if (approval !== null && requests !== null) {
    try {
      const judge = (record: Parameters<typeof judgeRequest>[0]) =>
        judgeRequest(record, { request, entry: approval });
      approved = yield* search(requests, judge, { request, name: "request" });
    } catch (thrown) {
      fault = { thrown };
    }
  }
  if (approved.enough === null && breakGlass !== null && events !== null) {
    try {
      const judge = (event: Parameters<typeof judgeEvent>[0]) =>
        judgeEvent(event, { request, entry: breakGlass });
      broken = yield* search(events, judge, { request, name: "break-glass" });
    } catch (thrown) {
      fault ??= { thrown };
    }
  }
  const enough = approved.enough ?? broken.enough;
  const overrides = enough !== null
    ? [enough]
    : [...approved.little, ...broken.little].sort((a, b) => b.expiresAt - a.expiresAt);
  if (overrides.length === 0 && fault !== null) throw fault.thrown;
  return {
    overrides: overrides.slice(0, MAX_LITTLE),
    entries,
    requestTable: requests?.table ?? null,
    breakGlassTable: events?.table ?? null,
    finding: approved.finding ?? broken.finding,
    pendingRequestId: approved.pendingId,
  };
}
