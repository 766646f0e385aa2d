/**
 * Time windows by the wall clock of their zone: gaps, overlaps, midnights, and clocks that jump.
 *
 * @module
 */
import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import type { TimeCondition, Weekday } from "../../src/policy/policy.ts";
import { isTimeZone, TimeWindow, ZoneClock } from "../../src/policy/time_window.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { moments, ZONES } from "./policy_arbitrary.ts";

/** Whether the window is open at each of `times` (ISO 8601), in that order with one clock. */
function openAt(condition: TimeCondition, times: readonly string[]): boolean[] {
  const window = new TimeWindow(condition, new ZoneClock(condition.timezone));
  return times.map((time) => window.contains(Temporal.Instant.from(time).epochMilliseconds));
}

function hours(start: string, end: string, timezone: string, days?: Weekday[]): TimeCondition {
  return { hours: { start, end }, timezone, ...days && { days } };
}

/** Asserts at which of `rows` the window is open. */
function check(condition: TimeCondition, rows: Readonly<Record<string, boolean>>): void {
  const times = Object.keys(rows);
  const expected = Object.values(rows);
  assertEquals(openAt(condition, times), expected, JSON.stringify(condition));
  assertEquals(openAt(condition, times.toReversed()), expected.toReversed(), "backwards");
}

Deno.test("hours begin with their first minute and end before their last", () => {
  check(hours("09:00", "18:00", "UTC"), {
    "2026-03-04T08:59:59.999Z": false,
    "2026-03-04T09:00:00Z": true,
    "2026-03-04T17:59:59.999999999Z": true,
    "2026-03-04T18:00:00Z": false,
    "1969-12-31T09:00:00Z": true,
    "1969-12-31T08:59:59.999Z": false,
  });
  check(hours("00:00", "00:01", "UTC"), {
    "2026-03-04T00:00:59.999Z": true,
    "2026-03-04T00:01:00Z": false,
    "2026-03-03T23:59:59.999Z": false,
  });
  check(hours("18:00", "00:00", "UTC"), {
    "2026-03-04T23:59:59.999Z": true,
    "2026-03-05T00:00:00Z": false,
  });
});

Deno.test("days are those of the rule's zone", () => {
  const friday: Weekday[] = ["friday"];
  check({ days: friday, timezone: "Asia/Kathmandu" }, { // UTC+05:45
    "2026-03-05T18:14:59.999Z": false,
    "2026-03-05T18:15:00Z": true,
    "2026-03-06T18:14:59.999Z": true,
    "2026-03-06T18:15:00Z": false,
  });
  check({ days: friday, timezone: "America/New_York" }, {
    "2026-03-06T04:59:59Z": false,
    "2026-03-06T05:00:00Z": true,
    "2026-03-07T04:59:59Z": true,
    "2026-03-07T05:00:00Z": false,
  });
  check({ days: ["thursday"], timezone: "UTC" }, {
    "1970-01-01T00:00:00Z": true,
    "1969-12-31T23:59:59.999Z": false,
    "1969-12-25T12:00:00Z": true,
  });
});

Deno.test("an overnight window belongs to the day on which it starts", () => {
  check(hours("22:00", "06:00", "Europe/Berlin", ["friday"]), { // UTC+1
    "2026-01-09T05:00:00Z": false, // Friday morning: that was Thursday's night
    "2026-01-09T20:59:59Z": false,
    "2026-01-09T21:00:00Z": true,
    "2026-01-10T04:59:59Z": true, // Saturday 05:59
    "2026-01-10T05:00:00Z": false,
    "2026-01-10T21:00:00Z": false,
  });
  check(hours("22:00", "06:00", "UTC", ["sunday"]), {
    "2026-01-12T05:59:00Z": true,
    "2026-01-11T05:59:00Z": false,
  });
});

Deno.test("hours in the gap of a spring night do not exist", () => {
  // New York, 2026-03-08: 01:59:59 EST is followed by 03:00:00 EDT, at 07:00Z.
  check(hours("02:00", "03:00", "America/New_York"), {
    "2026-03-08T06:59:59.999Z": false,
    "2026-03-08T07:00:00Z": false,
    "2026-03-07T07:00:00Z": true,
    "2026-03-09T06:30:00Z": true,
  });
  check(hours("01:30", "03:30", "America/New_York"), {
    "2026-03-08T06:30:00Z": true,
    "2026-03-08T06:59:59.999Z": true,
    "2026-03-08T07:00:00Z": true,
    "2026-03-08T07:29:59Z": true,
    "2026-03-08T07:30:00Z": false,
  });
});

Deno.test("hours in the overlap of an autumn night come twice", () => {
  // New York, 2026-11-01: 01:59:59 EDT is followed by 01:00:00 EST, at 06:00Z.
  check(hours("01:00", "01:30", "America/New_York"), {
    "2026-11-01T05:00:00Z": true,
    "2026-11-01T05:30:00Z": false,
    "2026-11-01T05:59:59.999Z": false,
    "2026-11-01T06:00:00Z": true,
    "2026-11-01T06:29:59Z": true,
    "2026-11-01T06:30:00Z": false,
  });
  // Lord Howe turns back by half an hour: 2026-04-05, 01:59:59 is followed by 01:30:00, at 15:00Z.
  check(hours("01:30", "01:45", "Australia/Lord_Howe", ["sunday"]), {
    "2026-04-04T14:30:00Z": true,
    "2026-04-04T14:45:00Z": false,
    "2026-04-04T15:00:00Z": true,
    "2026-04-04T15:15:00Z": false,
  });
});

Deno.test("a day that a zone skipped has no window of its own", () => {
  // Samoa went from Thursday, 29 to Saturday, 31 December 2011, at 10:00Z.
  check({ days: ["friday"], timezone: "Pacific/Apia" }, {
    "2011-12-30T09:59:59Z": false,
    "2011-12-30T10:00:00Z": false,
    "2011-12-23T12:00:00Z": true,
  });
  check({ days: ["saturday"], timezone: "Pacific/Apia" }, { "2011-12-30T10:00:00Z": true });
});

Deno.test("offsets of odd seconds and the ends of time are no exception", () => {
  // Monrovia kept 44 minutes and 30 seconds behind Greenwich until 1972.
  check(hours("12:00", "12:01", "Africa/Monrovia"), {
    "1971-06-01T12:44:29.999Z": false,
    "1971-06-01T12:44:30Z": true,
    "1971-06-01T12:45:29.999Z": true,
    "1971-06-01T12:45:30Z": false,
  });
  for (const timezone of ZONES) {
    const always = new TimeWindow({ timezone }, new ZoneClock(timezone));
    for (const moment of [-8.64e15, 8.64e15, 0]) assertEquals(always.contains(moment), true);
  }
});

Deno.test("the offset of a zone is never stale, whatever way the clock moves", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.array(moments, { maxLength: 30 }),
      (zone, moments) => {
        const clock = new ZoneClock(zone);
        for (const moment of moments) {
          const local = Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(zone);
          assertEquals(clock.offsetAt(moment), local.offsetNanoseconds / 1e6, `${zone} ${moment}`);
        }
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test("zones are names of the IANA database and nothing else", () => {
  const names = [...ZONES, "US/Eastern", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT"];
  for (const name of names) assertEquals(isTimeZone(name), true, name);
  const others = ["", "+05:30", "-03", "Z", "Local", "localtime", "UTC+3", "Mars/Olympus"];
  const smuggled = ["2020-01-01T00:00[UTC]", "UTC ", " UTC", "UTC\n", "../UTC", "T00[UTC]"];
  for (const name of [...others, ...smuggled]) {
    assertEquals(isTimeZone(name), false, name);
    assertThrows(() => new ZoneClock(name), SentinelError);
  }
});

Deno.test("the machine's own time zone plays no part", async () => {
  const program = `
    import { evaluate } from ${JSON.stringify(import.meta.resolve("../../src/policy/evaluate.ts"))};
    const zones = ["UTC", "America/New_York", "Asia/Kathmandu"];
    const rules = zones.map((timezone) => ({
      name: timezone,
      effect: "allow",
      conditions: { profiles: [timezone], time: { days: ["friday"], timezone } },
    }));
    for (let hour = 0; hour < 72; hour++) {
      const time = new Date(Date.UTC(2026, 2, 5, hour));
      for (const profile of zones) {
        const asked = { user: "alice", mode: "cli", profile, time };
        console.log(evaluate({ version: "1", rules }, asked).effect);
      }
    }
    console.error(new Date(Date.UTC(2026, 0)).getHours());`;
  const outputs = await Promise.all(
    ["UTC", "Pacific/Kiritimati", "America/St_Johns"].map((TZ) =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--quiet", "--no-lock", program],
        env: { TZ, NO_COLOR: "1" },
      }).output()
    ),
  );
  const texts = outputs.map(({ stdout }) => new TextDecoder().decode(stdout));
  assertEquals(texts[0]!.split("\n").filter((line) => line === "allow").length, 72);
  assertEquals(new Set(texts).size, 1, "the same verdicts under every TZ");
  const clocks = outputs.map(({ stderr }) => new TextDecoder().decode(stderr).trim());
  assertEquals(clocks, ["0", "14", "20"], "TZ was in force");
});
