import fc from "fast-check";
import { assert, assertEquals } from "../support/assert.ts";
import { settle } from "../support/manual_clock.ts";
import { type Checked, trackerFixture } from "../support/tracker_fixture.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** What happens next in a run; times in milliseconds. */
type Step =
  | { readonly kind: "request"; readonly table: string | null; readonly required: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "revoke"; readonly table: string; readonly acknowledgedAfter: number }
  | { readonly kind: "clock"; readonly ms: number };

const table = fc.constantFrom("a", "a", "a", "b");
const request = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("request" as const), table, required: fc.boolean() }),
  },
  // A rule that names no table, where the caller names none either.
  { weight: 1, arbitrary: fc.constant({ kind: "request", table: null, required: false } as const) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: request },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      // Around the ages that matter, and far from them.
      ms: fc.oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(1, 250, 499, 500, 501, 999, 1000, 1001),
        fc.integer({ min: 400, max: 5000 }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("revoke" as const),
      table,
      acknowledgedAfter: fc.integer({ min: 0, max: 300 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      ms: fc.integer({ min: 1, max: 5000 }),
    }),
  },
);
const run = fc.record({
  steps: fc.array(step, { minLength: 20, maxLength: 60 }),
  // Latencies of a healthy store: each call takes effect somewhere on the way.
  latencies: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 240 }), fc.integer({ min: 0, max: 100 })),
    {
      minLength: 1,
      maxLength: 20,
    },
  ),
  // What a step of the clock is: the machine sleeps, or the wall clock is set.
  hand: fc.constantFrom("sleep", "forward", "back"),
});

Deno.test("P6: nothing that begins a second after the acknowledged revocation is answered active", async () => {
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(run, async ({ steps, latencies, hand }) => {
      const { clock, store, check } = trackerFixture({ durationSeconds: 43_200 });
      let calls = 0;
      const behave = () => {
        const [afterMs, part] = latencies[calls++ % latencies.length]!;
        return { kind: "answer", afterMs, effectMs: Math.floor(afterMs * part / 100) } as const;
      };
      for (const name of ["a", "b"]) store(name).behave = behave;
      let slept = 0;
      const realTime = () => clock.monotonic() + slept;
      let acknowledged = Infinity;
      const asked: { readonly checked: Checked; readonly begun: number; readonly late: boolean }[] =
        [];
      for (const next of steps) {
        switch (next.kind) {
          case "request": {
            const begun = realTime();
            asked.push({ checked: check(next), begun, late: begun > acknowledged + 1000 });
            break;
          }
          case "wait":
            await clock.advance(next.ms);
            break;
          case "revoke":
            if (store(next.table).record === null) break;
            store(next.table).change({ status: "revoked" });
            await clock.advance(next.acknowledgedAfter);
            acknowledged = Math.min(acknowledged, realTime());
            break;
          case "clock":
            if (hand === "sleep") {
              // A store whose answer takes a night is not healthy.
              await clock.advance(500);
              clock.sleep(next.ms);
              slept += next.ms;
            } else clock.setWall(hand === "forward" ? next.ms : -next.ms);
        }
      }
      await clock.advance(2000);
      await settle();
      for (const { checked, late } of asked) {
        assert(checked.outcome !== "pending");
        assert(
          !late || checked.outcome === "revoked",
          `${checked.outcome} ${JSON.stringify(asked)}`,
        );
        if (acknowledged === Infinity) assert(["active", "unknown"].includes(checked.outcome));
        if (late) refusals++;
      }
    }),
    { numRuns: 2500 },
  );
  assert(refusals > 2000, `only ${refusals} requests were late enough to matter`);
});

Deno.test("P6: with a healthy store a required session is answered, whatever its latency", async () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(gaps, fc.integer({ min: 0, max: 780 }), async (waits, afterMs) => {
      const { clock, store, check } = trackerFixture();
      store().behave = () => ({ kind: "answer", afterMs });
      const asked: Checked[] = [];
      for (const ms of waits) {
        asked.push(check());
        await clock.advance(ms);
      }
      await clock.advance(5000);
      assertEquals([...new Set(asked.map(({ outcome }) => outcome))], ["active"]);
    }),
    { numRuns: 300 },
  );
});
