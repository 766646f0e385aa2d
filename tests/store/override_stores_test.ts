import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import type { BreakGlassEvent } from "../../src/state/break_glass_event.ts";
import { formatDecisions } from "../../src/store/decision_text.ts";
import { closed, decided, decisionOn, sampleEvent, sampleRequest } from "./override_samples.ts";
import { describeOverrideStore, type SampleChanges } from "./override_store_contract.ts";
import { OVERRIDE_SETUPS } from "./override_subject.ts";
import { idOf, MINUTE, T0 } from "./session_samples.ts";

const ALICE = { user: "alice", arn: "arn:aws:iam::123456789012:user/alice" };

/** What every kind of record refuses. */
const BAD = [
  { id: "1" },
  { id: "guard" },
  { profile: "" },
  { profile: "x".repeat(513) },
  { profile: "a\0b" },
  { role: "" },
  { account: "12345678901" },
  { account: "12345678901٢" },
  { durationSeconds: 899 },
  { durationSeconds: 900.5 },
  { durationSeconds: 8 * 3600 + 1 },
  { durationSeconds: NaN },
  { justification: "too short" },
  { justification: "x".repeat(1001) },
  { justification: "two lines\nand more words than one" },
  { justification: "a lone surrogate \ud800 and more" },
  { status: "Active" as never },
  { createdAt: NaN },
  { createdAt: Date.UTC(10_000, 0, 1) },
  { updatedAt: Infinity },
];

/** What stands in no table of ours, whatever the kind. */
const HOSTILE: readonly (readonly [Record<string, unknown>, string])[] = [
  [{ user: null }, "no user"],
  [{ user: { N: "7" } }, "a number for a user"],
  [{ arn: { S: "" } }, "no ARN"],
  [{ arn: { L: [] } }, "a list for an ARN"],
  [{ profile: { M: {} }, user: "alice" }, "a map for a profile"],
  [{ account: "abc" }, "no account"],
  [{ account: { N: "123456789012" } }, "a number for an account"],
  [{ role_arn: { L: [] } }, "a role that is there, and no text"],
  [{ duration_seconds: "an hour" }, "a text for a duration"],
  [{ duration_seconds: { N: "9e125" } }, "an endless duration"],
  [{ duration_seconds: 2n ** 60n }, "more seconds than a number holds"],
  [{ duration_seconds: 1 }, "too short a duration"],
  [{ duration_seconds: 86_400 }, "too long a duration"],
  [{ status: "APPROVED" }, "an unknown status"],
  [{ status: { BOOL: true } }, "a status that is no text"],
  [{ created_at: "yesterday" }, "no moment"],
  [{ created_at: "2026-02-30T00:00:00.000Z" }, "a day that does not exist"],
  [{ justification: "x".repeat(100_000) }, "a book for a justification"],
];

function requestItem() {
  return {
    user: "alice",
    arn: ALICE.arn,
    profile: "prod",
    role_arn: "arn:aws:iam::123456789012:role/Prod",
    account: "123456789012",
    justification: "deploy the hotfix of ticket 4711",
    duration_seconds: 3600,
    status: "pending",
    created_at: "2026-03-01T12:00:00.000Z",
    updated_at: "2026-03-01T12:00:00.000Z",
    pending_until: "2026-03-02T12:00:00.000Z",
    ttl: 4e9,
  };
}

const PENDING = sampleRequest();
const APPROVE = decisionOn(PENDING);
const APPROVED = decided(PENDING, APPROVE);
const DECISIONS = formatDecisions(APPROVED.decisions)!;

const request = (changes: SampleChanges = {}): ApprovalRequest => {
  const { user, text, ...rest } = changes;
  return sampleRequest({
    ...rest,
    ...(user !== undefined && { requester: { ...ALICE, user } }),
    ...(text !== undefined && { justification: text }),
  });
};

const REQUESTS = {
  name: "request",
  sample: request,
  statuses: ["pending", "denied"],
  shapes: [
    PENDING,
    sampleRequest({ role: null, durationSeconds: 900, justification: "x".repeat(10) }),
    sampleRequest({ status: "approved", approvedAt: T0 }),
    APPROVED,
    decided(decided(PENDING, APPROVE, 2), decisionOn(PENDING, { user: "carol" }), 2),
    decided(APPROVED, decisionOn(PENDING, { kind: "end", comment: "x".repeat(500) })),
    decided(PENDING, decisionOn(PENDING, { kind: "deny", comment: 'no "way" \\n' })),
    sampleRequest({
      status: "cancelled",
      createdAt: Date.UTC(9999, 11, 30),
      pendingUntil: Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      updatedAt: Date.parse("0000-01-01T00:00:00.000Z"),
    }),
    sampleRequest({
      decisions: Array.from(
        { length: 32 },
        (_, number) =>
          decisionOn(PENDING, { user: `approver-${number}`, comment: 'é"'.repeat(250) }),
      ),
    }),
  ],
  unwritable: [
    ...BAD.map((changes) => sampleRequest(changes)),
    ...[{ user: "" }, { user: "a\0b" }, { arn: "" }, { arn: "x".repeat(2049) }].map((changes) =>
      sampleRequest({ requester: { ...ALICE, ...changes } })
    ),
    sampleRequest({ justification: "x".repeat(501) }),
    sampleRequest({ pendingUntil: NaN }),
    sampleRequest({ approvedAt: T0 }),
    sampleRequest({ status: "approved" }),
    sampleRequest({ status: "approved", approvedAt: NaN }),
    ...[
      { ...APPROVE, at: NaN },
      { ...APPROVE, comment: "" },
      { ...APPROVE, comment: "x".repeat(501) },
      { ...APPROVE, by: { user: "", arn: "arn" } },
      { ...APPROVE, scope: { ...APPROVE.scope, account: "" } },
    ].map((decision) => sampleRequest({ decisions: [decision] })),
    sampleRequest({ decisions: Array.from({ length: 33 }, () => APPROVE) }),
  ],
  end: (record: ApprovalRequest, user: string) =>
    decided(record, decisionOn(record, { kind: "deny", user })),
  illegal: [
    { ...APPROVED, id: idOf(2) },
    { ...APPROVED, profile: "dev" },
    { ...APPROVED, requester: { ...ALICE, user: "mallory" } },
    { ...APPROVED, durationSeconds: 7200 },
    { ...APPROVED, role: null },
    { ...APPROVED, justification: "something else entirely" },
    { ...APPROVED, createdAt: T0 + 1 },
    { ...APPROVED, pendingUntil: T0 + 1 },
    { ...APPROVED, approvedAt: NaN },
  ],
  item: requestItem(),
  hostile: [
    ...HOSTILE,
    [{ pending_until: null }, "no end of waiting"],
    [{ approved_at: "soon" }, "an approval at no moment"],
    [{ approved_at: { N: "7" } }, "an approval at a number"],
    [{ approved_at: "2026-03-01T12:00:00.000Z" }, "approved, yet pending"],
    [{ status: "approved", decisions: DECISIONS }, "approved, nobody knows when"],
    ...[
      "",
      "null",
      "{}",
      "[",
      "[]",
      "[null]",
      "[1e999]",
      ` ${DECISIONS}`,
      DECISIONS.replace('"approve"', '"bless"'),
      DECISIONS.replace('{"kind"', '{"__proto__":{},"kind"'),
      DECISIONS.replace('{"kind"', '{"kind":"deny","kind"'),
      DECISIONS.replace(/"at":\d+/, '"at":1e999'),
      DECISIONS.replace(/"at":(\d+)/, '"at":$1.0'),
      DECISIONS.replace(/"at":\d+/, '"at":"now"'),
      DECISIONS.replace('"comment":null', '"comment":""'),
      DECISIONS.replace(',"comment":null', ""),
      DECISIONS.replace("3600", "3600000"),
      DECISIONS.replace("alice", "\\u0061lice"),
      DECISIONS.replace("]", ',{"kind":"veto"}]'),
      "[".repeat(100_000),
      JSON.stringify(Array.from({ length: 200 }, () => JSON.parse(DECISIONS)[0])),
    ].map((decisions) => [{ decisions }, `decisions ${decisions.slice(0, 40)}`] as const),
    [{ decisions: { L: [] } }, "a list for decisions"],
    [{ decisions: { BOOL: false } }, "false for decisions"],
    [{ decisions: { N: "0" } }, "a number for decisions"],
  ],
} as const;

const event = (changes: SampleChanges = {}): BreakGlassEvent => {
  const { user, text, ...rest } = changes;
  return sampleEvent({
    ...rest,
    ...(user !== undefined && { invoker: { ...ALICE, user } }),
    ...(text !== undefined && { justification: text }),
  });
};

const CLOSED = closed(sampleEvent());

const EVENTS = {
  name: "break-glass",
  sample: event,
  statuses: ["active", "closed"],
  shapes: [
    sampleEvent(),
    CLOSED,
    sampleEvent({ role: null, reasonCode: "other", durationSeconds: 4 * 3600 }),
    sampleEvent({ justification: "y".repeat(1000) }),
  ],
  unwritable: [
    ...BAD.map((changes) => sampleEvent(changes as Partial<BreakGlassEvent>)),
    sampleEvent({ durationSeconds: 4 * 3600 + 1 }),
    sampleEvent({ justification: "x".repeat(19) }),
    sampleEvent({ reasonCode: "" }),
    sampleEvent({ status: "closed" }),
    { ...CLOSED, status: "active" as const },
    ...[{ at: NaN }, { reason: "" }, { reason: "x".repeat(501) }, { by: { user: "", arn: "a" } }]
      .map((changes) => ({ ...CLOSED, closure: { ...CLOSED.closure!, ...changes } })),
  ],
  end: (record: BreakGlassEvent, user: string) => closed(record, user),
  illegal: [
    { ...CLOSED, id: idOf(2) },
    { ...CLOSED, profile: "dev" },
    { ...CLOSED, invoker: { ...ALICE, arn: "arn:other" } },
    { ...CLOSED, durationSeconds: 7200 },
    { ...CLOSED, reasonCode: "other" },
    { ...CLOSED, createdAt: T0 + MINUTE },
    { ...CLOSED, closure: null },
  ],
  item: {
    user: "alice",
    arn: ALICE.arn,
    profile: "prod",
    role_arn: "arn:aws:iam::123456789012:role/Prod",
    account: "123456789012",
    reason_code: "incident",
    justification: "the payment service is down, see INC-42",
    duration_seconds: 3600,
    status: "active",
    created_at: "2026-03-01T12:00:00.000Z",
    updated_at: "2026-03-01T12:00:00.000Z",
    ttl: 4e9,
  },
  hostile: [
    ...HOSTILE,
    [{ reason_code: null }, "no reason"],
    [{ reason_code: { N: "1" } }, "a number for a reason"],
    [{ status: "closed" }, "closed by nobody"],
    [{ closed_by: "carol" }, "active, yet closed by somebody"],
    [{ closed_at: "2026-03-01T12:00:00.000Z" }, "closed by somebody unknown"],
    [
      { status: "closed", closed_at: "never", closed_by: "a", closed_arn: "b", closed_reason: "c" },
      "closed at no moment",
    ],
  ],
} as const;

for (const { where, requests, breakGlass } of OVERRIDE_SETUPS) {
  describeOverrideStore(where, { ...REQUESTS, setup: requests });
  describeOverrideStore(where, { ...EVENTS, setup: breakGlass });
}
