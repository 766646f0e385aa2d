/**
 * The search for moments finds one whenever there is one, in any zones, and never one that is none.
 *
 * @module
 */
import fc from "fast-check";
import { findMoment, ZoneSeasons } from "../../src/policy/moment_search.ts";
import type { TimeCondition } from "../../src/policy/policy.ts";
import { WorkBudget } from "../../src/policy/work_budget.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { times, ZONES } from "./policy_arbitrary.ts";
import { holds } from "./reference_evaluator.ts";

const search = {
  zones: new ZoneSeasons(),
  budget: new WorkBudget({ perQuestion: Infinity, inAll: Infinity }),
};

const HOUR = 3_600_000;

/** Most of them within a day of a change of clocks. */
const momentsSince2020 = fc.oneof(
  fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2300, 0, 1) }),
  fc.tuple(fc.constantFrom(...ZONES), fc.nat(40), fc.integer({ min: -26 * HOUR, max: 26 * HOUR }))
    .map(([zone, count, distance]) => {
      let at = Temporal.Instant.from("2020-02-01T00:00Z").toZonedDateTimeISO(zone);
      for (let n = 0; n <= count; n++) at = at.getTimeZoneTransition("next") ?? at;
      return at.epochMilliseconds + distance;
    }),
);

function isIn(time: TimeCondition, moment: number): boolean {
  return holds({ time }, { profile: "", user: "", mode: "cli", time: new Date(moment) });
}

Deno.test("findMoment() finds a moment in some windows and not in others, in any zones", () => {
  const counts = { found: 0, none: 0 };
  const queries = fc.record({
    within: fc.array(times, { minLength: 1, maxLength: 3 }),
    without: fc.array(times, { maxLength: 3 }),
    tried: fc.array(momentsSince2020, { minLength: 30, maxLength: 30, size: "max" }),
  });
  fc.assert(
    fc.property(queries, ({ within, without, tried }) => {
      const fits = (moment: number) =>
        within.every((time) => isIn(time, moment)) && !without.some((time) => isIn(time, moment));
      const found = findMoment({ within, without }, search);
      counts[found === null ? "none" : "found"]++;
      if (found !== null) assert(fits(found), new Date(found).toISOString());
      else assertEquals(tried.find(fits), undefined);
    }),
    { numRuns: 150 },
  );
  assert(counts.found > 30 && counts.none > 10, JSON.stringify(counts));
});

const window = (timezone: string, start: string, end: string, days?: TimeCondition["days"]) => ({
  timezone,
  hours: { start, end },
  ...days !== undefined && { days },
});

Deno.test("findMoment() knows what changes of clocks do to two zones", () => {
  const find = (within: TimeCondition[], without: TimeCondition[] = []) =>
    findMoment({ within, without }, search);
  // They are 6 hours apart, but for the weeks between their changes of clocks.
  const [york, berlin] = ["America/New_York", "Europe/Berlin"];
  assert(find([window(york, "12:00", "12:01"), window(berlin, "18:00", "18:01")]) !== null);
  assert(find([window(york, "12:00", "12:01"), window(berlin, "17:00", "17:01")]) !== null);
  assertEquals(find([window(york, "12:00", "12:01"), window(berlin, "12:00", "12:01")]), null);
  // Half an hour and three quarters off UTC, the whole year; what was before 2020 does not count.
  const [india, nepal] = ["Asia/Kolkata", "Asia/Kathmandu"];
  const noon = window(nepal, "12:15", "13:15");
  assertEquals(find([window(india, "12:15", "12:30")], [window(nepal, "12:00", "13:15")]), null);
  assert(find([noon], [window(india, "12:15", "13:00")]) !== null);
});

Deno.test("findMoment() knows how short a time is between two changes of clocks", () => {
  // On the day that both change, Lord Howe Island does so half an hour before Sydney: for so long
  // it is an hour ahead.
  const find = (island: string, sydney: string) =>
    findMoment({
      within: [
        window("Australia/Lord_Howe", island, `${island.slice(0, 4)}9`),
        window("Australia/Sydney", sydney, `${sydney.slice(0, 4)}9`),
      ],
      without: [],
    }, search);
  assertEquals(find("12:00", "11:00"), null);
  assertEquals(find("02:00", "01:00"), null);
  const moment = find("02:40", "01:40");
  assertEquals(new Date(moment!).toISOString().slice(11, 16), "15:40");
});

Deno.test("findMoment() has windows past midnight belong to the day on which they start", () => {
  const overnight = window("UTC", "22:00", "06:00", ["sunday"]);
  const early = window("UTC", "05:00", "05:30", ["monday"]);
  assertEquals(findMoment({ within: [early], without: [overnight] }, search), null);
  const later = window("UTC", "05:00", "06:01", ["monday"]);
  const left = findMoment({ within: [later], without: [overnight] }, search);
  assertEquals(new Date(left!).toISOString().slice(11, 16), "06:00");
});
