import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import {
  closeEvent,
  countedEvent,
  createEvent,
  effectiveEventStatus,
  eventProblem,
  eventTtlSeconds,
  eventWindowEnd,
  type Invocation,
  invocationOf,
} from "../../src/state/break_glass_event.ts";
import {
  countInWindow,
  type InvocationLimits,
  isEscalated,
  judgeInvocation,
} from "../../src/state/invocation_limits.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { NOON } from "../support/gate_fixture.ts";
import { ALICE, brokenGlass, LEAD } from "../support/override_records.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20261121 });

const MINUTE = 60_000;
const HOUR = 3_600_000;

Deno.test("event: closed once, by anybody, for good", () => {
  const closing = { by: LEAD, now: NOON, reason: "the incident is over" };
  const closed = closeEvent(brokenGlass(), closing);
  assert(closed.kind === "changed");
  assertEquals([closed.record.status, closed.record.updatedAt], ["closed", NOON]);
  assertEquals(closed.record.closure, { by: LEAD, at: NOON, reason: "the incident is over" });
  const again = closeEvent(closed.record, closing);
  assertEquals(again.kind === "refused" && again.code, "decided");
  const over = closeEvent(brokenGlass(), { ...closing, now: eventWindowEnd(brokenGlass()) });
  assertEquals(over.kind === "refused" && over.code, "over");
  for (const reason of ["", "a\nb", "x".repeat(501)]) {
    const bad = closeEvent(brokenGlass(), { ...closing, reason });
    assertEquals(bad.kind === "refused" && bad.code, "invalid");
  }
});

Deno.test("event: a status is what it means now, and the TTL follows from what never changes", () => {
  const event = brokenGlass();
  const end = eventWindowEnd(event);
  assertEquals(effectiveEventStatus(event, end - 1), "active");
  assertEquals(effectiveEventStatus(event, end), "over");
  assertEquals(effectiveEventStatus({ ...event, status: "closed" }, end), "closed");
  assertEquals(eventTtlSeconds(event), Math.floor(end / 1000) + 30 * 86_400);
});

Deno.test("event: what is too long, too short or not text breaks no glass", () => {
  const invoked = { ...brokenGlass(), now: NOON };
  const bad: readonly (readonly [Partial<Parameters<typeof createEvent>[0]>, string])[] = [
    [{ id: "" }, "id"],
    [{ justification: "nineteen characters" }, "20 characters"],
    [{ justification: "x".repeat(1001) }, "1000 characters"],
    [{ justification: "the database is down\x1b[2J" }, "control character"],
    [{ durationSeconds: 4 * 3600 + 1 }, "15m to 4h"],
    [{ durationSeconds: 60 }, "15m to 4h"],
    [{ reasonCode: "" }, "reason code"],
    [{ account: "1" }, "account"],
    [{ now: Infinity }, "years"],
  ];
  for (const [changes, says] of bad) {
    const error = assertThrows(() => createEvent({ ...invoked, ...changes }), SentinelError);
    assertEquals(error.code, "OVERRIDE_RECORD_INVALID");
    assertStringIncludes(error.message, says);
  }
  assertEquals(eventProblem(brokenGlass()), null);
  const closure = { by: ALICE, at: NOON, reason: "done" };
  assert(eventProblem(brokenGlass({ closure })) !== null);
  assert(eventProblem(brokenGlass({ status: "closed" })) !== null);
  assertEquals(eventProblem(brokenGlass({ status: "closed", closure })), null);
});

const NO_LIMITS: InvocationLimits = {
  cooldownSeconds: null,
  maxPerUser: null,
  maxPerProfile: null,
  quotaWindowSeconds: 24 * 3600,
  escalationThreshold: null,
};

let number = 0;
function invocation(minutesAgo: number, changes: Partial<Invocation> = {}): Invocation {
  const at = NOON - minutesAgo * MINUTE;
  return { ...invocationOf(brokenGlass()), id: `${++number}`.padStart(16, "0"), at, ...changes };
}

Deno.test("limits: without any, nothing refuses and nobody is told", () => {
  const earlier = Array.from({ length: 100 }, () => invocation(0));
  assertEquals(judgeInvocation(NO_LIMITS, earlier, invocation(0)), null);
  assertEquals(isEscalated(NO_LIMITS, earlier, invocation(0)), false);
});

Deno.test("limits: the cooldown is of one user for one profile and account", () => {
  const limits = { ...NO_LIMITS, cooldownSeconds: 1800 };
  const judge = (...earlier: Invocation[]) => judgeInvocation(limits, earlier, invocation(0));
  assertEquals(judge(invocation(29)), {
    limit: "cooldown",
    allowed: 1800,
    freesAt: NOON + MINUTE,
  });
  assertEquals(judge(invocation(30)), null);
  assertEquals(judge(invocation(1, { user: "bob" })), null);
  assertEquals(judge(invocation(1, { profile: "dev" })), null);
  assertEquals(judge(invocation(1, { account: "999999999999" })), null);
  // The last one counts, in whatever order they come; one of a fast clock too.
  assertEquals(judge(invocation(10), invocation(60))?.freesAt, NOON + 20 * MINUTE);
  assertEquals(judge(invocation(-5))?.freesAt, NOON + 35 * MINUTE);
});

Deno.test("limits: quotas count over the whole window, per user over all profiles, per profile over all users", () => {
  const perUser = { ...NO_LIMITS, maxPerUser: 2 };
  const day = 24 * 60;
  const two = [invocation(60, { profile: "dev" }), invocation(120)];
  assertEquals(judgeInvocation(perUser, two, invocation(0)), {
    limit: "max_per_user",
    allowed: 2,
    freesAt: NOON - 2 * HOUR + 24 * HOUR,
  });
  assertEquals(judgeInvocation(perUser, [two[0]!, invocation(day)], invocation(0)), null);
  assertEquals(judgeInvocation(perUser, two, invocation(0, { user: "bob" })), null);
  const perProfile = { ...NO_LIMITS, maxPerProfile: 2 };
  const others = [invocation(60, { user: "bob" }), invocation(120, { user: "carol" })];
  assertEquals(judgeInvocation(perProfile, others, invocation(0))?.limit, "max_per_profile");
  assertEquals(judgeInvocation(perProfile, others, invocation(0, { profile: "dev" })), null);
  assertEquals(
    judgeInvocation(perProfile, others, invocation(0, { account: "999999999999" })),
    null,
  );
});

Deno.test("limits: of several that are reached the one that frees last is told", () => {
  const limits = { ...NO_LIMITS, cooldownSeconds: 3600, maxPerUser: 1, maxPerProfile: 1 };
  assertEquals(judgeInvocation(limits, [invocation(1)], invocation(0))?.limit, "max_per_user");
  const short = { ...limits, quotaWindowSeconds: 3600, cooldownSeconds: 7200 };
  assertEquals(judgeInvocation(short, [invocation(1)], invocation(0))?.limit, "cooldown");
});

Deno.test("limits: the same invocation does not stand in its own way", () => {
  const limits = { ...NO_LIMITS, cooldownSeconds: 3600, maxPerUser: 1 };
  const one = invocation(0);
  assertEquals(judgeInvocation(limits, [one], one), null);
  assertEquals(countInWindow(limits, [one], one), 1);
});

Deno.test("limits: escalation begins with the invocation that reaches the threshold", () => {
  const limits = { ...NO_LIMITS, escalationThreshold: 3 };
  const one = invocation(10, { user: "bob" });
  assertEquals(isEscalated(limits, [one], invocation(0)), false);
  assertEquals(isEscalated(limits, [one, invocation(5)], invocation(0)), true);
  assertEquals(isEscalated(limits, [one, invocation(25 * 60)], invocation(0)), false);
});

Deno.test("limits: what is refused is allowed when it says so, and not a millisecond before", () => {
  const histories = fc.array(
    fc.record({
      minutesAgo: fc.integer({ min: 0, max: 3 * 24 * 60 }),
      user: fc.constantFrom("alice", "bob"),
      profile: fc.constantFrom("prod", "dev"),
    }),
    { maxLength: 12 },
  );
  const limits = fc.record({
    cooldownSeconds: fc.constantFrom(null, 60, 1800, 86_400),
    maxPerUser: fc.constantFrom(null, 1, 2, 5),
    maxPerProfile: fc.constantFrom(null, 1, 2, 5),
    quotaWindowSeconds: fc.constantFrom(3600, 86_400),
    escalationThreshold: fc.constant(null),
  });
  fc.assert(
    fc.property(histories, limits, (history, limits) => {
      const earlier = history.map(({ minutesAgo, ...rest }) => invocation(minutesAgo, rest));
      const now = invocation(0);
      const refused = judgeInvocation(limits, earlier, now);
      if (refused === null) return;
      assert(refused.freesAt > NOON);
      assertEquals(judgeInvocation(limits, earlier, { ...now, at: refused.freesAt }), null);
      assert(judgeInvocation(limits, earlier, { ...now, at: refused.freesAt - 1 }) !== null);
    }),
    { numRuns: 500 },
  );
});

const anyInvocation = fc.record({
  user: fc.constantFrom("alice", "bob"),
  profile: fc.constantFrom("prod", "vault"),
  minutes: fc.integer({ min: 0, max: 240 }),
});

/** Invocations of these, in the order of their ids. */
function invocationsOf(
  drawn: readonly { readonly user: string; readonly profile: string; readonly minutes: number }[],
): readonly Invocation[] {
  return drawn.map(({ user, profile, minutes }, index) => ({
    id: index.toString(16).padStart(16, "0"),
    user,
    profile,
    account: "123456789012",
    at: NOON + minutes * MINUTE,
  }));
}

const anyLimits = fc.record({
  cooldownSeconds: fc.option(fc.constantFrom(900, 3600)),
  maxPerUser: fc.option(fc.integer({ min: 1, max: 4 })),
  maxPerProfile: fc.option(fc.integer({ min: 1, max: 4 })),
  quotaWindowSeconds: fc.constantFrom(3600, 7200),
  escalationThreshold: fc.constant(null),
});

/** What `limits` say of an invocation of `history`, when its event is used. */
function judgeUse(limits: InvocationLimits, history: readonly Invocation[], one: Invocation) {
  const { id, user, profile, account, at } = one;
  const invoker = { user, arn: `arn:aws:iam::111111111111:user/${user}` };
  const event = countedEvent(
    brokenGlass({ id, invoker, profile, account, createdAt: at }),
    history,
  );
  return event.earlier === null ? "uncounted" : judgeInvocation(limits, event.earlier, one);
}

Deno.test("limits: what was counted within them is within them when it is used, whatever the clocks", () => {
  fc.assert(fc.property(anyLimits, fc.array(anyInvocation), (limits, drawn) => {
    const history: Invocation[] = [];
    for (const one of invocationsOf(drawn)) {
      if (judgeInvocation(limits, history, one) === null) history.push(one);
    }
    for (const one of history) assertEquals(judgeUse(limits, history, one), null);
  }));
});

Deno.test("limits: whatever is written into the history, no more than the limit are of use", () => {
  let cut = 0;
  fc.assert(fc.property(anyLimits, fc.array(anyInvocation), (limits, drawn) => {
    const history = invocationsOf(drawn);
    const { maxPerUser, quotaWindowSeconds } = limits;
    const own = history.filter(({ user }) => user === "alice");
    const used = own.filter((one) => judgeUse(limits, history, one) === null);
    for (const { at } of used) {
      const within = used.filter((one) => one.at <= at && one.at > at - quotaWindowSeconds * 1000);
      assert(maxPerUser === null || within.length <= maxPerUser);
    }
    if (used.length < own.length) cut++;
  }));
  assert(cut > 20, `limits refused in ${cut} runs: the test would prove little`);
});

Deno.test("limits: an event whose own invocation is not in the history as it is was not counted", () => {
  const event = brokenGlass();
  const own = invocationOf(event);
  assertEquals(countedEvent(event, [own]).earlier, []);
  const others: readonly (readonly Invocation[])[] = [
    [],
    [{ ...own, id: "f".repeat(16) }],
    [{ ...own, user: "bob" }],
    [{ ...own, profile: "vault" }],
    [{ ...own, account: "999999999999" }],
    [{ ...own, at: own.at - 1 }],
  ];
  for (const history of others) assertEquals(countedEvent(event, history).earlier, null);
});
