import { SentinelError } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { settle } from "../support/manual_clock.ts";
import { DURATION_MS, trackerFixture } from "../support/tracker_fixture.ts";

const REVOKED: Partial<SessionRecord> = {
  status: "revoked",
  revokedBy: "root",
  revokedReason: "test",
};

Deno.test("P6: a look serves the requests of less than a second, and none later", async () => {
  const { clock, store, checkNow, close } = trackerFixture();
  assertEquals(await checkNow(), "active");
  store().change(REVOKED);
  await clock.advance(499);
  assertEquals(await checkNow(), "active");
  assertEquals(store().count("get"), 0, "the creation was the look");
  // From half a second on, the next look is begun behind the request's back.
  store().behave = (action) =>
    action === "get" ? { kind: "answer", afterMs: 600, effectMs: 300 } : { kind: "answer" };
  await clock.advance(500);
  assertEquals(await checkNow(), "active");
  assertEquals(store().count("get"), 1);
  await clock.advance(1);
  // One second old: not used, whatever it said.
  assertEquals(await checkNow(), "pending");
  await clock.advance(600);
  await close();
});

Deno.test("P6: a request that begins a second after the revocation is refused", async () => {
  for (const required of [true, false]) {
    const { clock, store, checkNow, close } = trackerFixture();
    await checkNow({ required });
    await clock.advance(30_000);
    assertEquals(await checkNow({ required }), "active");
    store().change(REVOKED);
    await clock.advance(1001);
    assertEquals(await checkNow({ required }), "revoked");
    await close();
  }
});

/** A second, or more, by one clock or the other. */
const AGINGS: readonly (readonly [string, (clock: ClockHands) => void | Promise<void>])[] = [
  ["both clocks move on", (clock) => clock.advance(1000)],
  ["the machine sleeps", (clock) => clock.sleep(1000)],
  ["the wall clock is set forward", (clock) => clock.setWall(3_600_000)],
  ["the wall clock is set back", (clock) => clock.setWall(-3_600_000)],
  ["the wall clock is set back a little", (clock) => clock.setWall(-1)],
  ["the wall clock is set back and time goes on", async (clock) => {
    clock.setWall(-1000);
    await clock.advance(1000);
  }],
];
type ClockHands = Pick<
  ReturnType<typeof trackerFixture>["clock"],
  "advance" | "sleep" | "setWall"
>;

for (const [how, age] of AGINGS) {
  Deno.test(`P6: a look is not used when ${how}`, async () => {
    const { clock, store, checkNow, close } = trackerFixture({ durationSeconds: 43_200 });
    assertEquals(await checkNow(), "active");
    store().change(REVOKED);
    await age(clock);
    assertEquals(await checkNow(), "revoked");
    await close();
  });
}

/** Records that refuse a session that is required, and what they do to one that is not. */
const RECORDS: readonly (readonly [string, string, string])[] = [
  ["revoked", "revoked", "revoked"],
  ["expired", "expired", "expired"],
  ["missing", "revoked", "unknown"],
  ["run out", "expired", "unknown"],
  ["unintelligible", "revoked", "revoked"],
];

for (const [record, whenRequired, whenNot] of RECORDS) {
  for (const required of [true, false]) {
    Deno.test(`P6: a record that is ${record} refuses as it should (required: ${required})`, async () => {
      const { clock, store, checkNow, warnings, close } = trackerFixture();
      await checkNow({ required });
      const invalid = new SentinelError("SESSION_RECORD_INVALID", "unknown status");
      if (record === "missing") store().record = null;
      else if (record === "revoked") store().change(REVOKED);
      else if (record === "expired") store().change({ status: "expired" });
      else if (record === "run out") store().change({ expiresAt: clock.now() + 500 });
      else {
        store().behave = (action) =>
          action === "get" ? { kind: "fail", error: invalid } : { kind: "answer" };
      }
      await clock.advance(1000);
      const expected = required ? whenRequired : whenNot;
      for (let i = 0; i < 5; i++) {
        assertEquals(await checkNow({ required }), expected);
        await clock.advance(700);
      }
      assert(warnings.length <= 1, `${warnings}`);
      if (record === "missing") {
        assertEquals(store().count("create"), 1, "a record that was deleted is not written again");
      }
      await close();
    });
  }
}

Deno.test("P6: what was revoked or expired stays so, whatever the store says later", async () => {
  for (const status of ["revoked", "expired"] as const) {
    const { clock, store, checkNow, close } = trackerFixture();
    await checkNow();
    store().change({ status });
    await clock.advance(1000);
    assertEquals(await checkNow(), status);
    store().change({ status: "active" });
    const looks = store().count("get");
    for (const ms of [10, 1000, 60_000, 3_600_000]) {
      await clock.advance(ms);
      assertEquals(await checkNow(), status);
      assertEquals(await checkNow({ required: false }), status);
    }
    assertEquals(store().count("get"), looks, "there is nothing left to look at");
    await close();
  }
});

Deno.test("P6: a revocation is noticed by a write, too", async () => {
  for (const status of ["revoked", "expired"] as const) {
    const { tracker, clock, store, checkNow, close } = trackerFixture();
    await checkNow();
    tracker.touch("a");
    store().change({ status });
    await clock.advance(300);
    assertEquals(store().count("touch"), 1);
    assertEquals(await checkNow(), status);
    assertEquals(store().count("get"), 0);
    await clock.advance(3_600_000);
    assertEquals(store().count("touch"), 1, "an ended session shows no signs of life");
    await close();
  }
});

Deno.test("P9: a thousand requests at a time share one creation, and then one look", async () => {
  for (const required of [true, false]) {
    const { clock, store, check, close } = trackerFixture();
    store().behave = () => ({ kind: "answer", afterMs: 100 });
    const created = Array.from({ length: 1000 }, () => check({ required }));
    await clock.advance(300);
    assertEquals(new Set(created.map(({ outcome }) => outcome)).size, 1);
    assertEquals([store().count("open"), store().count("create")], [1, 1]);
    await clock.advance(5000);
    const looked = Array.from({ length: 1000 }, () => check({ required }));
    await clock.advance(300);
    assert(looked.every(({ outcome }) => outcome === "active"));
    assertEquals(store().count("get"), 1);
    await close(1000);
  }
});

Deno.test("P9: ten thousand requests in a row make the calls of one", async () => {
  const { tracker, clock, store, check, close } = trackerFixture();
  check();
  await settle();
  for (let i = 0; i < 10_000; i++) {
    const checked = check();
    assertEquals(checked.outcome, "active");
    tracker.touch("a");
    if (i % 100 === 0) await clock.advance(4); // 0.4 s in all
  }
  await close();
  assertEquals(
    store().calls.map(({ action }) => action),
    ["open", "create", "touch", "touch", "expire", "close"],
  );
  assertEquals(store().record!.requestCount, 10_000);
});

Deno.test("P9: a busy minute costs two looks a second and six writes", async () => {
  const { tracker, clock, store, check, close } = trackerFixture();
  store().behave = (action) =>
    action === "get" ? { kind: "answer", afterMs: 20 } : { kind: "answer" };
  check();
  await settle();
  let waited = 0;
  for (let i = 0; i < 10_000; i++) {
    const checked = check();
    if (checked.outcome === "pending") waited++;
    await clock.advance(6);
    tracker.touch("a");
  }
  assertEquals(waited, 0, "requests that waited for the store");
  assert(store().count("get") <= 120, `${store().count("get")} looks`);
  assert(store().count("touch") <= 7, `${store().count("touch")} writes`);
  await close();
  assertEquals(store().record!.requestCount, 10_000);
});

Deno.test("P6: a look that hangs is not shared by requests that begin a second later", async () => {
  const { clock, store, check, checkNow, close } = trackerFixture();
  await checkNow();
  await clock.advance(5000);
  const hang = { kind: "hang" } as const;
  store().behave = (action) => action === "get" ? hang : { kind: "answer" };
  const first = check();
  await clock.advance(999);
  const second = check();
  assertEquals(store().count("get"), 1, "shared");
  store().behave = () => ({ kind: "answer" });
  await clock.advance(1);
  assertEquals(await checkNow(), "active");
  assertEquals([store().count("get"), second.outcome], [2, "pending"]);
  await clock.advance(4000);
  const fault = "fault SESSION_STORE_UNAVAILABLE";
  assertEquals([first.outcome, second.outcome], [fault, fault]);
  assertEquals([first.at, second.at], [5800, 6799], "each within the time of an answer");
  await close();
});

Deno.test("P6: an answer that comes late does not cover what was seen since", async () => {
  const { clock, store, check, checkNow, close } = trackerFixture();
  await checkNow();
  await clock.advance(5000);
  // The first look reads "active" at once and takes 1.5 s to say so; the second is quick.
  store().behave = (action) =>
    action === "get" ? { kind: "answer", afterMs: 1500 } : { kind: "answer" };
  const slow = check();
  await clock.advance(1100);
  store().record = null;
  store().behave = () => ({ kind: "answer" });
  assertEquals(await checkNow(), "revoked");
  await clock.advance(450);
  assertEquals(slow.outcome, "fault SESSION_STORE_UNAVAILABLE", "nobody waits for that long");
  assertEquals(await checkNow(), "revoked");
  await close();
});

Deno.test("P6: an answer that comes late does not cover what a write has seen since", async () => {
  const { tracker, clock, store, check, checkNow, close } = trackerFixture();
  await checkNow();
  tracker.touch("a");
  await clock.advance(9950);
  tracker.touch("a"); // to be written 250 ms after the look that now begins
  store().behave = (action) =>
    action === "get" ? { kind: "answer", afterMs: 600 } : { kind: "answer" };
  const slow = check();
  await clock.advance(100);
  store().record = null;
  await clock.advance(500);
  assertEquals([store().count("touch"), slow.outcome], [2, "active"]);
  assertEquals(await checkNow(), "revoked");
  await close();
});

Deno.test("P6: a late answer does not bring a revoked session back", async () => {
  const { clock, store, check, checkNow, close } = trackerFixture();
  await checkNow();
  await clock.advance(5000);
  store().behave = (action) =>
    action === "get" ? { kind: "answer", afterMs: 3000 } : { kind: "answer" };
  const slow = check();
  await clock.advance(1100);
  store().change(REVOKED);
  store().behave = () => ({ kind: "answer" });
  assertEquals(await checkNow(), "revoked");
  await clock.advance(3000);
  assertEquals(slow.outcome, "fault SESSION_STORE_UNAVAILABLE");
  assertEquals(await checkNow(), "revoked");
  await close();
});

const FAULTS = [
  ["fails", { kind: "fail" }],
  ["throws", { kind: "throw" }],
  ["throws something else", { kind: "throw", error: new TypeError("x") }],
  ["hangs", { kind: "hang" }],
] as const;

for (const phase of ["open", "create", "get"] as const) {
  for (const [how, behaviour] of FAULTS) {
    Deno.test(`P6: a store that ${how} in ${phase} refuses a required session, and recovers`, async () => {
      const { clock, store, check, checkNow, warnings, close } = trackerFixture();
      if (phase === "get") {
        await checkNow();
        await clock.advance(5000);
      }
      store().behave = (action) => action === phase ? behaviour : { kind: "answer" };
      for (let i = 0; i < 5; i++) {
        const checked = check();
        await clock.advance(6000);
        assertEquals(
          checked.outcome,
          `fault ${how.endsWith("else") ? "INTERNAL" : "SESSION_STORE_UNAVAILABLE"}`,
        );
      }
      assertEquals(warnings.length, 1);
      store().behave = () => ({ kind: "answer" });
      assertEquals(await checkNow(), "active");
      await clock.advance(60_000);
      assertEquals(store().record!.status, "active");
      await close();
    });
  }
}

Deno.test("P6: a creation that is repeated finds what became of the first", async () => {
  for (const [status, expected] of [["revoked", "revoked"], ["active", "active"]] as const) {
    const { clock, store, check, checkNow, close } = trackerFixture();
    store().behave = (action) =>
      action === "create" ? { kind: "hang", takesEffect: true } : { kind: "answer" };
    const lost = check();
    await clock.advance(5000);
    assertEquals(lost.outcome, "fault SESSION_STORE_UNAVAILABLE");
    store().change({ status });
    store().behave = () => ({ kind: "answer" });
    assertEquals(await checkNow(), expected);
    await close();
  }
});

Deno.test("P6: a request that joins a creation a second later looks for itself", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) =>
    action === "create" ? { kind: "answer", afterMs: 3000 } : { kind: "answer" };
  const first = check();
  await clock.advance(1500);
  store().change(REVOKED);
  const second = check();
  await clock.advance(1500);
  assertEquals(first.outcome === "active" && second.outcome === "revoked", true);
  assertEquals(store().count("create"), 1);
  await close();
});

Deno.test("P6: a required session is created even when nobody asks again", async () => {
  const { clock, store, check, close } = trackerFixture();
  store().behave = (action) => action === "create" ? { kind: "fail" } : { kind: "answer" };
  assertEquals(check().outcome, "pending");
  await clock.advance(25_000);
  store().behave = () => ({ kind: "answer" });
  await clock.advance(10_000);
  assertEquals(store().record!.status, "active");
  await clock.advance(3_600_000);
  assertEquals(store().record!.expiresAt, Math.max(store().record!.expiresAt, clock.now()));
  await close();
});

Deno.test("P6: after a sleep that outlasted the session it is refused where it is required", async () => {
  const { clock, checkNow, warnings, close } = trackerFixture();
  await checkNow();
  clock.sleep(DURATION_MS + 1000);
  assertEquals(await checkNow(), "expired");
  assertEquals(warnings.length, 1);
  // A clock that was wrong for a moment does no lasting harm.
  clock.setWall(-DURATION_MS);
  assertEquals(await checkNow(), "active");
  await close();
});

Deno.test("P5: the policy names another table, and the next request follows it", async () => {
  const { tracker, clock, store, checkNow, close } = trackerFixture();
  for (const table of ["a", "b", "a", "b", "a"]) {
    assertEquals(await checkNow({ table }), "active");
    tracker.touch(table);
    await clock.advance(2000);
  }
  assertEquals([store("a").count("create"), store("b").count("create")], [1, 1]);
  assertEquals(store("a").record!.id, store("b").record!.id);
  await clock.advance(DURATION_MS * 3);
  for (const table of ["a", "b"]) {
    assertEquals(await checkNow({ table }), "active", "both live on, so that both can be revoked");
  }
  await close();
  for (const [table, requests] of [["a", 3], ["b", 2]] as const) {
    const { status, requestCount } = store(table).record!;
    assertEquals([status, requestCount], ["expired", requests]);
  }
});

Deno.test("P6: revoked in one table is refused in all, wherever the policy moves", async () => {
  for (const required of [true, false]) {
    const { clock, store, checkNow, close } = trackerFixture();
    assertEquals(await checkNow({ table: "a" }), "active");
    await checkNow({ table: "b", required });
    // The administrator revokes it where the policy does not look any more.
    store("a").change(REVOKED);
    await clock.advance(1001);
    assertEquals(await checkNow({ table: "b", required }), "revoked");
    assertEquals(await checkNow({ table: "c", required }), "revoked");
    assertEquals(await checkNow({ table: "a", required }), "revoked");
    await close();
  }
});

Deno.test("P6: a rule that names no table asks where the session is, and creates it nowhere", async () => {
  const { clock, store, checkNow, close } = trackerFixture();
  assertEquals(await checkNow({ table: null, required: false }), "unknown");
  assertEquals(await checkNow({ table: "a" }), "active");
  await clock.advance(5000);
  assertEquals(await checkNow({ table: null, required: false }), "unknown");
  assertEquals(store("a").count("get"), 1);
  store("a").change(REVOKED);
  await clock.advance(1001);
  assertEquals(await checkNow({ table: null, required: false }), "revoked");
  await close();
});

Deno.test("P6: a table that is left and does not answer holds nobody up for long", async () => {
  const { clock, store, check, checkNow, close } = trackerFixture();
  assertEquals(await checkNow({ table: "a" }), "active");
  store("a").behave = () => ({ kind: "hang" });
  await clock.advance(2000);
  const first = check({ table: "b" });
  await clock.advance(250);
  assertEquals(first.outcome, "active");
  for (let i = 0; i < 20; i++) {
    assertEquals(await checkNow({ table: "b" }), "active");
    await clock.advance(900);
  }
  await close(4000);
  assertEquals(store("b").record!.status, "expired");
});

Deno.test("P5: a table that was never created and is named no longer is left alone", async () => {
  const { clock, store, check, checkNow, close } = trackerFixture();
  store("misspelt").behave = (action) =>
    action === "create" ? { kind: "fail" } : { kind: "answer" };
  check({ table: "misspelt" });
  await clock.advance(100);
  assertEquals(await checkNow({ table: "a" }), "active");
  const attempts = store("misspelt").count("create");
  for (let i = 0; i < 100; i++) {
    await checkNow({ table: "a" });
    await clock.advance(1000);
  }
  assertEquals(store("misspelt").count("create"), attempts);
  // …until it is named again.
  store("misspelt").behave = () => ({ kind: "answer" });
  assertEquals(await checkNow({ table: "misspelt" }), "active");
  await close();
});

Deno.test("tracker: a session that cannot be written is refused where it is required", async () => {
  const { checkNow, store, close } = trackerFixture({ user: "" });
  assertEquals(await checkNow(), "fault SESSION_RECORD_INVALID");
  assertEquals(store().record, null);
  await close();
});
