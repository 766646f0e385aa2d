/**
 * Step 3 of the gate: finds the record that lifts a refusal, and proves it. Where the policy
 * foresees nothing that could, no record is looked for.
 *
 * @module
 */
import type { Verdict } from "../policy/policy.ts";
import type { AccessRequest } from "./access_request.ts";
import { judgeRequest } from "./approval_proof.ts";
import { judgeEvent } from "./break_glass_proof.ts";
import { type Judgement, type LiftingEntries, liftingEntries, type Override } from "./override.ts";
import type { LoadedPolicy, OverrideRecords, RecordLookup } from "./ports.ts";
import { type Steps, when } from "./steps.ts";

/** What came of the attempt to lift a refusal. */
export interface Lift {
  readonly override: Override | null;
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
  readonly override: Override | null;
  readonly finding: string | null;
  readonly pendingId: string | null;
}

const NOTHING: Search = { override: null, finding: null, pendingId: null };

/** Asks `lookup` for records, and judges them. */
function* search<Stored extends { readonly id: string }>(
  lookup: RecordLookup<Stored>,
  judge: (record: Stored) => Judgement,
  name: string,
): Steps<Search> {
  const lifts = (record: Stored) => judge(record).kind === "lifts";
  const records = yield* when(lookup.find(lifts));
  let newest: Search | null = null;
  let pending: Search | null = null;
  for (const record of records) {
    const judgement = judge(record);
    if (judgement.kind === "lifts") return { ...NOTHING, override: judgement.override };
    const finding = `${name} ${record.id} ${judgement.reason}`;
    if (judgement.isPending) pending ??= { override: null, finding, pendingId: record.id };
    newest ??= { ...NOTHING, finding };
  }
  // Of several, what can still come of one says more than how another ended.
  return pending ?? newest ?? NOTHING;
}

/**
 * The override that lifts the refusal of `request`, if there is one. A table that fails is a fault,
 * unless a record of the other kind lifts the refusal: breaking the glass must not depend on the
 * table of requests.
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
  let fault: { readonly thrown: unknown } | null = null;
  if (approval !== null && requests !== null) {
    try {
      const judge = (record: Parameters<typeof judgeRequest>[0]) =>
        judgeRequest(record, { request, entry: approval });
      approved = yield* search(requests, judge, "request");
    } catch (thrown) {
      if (breakGlass === null || events === null) throw thrown;
      fault = { thrown };
    }
  }
  let broken = NOTHING;
  if (approved.override === null && breakGlass !== null && events !== null) {
    const judge = (event: Parameters<typeof judgeEvent>[0]) =>
      judgeEvent(event, { request, entry: breakGlass });
    broken = yield* search(events, judge, "break-glass");
  }
  const override = approved.override ?? broken.override;
  if (override === null && fault !== null) throw fault.thrown;
  return {
    override,
    entries,
    requestTable: requests?.table ?? null,
    breakGlassTable: events?.table ?? null,
    finding: approved.finding ?? broken.finding,
    pendingRequestId: approved.pendingId,
  };
}
