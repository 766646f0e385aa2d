import type { SessionState } from "../../src/gate/ports.ts";
import { assertEquals } from "../support/assert.ts";
import { STORE_AWAY } from "../support/driven_session_store.ts";
import { settle } from "../support/manual_clock.ts";
import { DURATION_MS, trackerFixture } from "../support/tracker_fixture.ts";

/** A tracker whose end is noticed; `ends` is what was noticed. */
function fixture() {
  const ends: string[] = [];
  const onEnded = (state: SessionState) => void ends.push(state.kind);
  return { ends, ...trackerFixture({ onEnded }) };
}

Deno.test("a revocation is noticed within seconds while no request comes, once", async () => {
  const { ends, clock, store, checkNow, close } = fixture();
  await checkNow();
  await clock.advance(60_000);
  assertEquals(ends, []);
  store().change({ status: "revoked" });
  await clock.advance(2000);
  assertEquals(ends, ["revoked"]);
  const looks = store().count("get");
  await clock.advance(60_000);
  await checkNow();
  assertEquals(ends, ["revoked"]);
  assertEquals(store().count("get"), looks, "nothing is left to look for");
  await close();
});

Deno.test("whoever does not want to know costs no look while idle", async () => {
  const { clock, store, checkNow, close } = trackerFixture();
  await checkNow();
  await clock.advance(DURATION_MS);
  assertEquals(store().count("get"), 0);
  await close();
});

Deno.test("a busy server is not looked at twice as often", async () => {
  const { clock, store, checkNow, close } = fixture();
  for (let tenth = 0; tenth < 300; tenth++) {
    await checkNow();
    await clock.advance(100);
  }
  const looks = store().count("get");
  await close();
  const plain = trackerFixture();
  for (let tenth = 0; tenth < 300; tenth++) {
    await plain.checkNow();
    await plain.clock.advance(100);
  }
  assertEquals(looks, plain.store().count("get"));
  await plain.close();
});

Deno.test("our own end is not an end that somebody else made", async () => {
  const { ends, checkNow, close } = fixture();
  await checkNow();
  await close();
  assertEquals(ends, []);
});

Deno.test("an end by others counts, what a store forgot or cannot say does not", async () => {
  for (const [change, noticed] of [["expired", ["expired"]], ["gone", []], ["away", []]] as const) {
    const { ends, clock, store, checkNow, close } = fixture();
    await checkNow();
    if (change === "expired") store().change({ status: "expired" });
    if (change === "gone") store().record = null;
    if (change === "away") {
      store().behave = (action) =>
        action === "get" ? { kind: "fail", error: STORE_AWAY } : { kind: "answer" };
    }
    await clock.advance(30_000);
    assertEquals(ends, [...noticed], change);
    store().behave = () => ({ kind: "answer" });
    await close(5000);
  }
});

Deno.test("a revocation in a table that the policy names no longer is noticed too", async () => {
  const { ends, clock, store, checkNow, close } = fixture();
  await checkNow({ table: "a" });
  await checkNow({ table: "b" });
  store("a").change({ status: "revoked" });
  await clock.advance(2000);
  assertEquals(ends, ["revoked"]);
  await close();
});

Deno.test("a store that hangs does not pile up looks", async () => {
  const { clock, store, checkNow, close } = fixture();
  await checkNow();
  store().behave = (action) => action === "get" ? { kind: "hang" } : { kind: "answer" };
  await clock.advance(20_000);
  await settle();
  assertEquals(store().count("get"), 10, "one each two seconds, each of which ends");
  store().behave = () => ({ kind: "answer" });
  await close(10_000);
});
