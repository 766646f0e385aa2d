/**
 * Moments that stand for all moments: compared with every minute around changes of the clocks.
 *
 * @module
 */
import fc from "fast-check";
import type { TimeCondition } from "../../src/policy/policy.ts";
import { findTimeAtoms } from "../../src/policy/time_atoms.ts";
import { TimeWindow, ZoneClock } from "../../src/policy/time_window.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { conditions, moments } from "./policy_arbitrary.ts";

/** Which of `windows` are open at `moment`. */
function kindOf(windows: readonly TimeCondition[]): (moment: number) => string {
  const compiled = windows.map((each) => new TimeWindow(each, new ZoneClock(each.timezone)));
  return (moment) => compiled.map((window) => window.contains(moment) ? "1" : "0").join("");
}

const windows = fc.array(
  conditions.filter(({ time }) => time !== undefined).map(({ time }) => time!),
  { minLength: 1, maxLength: 4 },
);

const DAY = 86_400_000;

Deno.test("every moment of the span is of the same kind as one of the atoms", () => {
  fc.assert(
    fc.property(
      windows,
      moments.filter((moment) => moment > 1e12 && moment < 2e12),
      fc.integer({ min: 1, max: 500 }),
      (windows, from, days) => {
        const span = { from, until: from + days * DAY };
        const { moments, isComplete } = findTimeAtoms(windows, span);
        assert(isComplete);
        const kind = kindOf(windows);
        const known = new Set(moments.map(kind));
        assertEquals(known.size, moments.length, "no kind is told twice");
        assert(moments.every((moment) => moment >= span.from && moment < span.until));
        // An odd step meets every minute of the week sooner or later.
        for (let moment = span.from; moment < span.until; moment += 47 * 60_000 + 1) {
          assert(
            known.has(kind(moment)),
            `${new Date(moment).toISOString()} ${JSON.stringify([windows, span])}`,
          );
        }
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("no windows, and a span of a moment, have one atom", () => {
  assertEquals(findTimeAtoms([], { from: 5, until: 6 }).moments, [5]);
  assertEquals(findTimeAtoms([{ timezone: "UTC" }], { from: 5, until: 6 }).moments, [5]);
});
