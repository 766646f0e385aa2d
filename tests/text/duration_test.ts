import fc from "fast-check";
import {
  formatDuration,
  formatTimeSpan,
  parseDuration,
  parseTimeSpan,
} from "../../src/text/duration.ts";
import { assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const READ: readonly (readonly [string, number | null])[] = [
  ["15m", 900],
  ["1h30m", 5400],
  ["1h", 3600],
  ["45s", 45],
  ["1h2m3s", 3723],
  ["90m", 5400],
  ["0s", 0],
  ["007m", 420],
  ["12h0m0s", 43200],
  ["", null],
  ["15", null],
  ["15 m", null],
  [" 15m", null],
  ["15m\n", null],
  ["15M", null],
  ["30m1h", null],
  ["1h1h", null],
  ["1.5h", null],
  ["-1h", null],
  ["+1h", null],
  ["1e3s", null],
  ["1d", null],
  ["h", null],
  ["１５m", null], // full-width digits
  ["9999999h", null],
  ["999999h999999m9999999s", 999_999 * 3600 + 999_999 * 60 + 9_999_999],
];

Deno.test("parseDuration() reads whole hours, minutes and seconds, and nothing else", () => {
  for (const [text, seconds] of READ) assertEquals(parseDuration(text), seconds, text);
});

Deno.test("formatDuration() writes the shortest form", () => {
  const written = [[0, "0s"], [59, "59s"], [60, "1m"], [5400, "1h30m"], [3601, "1h1s"]] as const;
  for (const [seconds, text] of written) assertEquals(formatDuration(seconds), text);
  assertEquals(formatDuration(-5), "0s");
  assertEquals(formatDuration(59.9), "59s");
});

Deno.test("parseDuration() reads back what formatDuration() wrote", () => {
  fc.assert(fc.property(fc.nat({ max: 999_999 * 3600 }), (seconds) => {
    assertEquals(parseDuration(formatDuration(seconds)), seconds);
  }));
});

Deno.test("parseTimeSpan() also reads days, before all else", () => {
  const read: readonly (readonly [string, number | null])[] = [
    ["7d", 604_800],
    ["1d12h", 129_600],
    ["0d", 0],
    ["15m", 900],
    ["1h7d", null],
    ["d", null],
    ["1d1d", null],
    ["1d ", null],
    ["7d\n", null],
    ["-7d", null],
    ["", null],
  ];
  for (const [text, seconds] of read) assertEquals(parseTimeSpan(text), seconds, text);
});

Deno.test("parseTimeSpan() reads back what formatTimeSpan() wrote", () => {
  assertEquals(formatTimeSpan(604_800), "7d");
  assertEquals(formatTimeSpan(90_000), "1d1h");
  assertEquals(formatTimeSpan(3600), "1h");
  fc.assert(fc.property(fc.nat({ max: 99_999 * 86_400 }), (seconds) => {
    assertEquals(parseTimeSpan(formatTimeSpan(seconds)), seconds);
  }));
});
