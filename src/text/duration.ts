/**
 * Durations as people write them: `15m`, `1h30m`, `45s`; looking back, also `7d`.
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

const DAY_SECONDS = 86_400;

/**
 * Seconds of a duration that may begin with days, such as `7d` or `1d12h`, or `null`. A day has 24
 * hours: how far to look back, never when something ends.
 */
export function parseTimeSpan(text: string): number | null {
  const match = /^(\d{1,5})d(.*)$/s.exec(text);
  if (match === null) return parseDuration(text);
  const rest = match[2] === "" ? 0 : parseDuration(match[2]!);
  return rest === null ? null : Number(match[1]) * DAY_SECONDS + rest;
}

/** Seconds as the shortest text that {@linkcode parseTimeSpan} reads back: `129600` → `1d12h`. */
export function formatTimeSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / DAY_SECONDS);
  if (days === 0) return formatDuration(whole);
  return `${days}d${whole % DAY_SECONDS === 0 ? "" : formatDuration(whole % DAY_SECONDS)}`;
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
