import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import type { Behaviour, StoreAction } from "../support/driven_session_store.ts";
import { settle } from "../support/manual_clock.ts";
import { DURATION_MS, trackerFixture } from "../support/tracker_fixture.ts";

const PHASES: readonly StoreAction[] = ["open", "create", "get", "touch"];
const FAULTS: readonly (readonly [string, Behaviour])[] = [
  ["fails at once", { kind: "fail" }],
  ["fails late", { kind: "fail", afterMs: 3000 }],
  ["throws", { kind: "throw" }],
  ["throws something else", { kind: "throw", error: null }],
  ["hangs", { kind: "hang" }],
  ["drags", { kind: "answer", afterMs: 400 }],
];

for (const phase of PHASES) {
  for (const [how, behaviour] of FAULTS) {
    Deno.test(`P7: an optional session whose store ${how} in ${phase} costs a warning and no more`, async () => {
      const { tracker, clock, store, check, warnings, close } = trackerFixture();
      if (phase !== "open" && phase !== "create") {
        check({ required: false });
        await clock.advance(2000);
      }
      store().behave = (action) => action === phase ? behaviour : { kind: "answer" };
      const waits: number[] = [];
      for (let i = 0; i < 100; i++) {
        const askedAt = clock.monotonic();
        const checked = check({ required: false });
        tracker.touch("a");
        await clock.advance(700);
        assert(["active", "unknown"].includes(checked.outcome), checked.outcome);
        waits.push(checked.at - askedAt);
      }
      assert(
        waits.filter((ms) => ms > 0).length <= (how === "fails at once" ? 100 : 1),
        `${waits}`,
      );
      assert(waits.every((ms) => ms <= 250), `${waits}`);
      assert(warnings.length <= 1, warnings.join("\n"));
      if (how !== "drags") assertEquals(warnings.length, 1);

      // The store is well again: the session is there, complete, and can be revoked.
      store().behave = () => ({ kind: "answer" });
      for (let i = 0; i < 30; i++) {
        check({ required: false });
        await clock.advance(1000);
      }
      assertEquals(store().record?.status, "active");
      assertEquals(store().record?.requestCount, 100);
      store().change({ status: "revoked" });
      await clock.advance(1001);
      const revoked = check({ required: false });
      await settle();
      assertEquals(revoked.outcome, "revoked");
      assert(warnings.length <= 1, "being well again is no news");
      await close(4500);
    });
  }
}

Deno.test("P7: the first check of an optional session does not wait for its creation", async () => {
  const { tracker, clock, store, close } = trackerFixture();
  store().behave = () => ({ kind: "answer", afterMs: 100 });
  assertEquals(tracker.check("a", { required: false }), { kind: "unknown" });
  await clock.advance(300);
  assertEquals(tracker.check("a", { required: false }), { kind: "active" });
  await close(1000);
});

Deno.test("P7: each outage is told once, and the next one again", async () => {
  const { clock, store, check, warnings, close } = trackerFixture();
  for (let outage = 1; outage <= 3; outage++) {
    store().behave = () => ({ kind: "answer" });
    for (let i = 0; i < 20; i++) {
      check({ required: false });
      await clock.advance(1100);
    }
    assertEquals(warnings.length, outage - 1);
    store().behave = () => ({ kind: "fail" });
    for (let i = 0; i < 20; i++) {
      check({ required: false });
      await clock.advance(1100);
    }
    assertEquals(warnings.length, outage);
  }
  assertMatch(warnings[0]!, /^Session tracking is disturbed: Cannot reach the session table/);
  await close(2000);
});

Deno.test("P7: a failing store is asked at most once a second, however many ask", async () => {
  for (const behaviour of [{ kind: "fail" }, { kind: "hang" }] as const) {
    const { clock, store, check, close } = trackerFixture();
    store().behave = (action) => action === "create" ? behaviour : { kind: "answer" };
    for (let i = 0; i < 1000; i++) {
      check({ required: false });
      await clock.advance(10);
    }
    assert(store().count("create") <= 11, `${store().count("create")} in 10 s`);
    await close(4000);
  }
});

Deno.test("P7: an optional session whose store was away for longer than it lives goes on", async () => {
  const { clock, store, check, checkNow, warnings, close } = trackerFixture();
  await checkNow({ required: false });
  store().behave = () => ({ kind: "fail" });
  for (let i = 0; i < DURATION_MS / 10_000 + 10; i++) {
    check({ required: false });
    await clock.advance(10_000);
  }
  store().behave = () => ({ kind: "answer" });
  const outcomes = new Set<string>();
  for (let i = 0; i < 30; i++) {
    const checked = check({ required: false });
    await clock.advance(1000);
    outcomes.add(checked.outcome);
  }
  assertEquals([...outcomes], ["unknown"]);
  assertEquals(warnings.length, 2, warnings.join("\n"));
  assertMatch(warnings[1]!, /has run out/);
  // An administrator can still end it.
  store().change({ status: "revoked" });
  await clock.advance(1001);
  assertEquals(await checkNow({ required: false }), "revoked");
  await close(2000);
});

Deno.test("P7: a table without a session is no business of touch()", async () => {
  const { tracker, store, close } = trackerFixture();
  tracker.touch("nowhere");
  tracker.touch("__proto__");
  assertEquals(store("nowhere").calls, []);
  await close();
});

Deno.test("P13: what a store says is made printable before it is told", async () => {
  const { clock, store, check, warnings, close } = trackerFixture();
  const error = Object.assign(new Error("x"), { name: "Evil\x1b[2J" });
  store().behave = () => ({ kind: "throw", error });
  check({ required: false });
  await clock.advance(10);
  check({ table: "b\x1b[2J\n", required: true });
  store("b\x1b[2J\n").behave = () => ({ kind: "hang" });
  await clock.advance(6000);
  assertEquals(warnings.length, 2);
  // deno-lint-ignore no-control-regex
  for (const warning of warnings) assert(!/[\x00-\x1f]/.test(warning), warning);
  await close(4000);
});
