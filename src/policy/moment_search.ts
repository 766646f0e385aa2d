/**
 * Finds a moment that lies in some time windows and in none of others, or proves that there is
 * none. The windows may be of different zones: what counts are the offsets that the zone database
 * gives them at the same time, with every change of clocks from 2020 on.
 *
 * @module
 */
import { type TimeCondition, WEEKDAYS } from "./policy.ts";
import type { WorkBudget } from "./work_budget.ts";

const MINUTE = 60;
const DAY = 86_400;
const WEEK = 7 * DAY;
/** 1970-01-01 was a Thursday: so many seconds after the beginning of a week. */
const EPOCH_IN_WEEK = 3 * DAY;
/** Sets of zones whose seasons are kept; beyond this all are forgotten and worked out anew. */
const MAX_REMEMBERED = 20;
/** Nobody asks for credentials in the past: that clocks were set otherwise in 1941 is no matter. */
const FIRST = Date.UTC(2020, 0, 1);
/** The calendar repeats after 400 years: what was not found until then does not come. */
const LAST_CHANGE = Date.UTC(2440, 0, 1);
const END = 8.64e15;

/** What is looked for. */
export interface MomentQuery {
  /** Windows in all of which it lies. */
  readonly within: readonly TimeCondition[];
  /** Windows in none of which it lies. */
  readonly without: readonly TimeCondition[];
}

/** A time during which no clock changes. */
interface Season {
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
  /** Seconds ahead of UTC, by zone. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Seconds `[start, end)` of a week that begins on Monday at midnight. */
type Interval = readonly [start: number, end: number];

/** Where a search is done. */
export interface MomentSearch {
  readonly zones: ZoneSeasons;
  readonly budget: WorkBudget;
}

/** A moment as `query` wants it in ms, or `null`. Throws `WorkExhausted`. */
export function findMoment(query: MomentQuery, { zones, budget }: MomentSearch): number | null {
  const { within, without } = query;
  const conditions = [...within, ...without];
  const names = [...new Set(conditions.map(({ timezone }) => timezone))];
  const seasons = zones.seasonsOf(names, budget);
  budget.spend(seasons.length);
  /** Beginnings and ends of the parts of a week that fit, by the offsets. */
  const fitting = new Map<string, readonly Interval[]>();
  budget.spend(conditions.length);
  for (const season of seasons) {
    const key = names.map((name) => season.offsets.get(name)).join();
    let parts = fitting.get(key);
    if (parts === undefined) {
      budget.spend(28 * conditions.length ** 2);
      parts = fittingParts(query, season.offsets);
      fitting.set(key, parts);
    }
    for (const part of parts) {
      const moment = momentIn(part, season);
      if (moment !== null) return moment;
    }
    // One zone alone shows all of its week in every season that is as long.
    if (names.length <= 1 && season.until - season.from >= WEEK * 1000) return null;
  }
  return null;
}

/** The parts of a week in UTC in which `query` holds while the zones have these offsets. */
function fittingParts(
  { within, without }: MomentQuery,
  offsets: ReadonlyMap<string, number>,
): Interval[] {
  const wanted = within.map((condition) => intervalsOf(condition, offsets));
  const unwanted = without.map((condition) => intervalsOf(condition, offsets));
  const bounds = new Set([0, WEEK, ...[...wanted, ...unwanted].flat(2)]);
  const sorted = [...bounds].sort((a, b) => a - b);
  const has = (intervals: readonly Interval[], second: number) =>
    intervals.some(([start, end]) => start <= second && second < end);
  return sorted.slice(0, -1).flatMap((start, index): Interval[] => {
    const fits = wanted.every((intervals) => has(intervals, start)) &&
      !unwanted.some((intervals) => has(intervals, start));
    return fits ? [[start, sorted[index + 1]!]] : [];
  });
}

/** A window as seconds of a week in UTC. */
function intervalsOf(
  { days = [], hours, timezone }: TimeCondition,
  offsets: ReadonlyMap<string, number>,
): Interval[] {
  const start = hours === undefined ? 0 : secondOfDay(hours.start);
  const end = hours === undefined ? DAY : secondOfDay(hours.end);
  // As the evaluator has it: a window whose end is not after its start goes on into the next day.
  const length = start < end ? end - start : end - start + DAY;
  const offset = offsets.get(timezone)!;
  return WEEKDAYS.flatMap((day, index): Interval[] => {
    if (days.length > 0 && !days.includes(day)) return [];
    const begin = ((index * DAY + start - offset) % WEEK + WEEK) % WEEK;
    const finish = begin + length;
    return finish <= WEEK ? [[begin, finish]] : [[begin, WEEK], [0, finish - WEEK]];
  });
}

function secondOfDay(text: string): number {
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * MINUTE;
}

/** The first moment of `season` that lies in this part of a week, or `null`. */
function momentIn([start, end]: Interval, { from, until }: Season): number | null {
  const second = Math.ceil(from / 1000);
  const inWeek = (second + EPOCH_IN_WEEK) % WEEK;
  const wait = inWeek >= start && inWeek < end ? 0 : (start - inWeek + WEEK) % WEEK;
  const moment = (second + wait) * 1000;
  return moment < until ? moment : null;
}

/** From when on a zone has an offset: `from` in ms, the offset in seconds. */
interface Change {
  readonly from: number;
  readonly offset: number;
}

/** The seasons of zones, worked out once. */
export class ZoneSeasons {
  readonly #changes = new Map<string, readonly Change[]>();
  readonly #seasons = new Map<string, readonly Season[]>();

  /** The seasons of all `zones` together, in order. */
  seasonsOf(zones: readonly string[], budget: WorkBudget): readonly Season[] {
    const key = zones.join("\n");
    const known = this.#seasons.get(key);
    if (known !== undefined) return known;
    const changes = zones.map((zone) => this.#changesOf(zone, budget));
    const bounds = [...new Set([FIRST, ...changes.flat().map(({ from }) => from)])]
      .sort((a, b) => a - b);
    budget.spend(bounds.length * (zones.length + 5));
    const at = zones.map(() => 0);
    const seasons = bounds.map((from, index): Season => {
      const offsets = new Map<string, number>();
      for (const [zone, name] of zones.entries()) {
        const next = changes[zone]![at[zone]! + 1];
        if (next !== undefined && next.from <= from) at[zone]!++;
        offsets.set(name, changes[zone]![at[zone]!]!.offset);
      }
      return { from, until: bounds[index + 1] ?? END, offsets };
    });
    if (this.#seasons.size >= MAX_REMEMBERED) this.#seasons.clear();
    this.#seasons.set(key, seasons);
    return seasons;
  }

  /** When the clocks of `zone` change, and to what; the first is how they stand. */
  #changesOf(zone: string, budget: WorkBudget): readonly Change[] {
    const known = this.#changes.get(zone);
    if (known !== undefined) return known;
    const changes: Change[] = [];
    const first = Temporal.Instant.fromEpochMilliseconds(FIRST).toZonedDateTimeISO(zone);
    let next: Temporal.ZonedDateTime | null = first;
    while (next !== null && next.epochMilliseconds < LAST_CHANGE) {
      // Asking the zone database takes microseconds.
      budget.spend(20);
      changes.push({ from: next.epochMilliseconds, offset: next.offsetNanoseconds / 1e9 });
      next = next.getTimeZoneTransition("next");
    }
    this.#changes.set(zone, changes);
    return changes;
  }
}
