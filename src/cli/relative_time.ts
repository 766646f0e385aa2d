/**
 * Moments as people speak of them: `3m ago`, `in 12m`.
 *
 * @module
 */

const UNITS = [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const;

/** How far `moment` is from `now` (both in milliseconds since the epoch), in its largest unit. */
export function formatRelative(moment: number, now: number): string {
  const seconds = Math.floor(Math.abs(moment - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  if (seconds === 0) return "now";
  const count = `${Math.floor(seconds / size)}${unit}`;
  return moment < now ? `${count} ago` : `in ${count}`;
}

/** A moment exactly, to the second: `2026-11-21 14:32:10 UTC`. */
export function formatExact(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
