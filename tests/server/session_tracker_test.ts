import { DURATION_MS, trackerFixture } from "../support/tracker_fixture.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { settle } from "../support/manual_clock.ts";

Deno.test("tracker: nothing is opened or written before the gate asks", async () => {
  const { tracker, clock, store, close } = trackerFixture();
  tracker.touch("a");
  await clock.advance(600_000);
  assertEquals(store().calls, []);
  await close();
  assertEquals(store().calls, []);
});

for (const required of [true, false]) {
  const kind = required ? "a required" : "an optional";

  Deno.test(`tracker: ${kind} session is created with the right fields`, async () => {
    const { tracker, clock, store, checkNow, close } = trackerFixture();
    const startedAt = clock.now();
    await clock.advance(1234);
    assertEquals(await checkNow({ required }), required ? "active" : "unknown");
    const now = clock.now();
    assertEquals(store().record, {
      id: "00112233445566ff",
      user: "alice",
      profile: "prod",
      serverInstanceId: "ffeeddccbbaa0099",
      status: "active",
      startedAt,
      lastAccessAt: startedAt,
      expiresAt: now + DURATION_MS,
      createdAt: now,
      updatedAt: now,
      requestCount: 0,
      sourceIdentity: "sentinel=alice=direct=00112233445566ff",
      revokedBy: null,
      revokedReason: null,
    });
    assertEquals(tracker.sessionId, store().record!.id);
    await close();
    assertEquals(store().count("create"), 1);
  });

  Deno.test(`tracker: the answers of ${kind} session are counted, and nothing else`, async () => {
    const { tracker, clock, store, check, checkNow, close } = trackerFixture();
    await checkNow({ required });
    let answers = 0;
    for (let request = 0; request < 200; request++) {
      const checked = check({ required });
      await clock.advance(137);
      assert(checked.outcome !== "pending");
      // Every third request is refused for some other reason, or fails.
      if (request % 3 === 0) continue;
      tracker.touch("a");
      answers++;
    }
    await clock.advance(10_000);
    assertEquals(store().record!.requestCount, answers);
    assertEquals(store().mostWrites, 1);
    await close();
    assertEquals(store().record!.requestCount, answers);
  });
}

Deno.test("tracker: a record without a source identity is created too", async () => {
  const { store, checkNow, close } = trackerFixture({ sourceIdentity: null });
  assertEquals(await checkNow(), "active");
  assertEquals(store().record!.sourceIdentity, null);
  await close();
});

Deno.test("tracker: the first answer shows within a second, a busy server writes every 10 s", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  await clock.advance(60_000);
  const firstAt = clock.monotonic();
  const firstWall = clock.now();
  tracker.touch("a");
  await clock.advance(1000);
  assertEquals(store().record!.requestCount, 1);
  assertEquals(store().record!.lastAccessAt, firstWall);
  for (let i = 0; i < 600; i++) {
    tracker.touch("a");
    await clock.advance(100);
  }
  const moments = store().calls.filter(({ action }) => action === "touch").map(({ at }) => at);
  for (const [index, at] of moments.entries()) {
    if (index > 0) assert(at - moments[index - 1]! >= 10_000, `${moments}`);
  }
  assert(moments.filter((at) => at > firstAt && at <= firstAt + 60_000).length <= 6, `${moments}`);
  assert(clock.now() - store().record!.updatedAt <= 10_000);
  await close();
  assertEquals(store().record!.requestCount, 601);
});

Deno.test("tracker: a touch carries the last access, the count and a later expiry", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  tracker.touch("a");
  await clock.advance(50);
  tracker.touch("a");
  const lastAccessAt = clock.now();
  await clock.advance(500);
  assertEquals(store().touches, [{
    now: lastAccessAt + 150,
    lastAccessAt,
    requests: 2,
    expiresAt: lastAccessAt + 150 + DURATION_MS,
  }]);
  await close();
});

for (const [durationSeconds, everyMs] of [[900, 300_000], [43_200, 300_000], [300, 100_000]]) {
  Deno.test(`tracker: an idle server of ${durationSeconds} s shows every ${everyMs} ms that it lives`, async () => {
    const { clock, store, checkNow, close } = trackerFixture({ durationSeconds: durationSeconds! });
    await checkNow();
    const start = clock.now();
    for (let beat = 1; beat <= 20; beat++) {
      await clock.advance(everyMs!);
      const now = start + beat * everyMs!;
      assertEquals(store().touches.length, beat);
      assertEquals(store().touches.at(-1), {
        now,
        lastAccessAt: null,
        requests: 0,
        expiresAt: now + durationSeconds! * 1000,
      });
    }
    assertEquals(store().record!.lastAccessAt, start, "nobody had access");
    assertEquals(await checkNow(), "active");
    await close();
  });
}

Deno.test("tracker: a write for answers is a sign of life, so no other follows it", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  // An answer just before the heartbeat is due: one write, not two.
  await clock.advance(299_900);
  tracker.touch("a");
  await clock.advance(1000);
  assertEquals(store().touches.map(({ requests }) => requests), [1]);
  await clock.advance(298_000);
  assertEquals(store().touches.length, 1);
  await clock.advance(2000);
  assertEquals(store().touches.map(({ requests }) => requests), [1, 0]);
  await close();
});

Deno.test("tracker: one write is under way at a time, however slow the store is", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  store().behave = (action) =>
    action === "touch" ? { kind: "answer", afterMs: 4000, effectMs: 3000 } : { kind: "answer" };
  for (let i = 0; i < 300; i++) {
    tracker.touch("a");
    await clock.advance(100);
  }
  await clock.advance(20_000);
  assertEquals(store().record!.requestCount, 300);
  store().behave = () => ({ kind: "answer" });
  await close();
  assertEquals(store().mostWrites, 1);
});

Deno.test("tracker: answers that could not be written are written later", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  store().behave = (action) => action === "touch" ? { kind: "fail" } : { kind: "answer" };
  for (let i = 0; i < 50; i++) {
    tracker.touch("a");
    await clock.advance(1000);
  }
  assertEquals(store().record!.requestCount, 0);
  const attempts = store().count("touch");
  assert(attempts >= 4 && attempts <= 6, `${attempts} attempts in 50 s`);
  store().behave = () => ({ kind: "answer" });
  await clock.advance(11_000);
  assertEquals(store().record!.requestCount, 50);
  await close();
});

Deno.test("tracker: a heartbeat that failed is repeated soon, so that the session does not run out", async () => {
  const { clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  store().behave = (action) => action === "touch" ? { kind: "fail" } : { kind: "answer" };
  await clock.advance(DURATION_MS - 20_000);
  store().behave = () => ({ kind: "answer" });
  await clock.advance(30_000);
  assertEquals(await checkNow(), "active");
  await close();
});

Deno.test("tracker: the last answers are written and the session expires when the server ends", async () => {
  const { tracker, clock, store, check, checkNow, close } = trackerFixture();
  await checkNow();
  for (let i = 0; i < 25; i++) tracker.touch("a");
  await clock.advance(5000);
  for (let i = 0; i < 25; i++) tracker.touch("a");
  await close();
  const { status, requestCount, updatedAt } = store().record!;
  assertEquals([status, requestCount, updatedAt], ["expired", 50, clock.now()]);
  assertEquals(store().calls.map(({ action }) => action).slice(-3), ["touch", "expire", "close"]);
  // What comes too late changes nothing more and gets nothing.
  const calls = store().calls.length;
  tracker.touch("a");
  assertEquals(check().outcome, "expired");
  assertEquals(check({ table: "b" }).outcome, "expired");
  await clock.advance(3_600_000);
  assertEquals(store().calls.length, calls);
  assertEquals(store("b").calls, []);
});

Deno.test("tracker: without answers nothing is flushed, and closing twice is closing once", async () => {
  const { tracker, store, checkNow, close } = trackerFixture();
  await checkNow();
  const both = [tracker.close(), tracker.close()];
  await close();
  await Promise.all(both);
  assertEquals(
    store().calls.map(({ action }) => action),
    ["open", "create", "expire", "close"],
  );
});

Deno.test("tracker: a session that was revoked is not marked expired at the end", async () => {
  const { clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  store().change({ status: "revoked", revokedBy: "root", revokedReason: "test" });
  await clock.advance(2000);
  assertEquals(await checkNow(), "revoked");
  await close();
  assertEquals(store().record!.status, "revoked");
  assertEquals(store().count("expire"), 0);
  assertEquals(store().count("close"), 1);
});

/** A store that hangs in one phase, and how long the end may then take. */
const HANGING_ENDS = [
  ["open", 1500],
  ["create", 3500],
  ["touch", 3500],
  ["expire", 2500],
  ["close", 500],
] as const;

for (const [phase, withinMs] of HANGING_ENDS) {
  for (const required of [true, false]) {
    Deno.test(`P8: the end is bounded when the store hangs in ${phase} (required: ${required})`, async () => {
      const { tracker, clock, store, checkNow, close, check } = trackerFixture();
      store().behave = (action) => action === phase ? { kind: "hang" } : { kind: "answer" };
      const pending = check({ required });
      await clock.advance(1);
      if (phase === "touch") {
        tracker.touch("a");
        await clock.advance(300);
        assertEquals(store().count("touch"), 1);
      }
      tracker.touch("a");
      await close(withinMs);
      assert(pending.outcome !== "pending", "a request was left hanging");
      if (phase === "touch") assertEquals(store().record!.status, "expired");
      if (phase === "expire") assertEquals(store().record!.requestCount, 1);
      assertEquals(await checkNow({ required }), "expired");
    });
  }
}

Deno.test("P8: the end is bounded when the store hangs in the last touch", async () => {
  const { tracker, store, checkNow, close } = trackerFixture();
  await checkNow();
  tracker.touch("a");
  store().behave = (action) => action === "touch" ? { kind: "hang" } : { kind: "answer" };
  await close(1000);
  assertEquals(store().record!.status, "expired");
});

Deno.test("P8: a store that fails at the end costs a warning", async () => {
  const { tracker, store, warnings, checkNow, close } = trackerFixture();
  await checkNow();
  tracker.touch("a");
  store().behave = () => ({ kind: "throw" });
  await close();
  assertEquals(warnings.length, 1);
});

Deno.test("P8: a creation whose answer was lost is expired all the same", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) =>
    action === "create" ? { kind: "hang", takesEffect: true } : { kind: "answer" };
  check();
  await clock.advance(1000);
  assertEquals(store().record!.status, "active");
  await close(2000);
  assertEquals(store().record!.status, "expired");
});

Deno.test("P8: a creation that is under way when the server ends is awaited, and expired", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) =>
    action === "create" ? { kind: "answer", afterMs: 900, effectMs: 800 } : { kind: "answer" };
  const asked = check();
  await clock.advance(100);
  await close(800);
  assertEquals(store().record!.status, "expired");
  assertEquals(asked.outcome, "expired");
});

Deno.test("tracker: a store that opens when nobody waits for it any more is closed", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) =>
    action === "open" ? { kind: "answer", afterMs: 20_000 } : { kind: "answer" };
  check();
  await clock.advance(6000);
  store().behave = () => ({ kind: "answer" });
  assertEquals(store().count("open"), 1);
  check();
  await clock.advance(10);
  assertEquals(store().count("open"), 2);
  assertEquals(store().count("close"), 0);
  await clock.advance(20_000);
  await settle();
  assertEquals(store().count("close"), 1, "the late one");
  await close();
  assertEquals(store().count("close"), 2);
});

Deno.test("tracker: calls are told to end when nobody waits for them any more", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) => action === "create" ? { kind: "hang" } : { kind: "answer" };
  check();
  await clock.advance(4999);
  const { signal } = store().calls.find(({ action }) => action === "create")!;
  assertEquals(signal!.aborted, false);
  await clock.advance(1);
  assertEquals(signal!.aborted, true);
  await close(2000);
});
