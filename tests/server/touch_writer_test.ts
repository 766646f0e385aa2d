import { TouchWriter } from "../../src/server/touch_writer.ts";
import type { SessionTouch } from "../../src/store/store.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

function writerFixture(write: (touch: SessionTouch) => Promise<void> = async () => {}) {
  const clock = new ManualClock();
  const written: SessionTouch[] = [];
  const writer = new TouchWriter({
    durationSeconds: 900,
    clock,
    write(touch) {
      written.push(touch);
      return write(touch);
    },
  });
  return { clock, writer, written };
}

Deno.test("TouchWriter: nothing is written before the record is there, and nothing is lost", async () => {
  const { clock, writer, written } = writerFixture();
  for (let i = 0; i < 7; i++) writer.touch();
  await clock.advance(3_600_000);
  assertEquals([written.length, clock.timers], [0, 0]);
  writer.start();
  await clock.advance(1000);
  assertEquals(written.map(({ requests }) => requests), [7]);
  await writer.stop();
});

Deno.test("TouchWriter: a write that takes a minute has no other beside it", async () => {
  let underway = 0;
  const { clock, writer, written } = writerFixture(() => {
    assertEquals(++underway, 1);
    return new Promise((resolve) =>
      clock.after(60_000, () => {
        underway--;
        resolve();
      })
    );
  });
  writer.start();
  for (let i = 0; i < 1000; i++) {
    writer.touch();
    await clock.advance(500);
  }
  assert(written.length >= 8 && written.length <= 9, `${written.length}`);
  assertEquals(underway, 1);
  const stopped = writer.stop();
  await writer.flush();
  assertEquals(underway, 1, "flush() leaves a write alone that is under way");
  await clock.advance(60_000);
  await stopped;
  await Promise.all([writer.flush(), clock.advance(60_000)]);
  assertEquals(written.reduce((sum, { requests }) => sum + requests, 0), 1000);
});

Deno.test("TouchWriter: after stop() no timer is left and touches only count", async () => {
  const { clock, writer, written } = writerFixture();
  writer.start();
  writer.touch();
  await writer.stop();
  writer.touch();
  assertEquals(clock.timers, 0);
  await clock.advance(3_600_000);
  assertEquals(written, []);
  await writer.flush();
  await writer.flush();
  assertEquals(written.map(({ requests }) => requests), [2]);
});

Deno.test("TouchWriter: a write that fails keeps its answers and the moment of the last", async () => {
  let fail = true;
  const { clock, writer, written } = writerFixture(() =>
    fail ? Promise.reject(new Error("x")) : Promise.resolve()
  );
  writer.start();
  writer.touch();
  const lastAccessAt = clock.now();
  await clock.advance(25_000);
  assertEquals(written.length, 3, "once, and every ten seconds");
  fail = false;
  await clock.advance(10_000);
  await settle();
  assertEquals([written.at(-1)!.requests, written.at(-1)!.lastAccessAt], [1, lastAccessAt]);
  await writer.stop();
});
