import { formatExact, formatRelative } from "../../src/cli/relative_time.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("formatRelative() speaks in the largest whole unit, and rounds down", () => {
  const now = Date.UTC(2026, 2, 1, 12);
  const cases: readonly (readonly [number, string])[] = [
    [0, "now"],
    [-999, "now"],
    [999, "now"],
    [-1000, "1s ago"],
    [-59_999, "59s ago"],
    [-60_000, "1m ago"],
    [-3_599_999, "59m ago"],
    [-3_600_000, "1h ago"],
    [-86_400_000, "1d ago"],
    [-400 * 86_400_000, "400d ago"],
    [900_000, "in 15m"],
  ];
  for (const [offset, text] of cases) assertEquals(formatRelative(now + offset, now), text);
});

Deno.test("formatExact() is UTC, to the second", () => {
  assertEquals(formatExact(Date.UTC(2026, 10, 21, 14, 32, 10, 999)), "2026-11-21 14:32:10 UTC");
});
