/**
 * Moments by two clocks at once. The wall clock can be set and the monotonic one may stand still
 * while the machine sleeps: neither alone says how old something is.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

/** One moment, in milliseconds of the wall clock and of the monotonic clock. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** The moment that is now. */
export function momentNow(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

/** Milliseconds since `moment`: the older of both ages. */
export function ageMs(moment: Moment, clock: Clock): number {
  return Math.max(clock.now() - moment.wall, clock.monotonic() - moment.monotonic);
}
