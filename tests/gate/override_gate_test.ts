/**
 * What lifts a refusal, and what does not: effects, doors, and every state that a record can be in,
 * whoever wrote it.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { RefusalCode } from "../../src/gate/decision.ts";
import { CREDENTIAL_MODES, RULE_EFFECTS } from "../../src/policy/policy.ts";
import type { Actor } from "../../src/state/actor.ts";
import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import type { CountedEvent } from "../../src/state/break_glass_event.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import {
  accessRequest,
  gateFixture,
  type GateFixtureOptions,
  issuedFor,
  NOON,
} from "../support/gate_fixture.ts";
import {
  ALICE,
  approvedRequest,
  brokenGlass,
  CHIEF,
  decisionOn,
  LEAD,
  OVERRIDE_SECTIONS,
  pendingRequest,
} from "../support/override_records.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

function policyOf(effect: string, sections = OVERRIDE_SECTIONS): string {
  return `version: "1"
rules:
  - { name: one, effect: ${effect}, conditions: { profiles: [prod] } }
${sections}`;
}

async function ask(options: GateFixtureOptions, changes: Parameters<typeof accessRequest>[0] = {}) {
  const fixture = gateFixture(options);
  const decision = await fixture.gate.authorize(accessRequest(changes));
  return {
    ...fixture,
    code: decision.kind === "deny" ? decision.code : null,
    message: decision.kind === "deny" ? decision.message : "",
    suggestion: decision.kind === "deny" ? decision.suggestion : "",
    decision,
  };
}

/** What a request for prod gets without any override; `null` is "issued". */
function unlifted(effect: typeof RULE_EFFECTS[number], mode: string): RefusalCode | null {
  if (effect === "allow") return null;
  if (effect === "deny") return "POLICY_DENIED";
  if (effect === "require_approval") return "APPROVAL_REQUIRED";
  if (mode !== "server") return "SERVER_REQUIRED";
  return effect === "require_server" ? null : "SESSION_REQUIRED";
}

const BOTH = { requests: [approvedRequest()], events: [brokenGlass()] };
const KINDS = {
  "an approval": { requests: BOTH.requests },
  "a break-glass": { events: BOTH.events },
  "both": BOTH,
};

for (const [kind, records] of Object.entries(KINDS)) {
  for (const effect of RULE_EFFECTS) {
    Deno.test(`P3, P4: what ${kind} does to ${effect}, in all modes`, async () => {
      for (const mode of CREDENTIAL_MODES) {
        const { code, calls, records: [record] } = await ask(
          { policy: policyOf(effect), ...records },
          { mode },
        );
        const isLifted = effect === "require_approval";
        assertEquals(code, isLifted ? null : unlifted(effect, mode), mode);
        const looks = calls.filter((call) => call === "requests" || call === "events");
        assertEquals(looks, isLifted ? ["requests" in records ? "requests" : "events"] : []);
        const used = isLifted ? ("requests" in records ? "approved" : "breakglass") : null;
        assertEquals(
          record!.approved_request_id,
          used === "approved" ? "1111111111111111" : undefined,
        );
        assertEquals(
          record!.break_glass_event_id,
          used === "breakglass" ? "2222222222222222" : undefined,
        );
        if (used !== null) assertStringIncludes(record!.source_identity!, `=${used}=`);
      }
    });
  }
}

Deno.test("P4: the implicit deny is lifted by a break-glass that says so, and by nothing else", async () => {
  const other = { profile: "other" };
  const records = {
    requests: [approvedRequest(other)],
    events: [brokenGlass(other)],
  };
  const sections = (lifts: string) =>
    `approvals: [{ name: any, approvers: [lead] }]
break_glass: [{ name: any, users: [alice], lifts: [${lifts}] }]
`;
  for (const lifts of ["require_approval", "no_match", "no_match, require_approval"]) {
    const policy = policyOf("allow", sections(lifts));
    const { code, calls, suggestion } = await ask({ policy, ...records }, other);
    const isLifted = lifts.includes("no_match");
    assertEquals(code, isLifted ? null : "NO_MATCHING_RULE", lifts);
    assertEquals(calls.includes("requests"), false);
    assertEquals(calls.includes("events"), isLifted);
    if (!isLifted) assertStringIncludes(suggestion ?? "", "Ask whoever keeps the policy");
    const only = await ask({
      policy: policyOf("require_approval", sections(lifts)),
      events: BOTH.events,
    });
    assertEquals(only.code, lifts.includes("require_approval") ? null : "APPROVAL_REQUIRED", lifts);
  }
});

Deno.test("no store is asked where the policy foresees nothing that could lift", async () => {
  const sections: readonly (readonly [string, string])[] = [
    ["no sections", ""],
    ["another profile", "approvals: [{ name: a, profiles: [dev], approvers: [lead] }]\n"],
    [
      "another role",
      'approvals: [{ name: a, roles: ["arn:aws:iam::*:role/Dev"], approvers: [lead] }]\n',
    ],
    [
      "another account",
      'approvals: [{ name: a, accounts: ["999999999999"], approvers: [lead] }]\n',
    ],
    ["another user", "break_glass: [{ name: b, users: [bob] }]\n"],
  ];
  for (const [name, text] of sections) {
    const { code, calls } = await ask({ policy: policyOf("require_approval", text), ...BOTH });
    assertEquals([code, calls], ["APPROVAL_REQUIRED", ["policy", "log denied"]], name);
  }
});

/** A stored request, and what is said of it; `null` = it lifts. */
type RequestCase = readonly [ApprovalRequest, string | null];

function by(actor: Actor, changes: Parameters<typeof decisionOn>[1] = {}): ApprovalRequest {
  const request = approvedRequest();
  return { ...request, decisions: [decisionOn(request, { by: actor, ...changes })] };
}

const ROLE_SESSION = { user: "Dev/one", arn: "arn:aws:sts::111111111111:assumed-role/Dev/one" };
const end = (minutes: number) => ({ approvedAt: NOON - minutes * MINUTE });

const REQUEST_CASES: Readonly<Record<string, RequestCase>> = {
  "approved": [approvedRequest(), null],
  "pending": [pendingRequest(), "waits for approval"],
  "lapsed": [pendingRequest({ pendingUntil: NOON }), "has lapsed"],
  "denied": [
    approvedRequest({ status: "denied", approvedAt: null }),
    "was denied",
  ],
  "cancelled": [pendingRequest({ status: "cancelled" }), "was cancelled"],
  "ended": [approvedRequest({ status: "ended" }), "was ended"],
  "over, to the millisecond": [
    { ...by(LEAD, { at: NOON - HOUR }), createdAt: NOON - 2 * HOUR, approvedAt: NOON - HOUR },
    "its window ended at 2026-06-17T12:00:00.000Z",
  ],
  "with 20 minutes to go": [
    {
      ...by(LEAD, { at: NOON - 40 * MINUTE }),
      createdAt: NOON - 2 * HOUR,
      approvedAt: NOON - 40 * MINUTE,
    },
    null,
  ],
  // Written straight into the table:
  "marked as approved, by nobody": [
    approvedRequest({ decisions: [] }),
    "is marked as approved, but no approver decided on it",
  ],
  "marked as approved, without a moment": [approvedRequest({ approvedAt: null }), "no moment"],
  "status put back after a denial": [
    {
      ...approvedRequest(),
      decisions: [
        ...approvedRequest().decisions,
        decisionOn(approvedRequest(), { kind: "deny", by: CHIEF }),
      ],
    },
    'was denied by "chief"',
  ],
  "status put back after an end": [
    {
      ...approvedRequest(),
      decisions: [
        ...approvedRequest().decisions,
        decisionOn(approvedRequest(), { kind: "end", by: CHIEF }),
      ],
    },
    'was ended by "chief"',
  ],
  "another user's": [
    approvedRequest({ requester: { ...ALICE, user: "bob" } }),
    "is somebody else's",
  ],
  "of the same name in another account": [
    approvedRequest({ requester: { ...ALICE, arn: "arn:aws:iam::222222222222:user/alice" } }),
    "was made with other credentials",
  ],
  "for another profile": [approvedRequest({ profile: "prod-b" }), "is for another profile"],
  "for another role": [
    approvedRequest({ role: "arn:aws:iam::123456789012:role/Admin" }),
    "is for another role",
  ],
  "for no role": [approvedRequest({ role: null }), "is for another role"],
  "for another account": [approvedRequest({ account: "999999999999" }), "is for another account"],
  "longer than was approved": [
    approvedRequest({ durationSeconds: 7200 }),
    'was changed after "lead" approved it',
  ],
  "told another reason than was read": [
    approvedRequest({ justification: "the release of tomorrow" }),
    'was changed after "lead" approved it',
  ],
  "approved for another role": [
    by(LEAD, { scope: { ...approvedRequest(), role: "arn:aws:iam::123456789012:role/Dev" } }),
    'was changed after "lead" approved it',
  ],
  "approved for another person": [
    by(LEAD, { scope: { ...approvedRequest(), requester: LEAD } }),
    'was changed after "lead" approved it',
  ],
  "longer than the policy allows": [
    {
      ...approvedRequest(),
      durationSeconds: 9 * 3600,
      decisions: [decisionOn({ ...approvedRequest(), durationSeconds: 9 * 3600 })],
    },
    "is not for 15m to 8h",
  ],
  "shorter than a window can be": [
    {
      ...approvedRequest(),
      durationSeconds: 899,
      decisions: [decisionOn({ ...approvedRequest(), durationSeconds: 899 })],
    },
    "is not for 15m to 8h",
  ],
  "a duration that is no number": [
    approvedRequest({ durationSeconds: NaN }),
    "is not for 15m to 8h",
  ],
  "an approval of somebody who is no approver": [
    by({ user: "mallory", arn: "arn:aws:iam::111111111111:user/mallory" }),
    'was approved by "mallory", who is no approver of it now',
  ],
  "approved by the requester": [by(ALICE), 'was approved by "alice", who is no approver'],
  "a moment of approval that nobody wrote": [
    approvedRequest(end(1)),
    "says another moment than its approvers did",
  ],
  "approved before it was filed": [
    { ...by(LEAD, { at: NOON - HOUR / 2 }), ...end(30) },
    "was approved before it was filed",
  ],
  "approved in the future": [
    { ...by(LEAD, { at: NOON + 16 * MINUTE }), ...end(-16) },
    "was approved in the future",
  ],
  "approved by a clock that is a little fast": [
    { ...by(LEAD, { at: NOON + 14 * MINUTE }), ...end(-14) },
    null,
  ],
};

for (const [name, [record, reason]] of Object.entries(REQUEST_CASES)) {
  Deno.test(`approval: ${name}: ${reason === null ? "lifts" : "does not lift"}`, async () => {
    for (const mode of CREDENTIAL_MODES) {
      const { code, message, calls, records } = await ask(
        { policy: policyOf("require_approval"), requests: [record] },
        { mode },
      );
      assertEquals(code, reason === null ? null : "APPROVAL_REQUIRED");
      if (reason !== null) {
        assertStringIncludes(message, `; request ${record.id} `);
        assertStringIncludes(message, reason);
        assert(!calls.some((call) => call.startsWith("issue")), String(calls));
        assertEquals(records[0]!.approved_request_id, undefined);
      }
    }
  });
}

Deno.test("approval: nobody approves their own request, under whichever session name", async () => {
  const sections = `approvals:
  - name: any
    approvers: ["*", "arn:aws:sts::111111111111:assumed-role/*"]
`;
  const disguises: readonly (readonly [Actor, Actor])[] = [
    [ALICE, ALICE],
    [ALICE, { ...ALICE, user: "Alice" }],
    [ALICE, { user: "alice", arn: "arn:aws:sts::999999999999:federated-user/alice" }],
    [ROLE_SESSION, { user: "Dev/two", arn: "arn:aws:sts::111111111111:assumed-role/Dev/two" }],
    [
      {
        user: "AWSReservedSSO_x/one",
        arn: "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_x/one",
      },
      {
        user: "AWSReservedSSO_x/two",
        arn: "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_x/two",
      },
    ],
    [
      { user: "federated-user/a", arn: "arn:aws:sts::111111111111:federated-user/a" },
      { user: "federated-user/b", arn: "arn:aws:sts::111111111111:federated-user/b" },
    ],
  ];
  for (const [requester, approver] of disguises) {
    const request = approvedRequest({ requester });
    const record = { ...request, decisions: [decisionOn(request, { by: approver })] };
    const { code, message } = await ask(
      { policy: policyOf("require_approval", sections), requests: [record] },
      requester,
    );
    assertEquals(code, "APPROVAL_REQUIRED", approver.arn);
    assertStringIncludes(message, "who may be the person who asked");
  }
  // Somebody else, by the same policy.
  const { code } = await ask({
    policy: policyOf("require_approval", sections),
    requests: [by({ user: "bob", arn: "arn:aws:sts::111111111111:assumed-role/Dev/bob" })],
  });
  assertEquals(code, null);
});

Deno.test("approval: two approvers are two people", async () => {
  const sections = "approvals: [{ name: two, approvers: [lead, chief, LEAD], required: 2 }]\n";
  const request = approvedRequest();
  const of = (...actors: readonly Actor[]) => ({
    ...request,
    decisions: actors.map((actor, index) =>
      decisionOn(request, { by: actor, at: NOON - (5 - index) * MINUTE })
    ),
  });
  const cases: readonly (readonly [readonly Actor[], number, string | null])[] = [
    [[LEAD], 5, "needs 2 approvers"],
    [[LEAD, LEAD], 4, "needs 2 approvers"],
    [[LEAD, { ...LEAD, user: "LEAD" }], 4, "needs 2 approvers"],
    [[LEAD, CHIEF], 4, null],
    [[LEAD, LEAD, CHIEF], 3, null],
    // The moment is that at which the second one approved.
    [[LEAD, CHIEF], 5, "says another moment"],
    [[LEAD, LEAD, CHIEF], 4, "says another moment"],
  ];
  for (const [actors, minutes, reason] of cases) {
    const record = { ...of(...actors), approvedAt: NOON - minutes * MINUTE };
    const { code, message } = await ask({
      policy: policyOf("require_approval", sections),
      requests: [record],
    });
    assertEquals(code, reason === null ? null : "APPROVAL_REQUIRED", String(actors.length));
    if (reason !== null) assertStringIncludes(message, reason);
  }
});

Deno.test("approval: the policy in force now counts, not the one by which it was approved", async () => {
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "the approver is none any more": [
      "approvals: [{ name: a, approvers: [chief] }]\n",
      'was approved by "lead", who is no approver of it now',
    ],
    "more are required": [
      "approvals: [{ name: a, approvers: [lead, chief], required: 2 }]\n",
      "needs 2 approvers",
    ],
    "windows are shorter": [
      "approvals: [{ name: a, approvers: [lead], max_duration: 30m }]\n",
      "is not for 15m to 30m",
    ],
    "another entry comes first": [
      "approvals: [{ name: b, profiles: [prod], approvers: [chief] }, { name: a, approvers: [lead] }]\n",
      "who is no approver of it now",
    ],
  };
  for (const [name, [sections, reason]] of Object.entries(cases)) {
    const { code, message } = await ask({
      policy: policyOf("require_approval", sections),
      requests: [approvedRequest()],
    });
    assertEquals(code, "APPROVAL_REQUIRED", name);
    assertStringIncludes(message, reason);
  }
});

Deno.test("approval: what approves itself does so in its hours, for its users, up to its length", async () => {
  // NOON is a Wednesday, 12:00 UTC.
  const sections = (auto: string) =>
    `approvals: [{ name: a, approvers: [lead], auto_approve: { users: [alice], ${auto} } }]\n`;
  const filed = (changes: Partial<ApprovalRequest> = {}) =>
    approvedRequest({ approvedAt: NOON - 10 * MINUTE, decisions: [], ...changes });
  const day = 'time: { days: [wednesday], hours: { start: "11:50", end: "12:00" } }';
  const cases: readonly (readonly [string, ApprovalRequest, boolean])[] = [
    ["max_duration: 1h", filed(), true],
    ["max_duration: 59m", filed(), false],
    [day, filed(), true],
    [day, filed({ createdAt: NOON - 11 * MINUTE, approvedAt: NOON - 11 * MINUTE }), false],
    ["time: { days: [thursday] }", filed(), false],
    // Before its hours begin, nothing of the future helps.
    [
      'time: { hours: { start: "12:05", end: "13:00" } }',
      filed({ approvedAt: NOON + 6 * MINUTE }),
      false,
    ],
    // An approver's end is the end.
    [
      "max_duration: 1h",
      filed({ decisions: [decisionOn(filed(), { kind: "end" })] }),
      false,
    ],
    ["max_duration: 1h", filed({ decisions: [decisionOn(filed(), { by: ALICE })] }), false],
  ];
  for (const [auto, record, lifts] of cases) {
    const policy = policyOf("require_approval", sections(auto));
    const { code } = await ask({ policy, requests: [record] });
    assertEquals(code, lifts ? null : "APPROVAL_REQUIRED", `${auto} ${record.approvedAt}`);
  }
  const bob = { user: "bob", arn: "arn:aws:iam::111111111111:user/bob" };
  const policy = policyOf("require_approval", sections("max_duration: 1h"));
  assertEquals(
    (await ask({ policy, requests: [filed({ requester: bob })] }, bob)).code,
    "APPROVAL_REQUIRED",
  );
});

/** A stored event, and what is said of it; `null` = it lifts. */
const EVENT_CASES: Readonly<Record<string, readonly [CountedEvent, string | null]>> = {
  "active": [brokenGlass(), null],
  "closed": [
    brokenGlass({ status: "closed", closure: { by: ALICE, at: NOON, reason: "done" } }),
    "was closed",
  ],
  "opened again after it was closed": [
    brokenGlass({ closure: { by: LEAD, at: NOON, reason: "enough" } }),
    "was closed",
  ],
  "over, to the millisecond": [
    brokenGlass({ createdAt: NOON - HOUR }),
    "ended at 2026-06-17T12:00:00.000Z",
  ],
  "another user's": [brokenGlass({ invoker: LEAD }), "is somebody else's"],
  "of the same name elsewhere": [
    brokenGlass({ invoker: { ...ALICE, arn: "arn:aws:iam::222222222222:user/alice" } }),
    "was made with other credentials",
  ],
  "for another profile": [brokenGlass({ profile: "prod-b" }), "is for another profile"],
  "for another role": [brokenGlass({ role: null }), "is for another role"],
  "for another account": [brokenGlass({ account: "999999999999" }), "is for another account"],
  "in the future": [brokenGlass({ createdAt: NOON + 16 * MINUTE }), "was invoked in the future"],
  "by a clock that is a little fast": [brokenGlass({ createdAt: NOON + 14 * MINUTE }), null],
  "longer than can be": [brokenGlass({ durationSeconds: 5 * 3600 }), "is not for 15m to 4h"],
  "endless": [brokenGlass({ durationSeconds: Infinity }), "is not for 15m to 4h"],
  "never counted": [brokenGlass({ earlier: null }), "is not in the history of invocations"],
  "for a reason that is none": [
    brokenGlass({ reasonCode: "boredom" }),
    'has the reason code "boredom", which the policy does not accept now',
  ],
};

for (const [name, [event, reason]] of Object.entries(EVENT_CASES)) {
  Deno.test(`break-glass: ${name}: ${reason === null ? "lifts" : "does not lift"}`, async () => {
    for (const mode of CREDENTIAL_MODES) {
      const { code, message, calls } = await ask(
        { policy: policyOf("require_approval"), events: [event] },
        { mode },
      );
      assertEquals(code, reason === null ? null : "APPROVAL_REQUIRED");
      if (reason !== null) {
        assertStringIncludes(message, `; break-glass ${event.id} ${reason}`);
        assert(!calls.some((call) => call.startsWith("issue")), String(calls));
      }
    }
  });
}

Deno.test("break-glass: the policy in force now counts", async () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["users: [alice]", true],
    ["users: [bob]", false],
    ["users: [alice], roles: ['arn:aws:iam::*:role/Dev']", false],
    ["users: [alice], max_duration: 30m", false],
    ["users: [alice], allowed_reason_codes: [security]", false],
    ["users: [alice], lifts: [no_match]", false],
    ["users: [alice], time: { days: [wednesday] }", true],
    ["users: [alice], time: { days: [sunday] }", false],
    ["users: [alice], time: { hours: { start: '11:50', end: '11:51' } }", true],
    ["users: [alice], time: { hours: { start: '11:51', end: '13:00' } }", false],
    ["users: [alice], limits: { max_per_user: 1, quota_window: 1h }", true],
    ["users: [alice], limits: { max_per_user: 2 }", true],
    ["users: [alice], limits: { max_per_user: 1 }", false],
    ["users: [alice], limits: { max_per_profile: 1 }", false],
    ["users: [alice], limits: { cooldown: 1h }", true],
    ["users: [alice], limits: { cooldown: 3h }", false],
    ["users: [alice], limits: { escalation_threshold: 1 }", true],
  ];
  const { invoker: { user }, profile, account } = brokenGlass();
  const before = { id: "0".repeat(16), user, profile, account, at: NOON - 2 * HOUR };
  for (const [entry, lifts] of cases) {
    const policy = policyOf("require_approval", `break_glass: [{ name: b, ${entry} }]\n`);
    const { code } = await ask({ policy, events: [brokenGlass({ earlier: [before] })] });
    assertEquals(code, lifts ? null : "APPROVAL_REQUIRED", entry);
  }
  // Before the hours begin, nothing of the future helps.
  const later = "users: [alice], time: { hours: { start: '12:05', end: '13:00' } }";
  const policy = policyOf("require_approval", `break_glass: [{ name: b, ${later} }]\n`);
  const { code } = await ask({ policy, events: [brokenGlass({ createdAt: NOON + 6 * MINUTE })] });
  assertEquals(code, "APPROVAL_REQUIRED");
});

Deno.test("of several records one that lifts is enough, wherever it stands", async () => {
  const policy = policyOf("require_approval");
  const dead = Object.values(REQUEST_CASES).filter(([, reason]) => reason !== null)
    .map(([record]) => record);
  const { code, records } = await ask({ policy, requests: [...dead, approvedRequest(), ...dead] });
  assertEquals([code, records[0]!.approved_request_id], [null, "1111111111111111"]);
  // Of those that do not, what can still come of one is told.
  const { message, suggestion, decision } = await ask({
    policy,
    requests: [...dead.slice(2), pendingRequest({ id: "3333333333333333" }), ...dead],
  });
  assertStringIncludes(message, "; request 3333333333333333 waits for approval");
  assertStringIncludes(suggestion ?? "", "sentinel check 3333333333333333");
  assertEquals(decision.kind === "deny" && decision.lifted?.pendingRequestId, "3333333333333333");
});

Deno.test("a table of requests that fails does not keep anybody from breaking the glass", async () => {
  const policy = policyOf("require_approval");
  const fails = () => Promise.reject(new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "away"));
  const { code } = await ask({ policy, requests: fails, events: [brokenGlass()] });
  assertEquals(code, null);
  for (
    const records of [
      { requests: fails },
      { requests: fails, events: [] },
      { events: fails },
      { requests: [pendingRequest()], events: fails },
    ]
  ) {
    const { gate, calls } = gateFixture({ policy, ...records });
    const error = await assertRejects(() => gate.authorize(accessRequest()), SentinelError);
    assertEquals([error.code, calls.at(-1)], ["OVERRIDE_STORE_UNAVAILABLE", "log failed"]);
    assert(!calls.some((call) => call.startsWith("issue")), String(calls));
  }
});

Deno.test("credentials end with the override; below STS's minimum it is refused, or the policy says", async () => {
  const approvedFor = (leftMs: number) => {
    const at = NOON + leftMs - HOUR;
    return { ...by(LEAD, { at }), createdAt: at, approvedAt: at };
  };
  const longest = { durationSeconds: 43_200 };
  for (const mode of CREDENTIAL_MODES) {
    const policy = policyOf("require_approval");
    const cases: readonly (readonly [number, string | null])[] = [
      [1_800_000, "issue 1800"],
      [1_800_999, "issue 1800"],
      [900_000, "issue 900"],
      [899_999, null],
      [1, null],
    ];
    for (const [leftMs, issue] of cases) {
      const { code, calls, records } = await ask(
        { policy, requests: [approvedFor(leftMs)] },
        { mode, ...longest },
      );
      assertEquals(code, issue === null ? "OVERRIDE_TOO_SHORT" : null, `${leftMs}`);
      if (issue !== null) assert(calls.includes(issue), String(calls));
      assertEquals(records[0]!.approved_request_id, "1111111111111111");
    }
    const minimum = "approvals: [{ name: a, approvers: [lead], allow_minimum: true }]\n";
    const { code, calls } = await ask(
      { policy: policyOf("require_approval", minimum), requests: [approvedFor(1000)] },
      { mode, ...longest },
    );
    assertEquals([code, calls.includes("issue 900")], [null, true]);
  }
});

/** A request of alice that is approved, and a broken glass: each with so long left at NOON. */
function approvalFor(leftMs: number, id = "1111111111111111") {
  const at = NOON + leftMs - HOUR;
  return { ...by(LEAD, { at }), createdAt: at, approvedAt: at, id };
}
function glassFor(leftMs: number) {
  return brokenGlass({ createdAt: NOON + leftMs - HOUR });
}

Deno.test("an override that is nearly over stands in the way of none that lasts", async () => {
  const policy = policyOf("require_approval");
  const brief = approvalFor(600_000);
  const lasting = approvalFor(1_800_000, "3333333333333333");
  for (const mode of CREDENTIAL_MODES) {
    const broken = await ask({ policy, requests: [brief], events: [glassFor(1_200_000)] }, {
      mode,
    });
    assertEquals([broken.code, broken.records[0]!.break_glass_event_id], [null, brokenGlass().id]);
    const approved = await ask({ policy, requests: [brief, lasting] }, { mode });
    assertEquals([approved.code, approved.records[0]!.approved_request_id], [null, lasting.id]);
    const neither = await ask({ policy, requests: [brief], events: [glassFor(700_000)] }, { mode });
    assertEquals(neither.code, "OVERRIDE_TOO_SHORT");
    // Where it does by itself, no other table is asked.
    const { calls } = await ask({ policy, requests: [lasting], events: [] }, { mode });
    assert(!calls.includes("events"), String(calls));
  }
  // What lasts long enough for credentials may yet be too short for what is to be done with them.
  const wish = { mode: "cli", durationSeconds: 3600, minTtlSeconds: 2400 } as const;
  const events = [glassFor(2_700_000)];
  const { code } = await ask({ policy, requests: [lasting], events }, wish);
  assertEquals(code, null);
});

Deno.test("of overrides that are nearly over the one whose credentials are still held is of use", async () => {
  const requests = [approvalFor(600_000)];
  const events = [glassFor(700_000)];
  for (const held of ["approved", "breakglass"]) {
    const { code, records } = await ask({
      policy: policyOf("require_approval"),
      requests,
      events,
      issue: (request) => {
        const seconds = (request.within!.notAfter - NOON) / 1000;
        return request.sourceIdentity.includes(held)
          ? issuedFor({ ...request, durationSeconds: seconds })
          : null;
      },
    });
    const { approved_request_id: request, break_glass_event_id: event } = records[0]!;
    assertEquals([code, request !== undefined, event !== undefined], [
      null,
      held === "approved",
      held === "breakglass",
    ]);
  }
});

Deno.test("a table that fails costs nothing where the other kind still lifts, however briefly", async () => {
  const fails = () => Promise.reject(new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "away"));
  const records = [
    { requests: [approvalFor(600_000)], events: fails },
    { requests: fails, events: [glassFor(600_000)] },
  ];
  for (const stored of records) {
    const { code } = await ask({ policy: policyOf("require_approval"), ...stored });
    assertEquals(code, "OVERRIDE_TOO_SHORT");
  }
});

Deno.test("P6: no override gives a session that was revoked its credentials back", async () => {
  const states = [
    [{ kind: "revoked", detail: "it was revoked" }, "SESSION_REVOKED"],
    [{ kind: "expired" }, "SESSION_EXPIRED"],
  ] as const;
  for (const [state, refusal] of states) {
    for (const records of Object.values(KINDS)) {
      const policy = policyOf("require_approval");
      const { code, calls } = await ask(
        { policy, ...records, session: () => state },
        { sessionTable: "sessions" },
      );
      assertEquals(code, refusal);
      assert(!calls.some((call) => /^(issue|touch)/.test(call)), String(calls));
    }
  }
});

Deno.test("admit refuses a server whose override is too short for any credentials", async () => {
  const at = NOON + 899_000 - HOUR;
  const requests = [{ ...by(LEAD, { at }), createdAt: at, approvedAt: at }];
  for (const mint of [true, false]) {
    const { gate } = gateFixture({ policy: policyOf("require_approval"), requests });
    const admission = await gate.admit(accessRequest(), { mint });
    assertEquals(admission.kind === "deny" && admission.code, "OVERRIDE_TOO_SHORT");
  }
});

Deno.test("credentials that outlive the override never leave the gate", async () => {
  const policy = policyOf("require_approval");
  const issued = (expiresAt: number, durationSeconds: number) => () => ({
    accessKeyId: "ASIA",
    secretAccessKey: "canary-secret",
    sessionToken: "canary-token",
    accountId: null,
    roleArn: null,
    sourceIdentity: null,
    expiresAt,
    durationSeconds,
  });
  // The window ends at 12:55: 55 minutes from now.
  const cases: readonly (readonly [number, number, boolean])[] = [
    [NOON + HOUR, 3600, true], // held for a while, by a clock that differs from AWS's
    [NOON + 3300_000, 3300, true],
    [NOON + 3300_000 + 16 * MINUTE, 3600, false],
    [NOON + 10 * HOUR, 36_000, false],
    [NOON, 7201, false], // longer than was asked for
  ];
  for (const [expiresAt, seconds, passes] of cases) {
    const { gate } = gateFixture({
      policy,
      requests: [approvedRequest()],
      issue: issued(expiresAt, seconds),
    });
    const asked = gate.authorize(accessRequest({ durationSeconds: 7200 }));
    if (passes) assertEquals((await asked).kind, "allow");
    else assertEquals((await assertRejects(() => asked, SentinelError)).code, "INTERNAL");
  }
  const endless = gateFixture({
    policy,
    requests: [approvedRequest()],
    issue: () => ({ ...issued(0, 0)(), expiresAt: null, durationSeconds: null }),
  });
  const error = await assertRejects(
    () => endless.gate.authorize(accessRequest({ mode: "cli" })),
    SentinelError,
  );
  assertEquals(error.code, "CREDENTIALS_UNSUITABLE");
});

Deno.test("a refusal says how to ask, which table is missing, and who can lift it", async () => {
  const approvable = "approvals: [{ name: a, approvers: [lead] }]\n";
  const breakable =
    "break_glass: [{ name: b, users: [alice], allowed_reason_codes: [security] }]\n";
  const cases: readonly (readonly [GateFixtureOptions, string])[] = [
    [
      { policy: policyOf("require_approval", ""), requests: [] },
      "Nobody can approve it: ask whoever keeps the policy for an entry under approvals.",
    ],
    [
      { policy: policyOf("require_approval", approvable), requests: [] },
      "Ask: sentinel request --profile prod --request-table requests --justification '...'; " +
      "or ask and wait: sentinel exec --wait --request-table requests --profile prod -- COMMAND",
    ],
    [
      { policy: policyOf("require_approval", approvable) },
      "Ask: sentinel request --profile prod --justification '...'; then name its table here: --request-table TABLE",
    ],
    [
      { policy: policyOf("require_approval", breakable), events: [] },
      "In an emergency: sentinel breakglass --profile prod --breakglass-table events " +
      "--reason-code security --justification '...'",
    ],
    [
      { policy: policyOf("require_approval", breakable) },
      "In an emergency: sentinel breakglass --profile prod --reason-code security --justification '...'; " +
      "then name its table here: --breakglass-table TABLE",
    ],
  ];
  for (const [options, suggestion] of cases) {
    assertEquals((await ask(options)).suggestion, suggestion);
  }
});

Deno.test("what is told of a record cannot move the cursor, whatever stands in it", async () => {
  const hostile = { user: "lead\x1b[2J\n\u202e", arn: "arn:\x07" };
  const { message } = await ask({
    policy: policyOf("require_approval"),
    requests: [by(hostile)],
  });
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f\u202e]/.test(message), message);
});
