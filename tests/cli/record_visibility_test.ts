/**
 * What was just written is waited for, briefly: the next command finds it.
 *
 * @module
 */
import { waitUntilListed } from "../../src/cli/record_visibility.ts";
import { assertEquals } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";

const ID = "0123456789abcdef";

/** Waits for the record on manual time; `listings`: what each look finds, the last again and again. */
async function wait(...listings: readonly (readonly string[] | Error)[]) {
  const clock = new ManualClock();
  const looks: number[] = [];
  const store = {
    async *listByUser(user: string, { since }: { readonly since?: number }) {
      assertEquals([user, since], ["alice", 7]);
      const found = listings[Math.min(looks.push(clock.monotonic()), listings.length) - 1]!;
      if (found instanceof Error) throw found;
      for (const id of found) yield await Promise.resolve({ id });
    },
  };
  let isDone = false;
  void waitUntilListed(store, { id: ID, user: "alice", createdAt: 7, clock })
    .then(() => isDone = true);
  await clock.advance(10_000);
  assertEquals([isDone, clock.timers], [true, 0]);
  return looks;
}

Deno.test("a record that is listed is not waited for", async () => {
  assertEquals(await wait(["other", ID]), [0]);
});

Deno.test("an index that lags is asked again, a few times, and nobody is told", async () => {
  assertEquals(await wait([], ["other"], [ID]), [0, 100, 300]);
  assertEquals(await wait([]), [0, 100, 300, 700, 1500]);
});

Deno.test("a table that fails is not asked again", async () => {
  assertEquals(await wait([], new Error("away")), [0, 100]);
});
