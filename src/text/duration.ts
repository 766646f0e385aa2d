/**
 * Durations as people write them: `15m`, `1h30m`, `45s`.
 *
 * @module
 */

const UNIT_SECONDS = { h: 3600, m: 60, s: 1 } as const;

/**
 * Seconds of a duration such as `15m` or `1h30m` (units h, m, s, each at most once and in that
 * order, whole numbers), or `null` when `text` is not one.
 */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/.exec(text);
  if (match === null || text === "") return null;
  return Number(match[1] ?? 0) * UNIT_SECONDS.h + Number(match[2] ?? 0) * UNIT_SECONDS.m +
    Number(match[3] ?? 0) * UNIT_SECONDS.s;
}

/** Seconds as the shortest text that {@linkcode parseDuration} reads back: `5400` → `1h30m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  const text = `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${
    rest > 0 ? `${rest}s` : ""
  }`;
  return text === "" ? "0s" : text;
}
