/**
 * Waiting for approvers: it ends when it must, and asks the table no more than it has to.
 *
 * @module
 */
import { waitForDecision, type WaitOutcome, type WaitState } from "../../src/cli/approval_wait.ts";
import { SentinelError } from "../../src/errors.ts";
import { type ApprovalRequest, createRequest } from "../../src/state/approval_request.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

function filedAt(now: number): ApprovalRequest {
  return createRequest({
    id: "0123456789abcdef",
    requester: { user: "alice", arn: "arn:aws:iam::123456789012:user/alice" },
    profile: "prod",
    role: null,
    account: "123456789012",
    durationSeconds: 3600,
    justification: "fix the importer",
    now,
  });
}

/** Waits on manual time for a record that the test may change, or make fail. */
function start(options: { readonly timeoutSeconds?: number; readonly watched?: boolean } = {}) {
  const { timeoutSeconds = 600, watched = false } = options;
  const clock = new ManualClock();
  const request = filedAt(clock.now());
  const polls: number[] = [];
  const states: WaitState[] = [];
  const interruption = new AbortController();
  let answer = (): ApprovalRequest | null => request;
  let outcome: WaitOutcome | null = null;
  const store = {
    get(): Promise<ApprovalRequest | null> {
      polls.push(clock.monotonic());
      return Promise.try(answer);
    },
  };
  void waitForDecision(store, request, {
    timeoutSeconds,
    clock,
    interrupted: interruption.signal,
    random: () => 0.5,
    ...(watched && { onState: (state: WaitState) => void states.push(state) }),
  }).then((ended) => outcome = ended);
  return {
    clock,
    request,
    polls,
    states,
    interrupt: () => interruption.abort(),
    answer: (next: () => ApprovalRequest | null) => void (answer = next),
    outcome: (): WaitOutcome | null => outcome,
  };
}

Deno.test("the table is asked once a poll, from 2 s to 15 s apart, until the time is over", async () => {
  const waiting = start({ timeoutSeconds: 120 });
  await waiting.clock.advance(120_000);
  assertEquals(waiting.outcome()?.kind, "timed_out");
  const gaps = waiting.polls.map((at, index) => at - (waiting.polls[index - 1] ?? 0));
  assertEquals(gaps.slice(0, 7), [2000, 3000, 4500, 6750, 10_125, 15_000, 15_000]);
  assertEquals(waiting.polls.at(-1), 120_000, "the last look is at the end");
  assert(waiting.polls.length <= 12);
  assertEquals(waiting.clock.timers, 0);
});

Deno.test("any decision ends the waiting at the next poll", async (t) => {
  for (
    const [name, change] of [
      ["approved", { status: "approved", approvedAt: 0 }],
      ["denied", { status: "denied" }],
      ["cancelled", { status: "cancelled" }],
      ["ended", { status: "ended", approvedAt: 0 }],
    ] as const
  ) {
    await t.step(name, async () => {
      const waiting = start();
      await waiting.clock.advance(2000);
      waiting.answer(() => ({ ...waiting.request, ...change }));
      await waiting.clock.advance(3000);
      const outcome = waiting.outcome();
      assert(outcome?.kind === "decided");
      assertEquals(outcome.request.status, name);
      assertEquals(waiting.clock.timers, 0);
    });
  }
});

Deno.test("a request that lapses while somebody waits ends the waiting", async () => {
  const waiting = start({ timeoutSeconds: 86_400 });
  waiting.answer(() => ({ ...waiting.request, pendingUntil: waiting.request.createdAt + 5000 }));
  await waiting.clock.advance(6000);
  assertEquals(waiting.outcome()?.kind, "decided");
});

Deno.test("a table that does not answer is asked again; at the end it is why nobody knows", async () => {
  const away = () => {
    throw new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "Cannot read request: away");
  };
  const passing = start({ watched: true });
  passing.answer(away);
  await passing.clock.advance(3000);
  assertEquals(passing.states.at(-1)?.trouble?.code, "OVERRIDE_STORE_UNAVAILABLE");
  passing.answer(() => ({ ...passing.request, status: "approved", approvedAt: 0 }));
  await passing.clock.advance(3000);
  assertEquals(passing.outcome()?.kind, "decided");

  const lasting = start({ timeoutSeconds: 30 });
  lasting.answer(away);
  await lasting.clock.advance(30_000);
  const outcome = lasting.outcome();
  assert(outcome?.kind === "failed");
  assertEquals(outcome.error.code, "OVERRIDE_STORE_UNAVAILABLE");
});

Deno.test("a record that is gone, or cannot be understood, ends the waiting", async () => {
  const gone = start();
  gone.answer(() => null);
  const broken = start();
  broken.answer(() => {
    throw new SentinelError("OVERRIDE_RECORD_INVALID", "Cannot understand request");
  });
  for (
    const [waiting, code] of [
      [gone, "OVERRIDE_NOT_FOUND"],
      [broken, "OVERRIDE_RECORD_INVALID"],
    ] as const
  ) {
    await waiting.clock.advance(2000);
    const outcome = waiting.outcome();
    assert(outcome?.kind === "failed");
    assertEquals([outcome.error.code, waiting.polls.length], [code, 1]);
  }
});

Deno.test("an interruption ends the waiting at once, in a pause and in a poll", async () => {
  const pausing = start();
  await pausing.clock.advance(500);
  pausing.interrupt();
  await settle();
  assertEquals([pausing.outcome()?.kind, pausing.polls.length], ["interrupted", 0]);
  assertEquals(pausing.clock.timers, 0);
  const polling = start();
  polling.answer(() => {
    polling.interrupt();
    throw new SentinelError("OVERRIDE_STORE_UNAVAILABLE", "Cannot read request: aborted");
  });
  await polling.clock.advance(2000);
  assertEquals(polling.outcome()?.kind, "interrupted");
});

Deno.test("whoever watches hears the time that is left every second, and nobody else is woken", async () => {
  const watched = start({ timeoutSeconds: 10, watched: true });
  await watched.clock.advance(10_000);
  const told = watched.states.map(({ remainingSeconds }) => remainingSeconds);
  assertEquals([...new Set(told)], [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});
