/**
 * Decides whether a moment lies in a rule's time window, by the wall clock of the rule's zone. The
 * machine's own zone and clock never play a part.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type TimeCondition, WEEKDAYS } from "./policy.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;
const EVERY_DAY = 0b111_1111;
/** 1970-01-01, day 0 of the epoch, was a Thursday: index 3 of a week that begins on Monday. */
const WEEKDAY_OF_DAY_0 = 3;
/** Last moment of `Date` and `Temporal.Instant`. */
const LAST_MS = 8.64e15;

/** Milliseconds since the epoch of a `Date` or an instant; `NaN` for an invalid `Date`. */
export function epochMs(time: Date | Temporal.Instant): number {
  return time instanceof Date ? time.getTime() : time.epochMilliseconds;
}

/** Whether `name` names a zone of the IANA database (`Europe/Berlin`, `UTC`), and not an offset. */
export function isTimeZone(name: string): boolean {
  // Temporal also takes offsets and whole ISO texts with a zone in brackets for a zone.
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The UTC offset of one zone. Asking the zone database takes microseconds, so an answer is kept
 * together with the transitions around it and used only between them: it is never stale, whatever
 * way the clock moves.
 */
export class ZoneClock {
  readonly #timezone: string;
  #offsetMs = 0;
  #from = Infinity;
  #until = -Infinity;

  /** Throws `POLICY_INVALID` for a zone that does not exist. */
  constructor(timezone: string) {
    if (!isTimeZone(timezone)) {
      throw new SentinelError("POLICY_INVALID", `Cannot evaluate time zone ${quote(timezone)}`);
    }
    this.#timezone = timezone;
  }

  /** Milliseconds by which the zone's wall clock is ahead of UTC at `moment`. */
  offsetAt(moment: number): number {
    if (moment < this.#from || moment >= this.#until) this.#look(moment);
    return this.#offsetMs;
  }

  #look(moment: number): void {
    const zoned = (ms: number) =>
      Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.#timezone);
    const here = zoned(moment);
    // "previous" is strictly before; one millisecond on makes it "at or before" the moment.
    const previous = zoned(Math.min(moment + 1, LAST_MS)).getTimeZoneTransition("previous");
    this.#offsetMs = here.offsetNanoseconds / 1e6;
    this.#from = previous?.epochMilliseconds ?? -Infinity;
    this.#until = here.getTimeZoneTransition("next")?.epochMilliseconds ?? Infinity;
  }
}

/** A rule's time condition, ready to be asked. */
export class TimeWindow {
  readonly #clock: ZoneClock;
  /** Bit n: windows start on day n of the week. */
  readonly #days: number;
  readonly #start: number;
  readonly #end: number;

  /** Compiles `condition`; `clock` keeps the time of its zone. */
  constructor(condition: TimeCondition, clock: ZoneClock) {
    this.#clock = clock;
    const days = condition.days ?? [];
    this.#days = days.length === 0
      ? EVERY_DAY
      : days.reduce((bits, day) => bits | 1 << WEEKDAYS.indexOf(day), 0);
    this.#start = condition.hours === undefined ? 0 : minuteOfDay(condition.hours.start);
    this.#end = condition.hours === undefined ? DAY_MINUTES : minuteOfDay(condition.hours.end);
  }

  /** Whether the window is open at `moment` (milliseconds since the epoch). */
  contains(moment: number): boolean {
    const local = moment + this.#clock.offsetAt(moment);
    const day = Math.floor(local / DAY_MS);
    const minute = Math.floor((local - day * DAY_MS) / MINUTE_MS);
    if (this.#start < this.#end) {
      return minute >= this.#start && minute < this.#end && this.#startsOn(day);
    }
    if (minute >= this.#start) return this.#startsOn(day);
    // The hours after midnight belong to the evening before.
    return minute < this.#end && this.#startsOn(day - 1);
  }

  #startsOn(day: number): boolean {
    const weekday = (((day + WEEKDAY_OF_DAY_0) % 7) + 7) % 7;
    return (this.#days & 1 << weekday) !== 0;
  }
}

/** Compiles `condition`; its zone's clock is taken from `clocks`, or added there. */
export function compileTime(
  condition: TimeCondition,
  clocks: Map<string, ZoneClock>,
): TimeWindow {
  const { timezone } = condition;
  const clock = clocks.get(timezone) ?? new ZoneClock(timezone);
  clocks.set(timezone, clock);
  return new TimeWindow(condition, clock);
}

/** Minutes after midnight of `HH:MM`. */
function minuteOfDay(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}
