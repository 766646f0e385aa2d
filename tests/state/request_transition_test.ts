import { SentinelError } from "../../src/errors.ts";
import {
  type ApprovalRequest,
  createApprovedRequest,
  createRequest,
  effectiveRequestStatus,
  MAX_DECISIONS,
  REQUEST_STATUSES,
  requestProblem,
  requestTtlSeconds,
  requestWindowEnd,
} from "../../src/state/approval_request.ts";
import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endRequest,
  type Transition,
} from "../../src/state/request_transition.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { NOON } from "../support/gate_fixture.ts";
import {
  ALICE,
  approvedRequest,
  CHIEF,
  decisionOn,
  LEAD,
  pendingRequest,
} from "../support/override_records.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;
const ANYBODY = { required: 1, isApprover: () => true };
const by = (who = LEAD, now = NOON, comment: string | null = null) => ({ by: who, now, comment });

function changed<T>(transition: Transition<T>): T {
  assert(transition.kind === "changed", JSON.stringify(transition));
  return transition.record;
}

function refusal(transition: Transition<unknown>): string {
  assert(transition.kind === "refused", "it was not refused");
  assert(transition.reason.length > 0);
  return transition.code;
}

Deno.test("request: the first of two approvals leaves it pending, the second opens the window", () => {
  const two = { ...ANYBODY, required: 2 };
  const first = changed(approveRequest(pendingRequest(), { ...by(LEAD, NOON, "fine"), ...two }));
  assertEquals([first.status, first.approvedAt, first.updatedAt], ["pending", null, NOON]);
  assertEquals(first.decisions, [
    decisionOn(pendingRequest(), { at: NOON, comment: "fine" }),
  ]);
  const second = changed(approveRequest(first, { ...by(CHIEF, NOON + MINUTE), ...two }));
  assertEquals([second.status, second.approvedAt], ["approved", NOON + MINUTE]);
  assertEquals(requestWindowEnd(second), NOON + MINUTE + HOUR);
});

Deno.test("request: approvals that do not count do not complete it", () => {
  const two = { required: 2, isApprover: ({ user }: { user: string }) => user !== "lead" };
  const request = { ...pendingRequest(), decisions: [decisionOn(pendingRequest())] };
  const record = changed(approveRequest(request, { ...by(CHIEF), ...two }));
  assertEquals(record.status, "pending");
  const longer = { ...request, durationSeconds: 7200 };
  assertEquals(
    changed(approveRequest(longer, { ...by(CHIEF), ...ANYBODY, required: 2 })).status,
    "pending",
  );
});

Deno.test("request: neither requester nor the same approver can decide (again)", () => {
  const own = { ...by({ ...ALICE, user: "ALICE" }), ...ANYBODY };
  assertEquals(refusal(approveRequest(pendingRequest(), own)), "own_request");
  assertEquals(refusal(denyRequest(pendingRequest(), own)), "own_request");
  const once = changed(approveRequest(pendingRequest(), { ...by(), ...ANYBODY, required: 3 }));
  assertEquals(
    refusal(approveRequest(once, { ...by(), ...ANYBODY, required: 3 })),
    "approved_before",
  );
  // Whoever approved may change their mind.
  assertEquals(changed(denyRequest(once, by())).status, "denied");
});

Deno.test("request: only what waits can be decided or cancelled", () => {
  for (const status of REQUEST_STATUSES) {
    const request = status === "pending" ? pendingRequest() : approvedRequest({ status });
    const moves = [
      approveRequest(request, { ...by(CHIEF), ...ANYBODY }),
      denyRequest(request, by(CHIEF)),
      cancelRequest(request, by(ALICE)),
    ];
    for (const move of moves) {
      if (status === "pending") changed(move);
      else assertEquals(refusal(move), "decided", status);
    }
    const end = endRequest(request, by(CHIEF));
    if (status === "approved") changed(end);
    else assertEquals(refusal(end), "decided", status);
  }
  const lapsed = pendingRequest({ pendingUntil: NOON });
  assertEquals(refusal(approveRequest(lapsed, { ...by(), ...ANYBODY })), "over");
  assertEquals(refusal(denyRequest(lapsed, by())), "over");
  assertEquals(refusal(cancelRequest(lapsed, by(ALICE))), "over");
  const over = approvedRequest();
  assertEquals(refusal(endRequest(over, by(CHIEF, requestWindowEnd(over)!))), "over");
});

Deno.test("request: only who filed it cancels it, and that says nothing of decisions", () => {
  const request = { ...pendingRequest(), decisions: [decisionOn(pendingRequest())] };
  assertEquals(refusal(cancelRequest(request, by(LEAD))), "not_requester");
  assertEquals(
    refusal(cancelRequest(request, by({ ...ALICE, arn: "arn:aws:iam::222222222222:user/alice" }))),
    "not_requester",
  );
  const record = changed(cancelRequest(request, by(ALICE)));
  assertEquals([record.status, record.updatedAt], ["cancelled", NOON]);
  assert(record.decisions === request.decisions, "IAM keeps decisions from requesters");
});

Deno.test("request: an end by the requester is a status, one by an approver a decision", () => {
  const own = changed(endRequest(approvedRequest(), by(ALICE)));
  assertEquals([own.status, own.decisions.length], ["ended", 1]);
  const other = changed(endRequest(approvedRequest(), by(CHIEF, NOON, "enough")));
  assertEquals([other.status, other.decisions.at(-1)?.kind], ["ended", "end"]);
  assertEquals(other.decisions.at(-1)?.comment, "enough");
});

Deno.test("request: clocks that differ by minutes do not break the order, by more they refuse", () => {
  const early = changed(
    approveRequest(pendingRequest(), { ...by(LEAD, NOON - 20 * MINUTE), ...ANYBODY }),
  );
  assertEquals(early.approvedAt, pendingRequest().createdAt);
  const first = changed(approveRequest(pendingRequest(), { ...by(LEAD), ...ANYBODY, required: 2 }));
  const second = changed(
    approveRequest(first, { ...by(CHIEF, NOON - MINUTE), ...ANYBODY, required: 2 }),
  );
  assertEquals(second.approvedAt, NOON);
  assertEquals(
    refusal(approveRequest(pendingRequest(), { ...by(LEAD, NOON - HOUR), ...ANYBODY })),
    "invalid",
  );
});

Deno.test("request: nothing that no store takes comes of a transition", () => {
  const bad = ["", "a\nb", "\ud800", "x".repeat(501), "a\0b"];
  for (const comment of bad) {
    assertEquals(refusal(denyRequest(pendingRequest(), by(LEAD, NOON, comment))), "invalid");
  }
  assertEquals(
    changed(denyRequest(pendingRequest(), by(LEAD, NOON, "é".repeat(500)))).status,
    "denied",
  );
  const full = pendingRequest({
    decisions: Array.from({ length: MAX_DECISIONS }, () => decisionOn(pendingRequest())),
  });
  assertEquals(refusal(denyRequest(full, by())), "invalid");
});

Deno.test("request: a status is what it means now", () => {
  const pending = pendingRequest({ pendingUntil: NOON });
  assertEquals(effectiveRequestStatus(pending, NOON - 1), "pending");
  assertEquals(effectiveRequestStatus(pending, NOON), "lapsed");
  const approved = approvedRequest();
  const end = requestWindowEnd(approved)!;
  assertEquals(effectiveRequestStatus(approved, end - 1), "approved");
  assertEquals(effectiveRequestStatus(approved, end), "over");
  for (const status of ["denied", "cancelled", "ended"] as const) {
    assertEquals(effectiveRequestStatus(approvedRequest({ status }), end), status);
  }
});

Deno.test("request: it is filed as it was asked for, and its TTL never changes", () => {
  const request = pendingRequest();
  assertEquals(request.pendingUntil - request.createdAt, 24 * HOUR);
  assertEquals(
    requestTtlSeconds(request),
    Math.floor(request.pendingUntil / 1000) + 3600 + 30 * 86_400,
  );
  assertEquals(requestTtlSeconds(approvedRequest()), requestTtlSeconds(request));
  const filed = { ...request, now: NOON };
  const auto = createApprovedRequest(filed);
  assertEquals([auto.status, auto.approvedAt, auto.decisions], ["approved", NOON, []]);
});

Deno.test("request: what is too long, too short or not text is not filed", () => {
  const filed = { ...pendingRequest(), now: NOON };
  const bad: readonly (readonly [Partial<Parameters<typeof createRequest>[0]>, string])[] = [
    [{ id: "1" }, "id"],
    [{ justification: "too short" }, "10 characters"],
    [{ justification: `         a${" ".repeat(20)}` }, "10 characters"],
    [{ justification: "x".repeat(501) }, "500 characters"],
    [{ justification: "line one\nline two" }, "line break"],
    [{ justification: "half \ud83d of a character" }, "half a character"],
    [{ justification: "nul \0 inside the text" }, "control character"],
    [{ justification: "separated\u2028by a separator" }, "line break"],
    [{ durationSeconds: 899 }, "15m to 8h"],
    [{ durationSeconds: 8 * 3600 + 1 }, "15m to 8h"],
    [{ durationSeconds: 900.5 }, "15m to 8h"],
    [{ durationSeconds: NaN }, "15m to 8h"],
    [{ account: "12" }, "twelve digits"],
    [{ profile: "" }, "profile"],
    [{ role: "" }, "role"],
    [{ requester: { user: "", arn: "arn" } }, "user"],
    [{ requester: { user: "a", arn: "" } }, "ARN"],
    [{ pendingSeconds: 0 }, "waits"],
    [{ pendingSeconds: 8 * 86_400 }, "waits"],
    [{ now: NaN }, "years"],
  ];
  for (const [changes, says] of bad) {
    const error = assertThrows(() => createRequest({ ...filed, ...changes }), SentinelError);
    assertEquals(error.code, "OVERRIDE_RECORD_INVALID");
    assertStringIncludes(error.message, says);
  }
  // Characters are counted, not UTF-16 units.
  createRequest({ ...filed, justification: "🔐".repeat(10) });
  createRequest({ ...filed, justification: "🔐".repeat(500) });
  assertThrows(() => createRequest({ ...filed, justification: "🔐".repeat(501) }), SentinelError);
});

Deno.test("request: a record that contradicts itself is not written", () => {
  const bad: readonly ApprovalRequest[] = [
    pendingRequest({ approvedAt: NOON }),
    approvedRequest({ approvedAt: null }),
    approvedRequest({ status: "open" as never }),
    approvedRequest({ decisions: [decisionOn(pendingRequest(), { kind: "maybe" as never })] }),
    approvedRequest({ decisions: [decisionOn(pendingRequest(), { at: Infinity })] }),
    approvedRequest({ decisions: [decisionOn(pendingRequest(), { by: { user: "", arn: "" } })] }),
    approvedRequest({ decisions: [decisionOn(pendingRequest({ account: "x" }))] }),
  ];
  for (const record of bad) assert(requestProblem(record) !== null, JSON.stringify(record));
  assertEquals(requestProblem(approvedRequest()), null);
});
