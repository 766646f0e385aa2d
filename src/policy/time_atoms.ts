/**
 * Finitely many moments that stand for all moments from one to another: whatever a list of time
 * windows can tell apart, two of these moments differ in it. A window looks at nothing but the
 * minute of the week by its zone's clock, so it is enough to know how far the clocks of all zones
 * are from UTC, and when that changes.
 *
 * @module
 */
import type { TimeCondition } from "./policy.ts";
import { TimeWindow, ZoneClock } from "./time_window.ts";

/** Moments that stand for all. */
export interface TimeAtoms {
  /** Milliseconds since the epoch. */
  readonly moments: readonly number[];
  /** Whether there is one of every kind; `false` when the search was cut short. */
  readonly isComplete: boolean;
}

/** The span of time that is looked at, in milliseconds since the epoch. */
export interface TimeSpan {
  readonly from: number;
  readonly until: number;
}

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;
/** Windows × moments that are tried. */
const BUDGET = 20_000_000;

/** Moments such that each moment of the span is in exactly the same `windows` as one of them. */
export function findTimeAtoms(
  windows: Iterable<TimeCondition>,
  span: TimeSpan,
): TimeAtoms {
  const distinct = [...new Map([...windows].map((each) => [JSON.stringify(each), each])).values()];
  if (distinct.length === 0) return { moments: [span.from], isComplete: true };
  const clocks = new Map(distinct.map(({ timezone }) => [timezone, new ZoneClock(timezone)]));
  const compiled = distinct.map((each) => new TimeWindow(each, clocks.get(each.timezone)!));
  const found = new Map<string, number>();
  let budget = BUDGET;
  for (const moment of candidates({ windows: distinct, clocks, span })) {
    budget -= compiled.length;
    if (budget < 0) break;
    const kind = compiled.map((window) => window.contains(moment) ? "1" : "0").join("");
    if (!found.has(kind)) found.set(kind, moment);
  }
  return { moments: [...found.values()], isComplete: budget >= 0 };
}

interface CandidateOptions {
  readonly windows: readonly TimeCondition[];
  readonly clocks: ReadonlyMap<string, ZoneClock>;
  readonly span: TimeSpan;
}

/**
 * For every way in which the zones' offsets meet in the span, each minute of a week at which some
 * window may open or close. A stretch between two changes of an offset that is shorter than a week
 * is looked at as it is.
 */
function* candidates({ windows, clocks, span }: CandidateOptions): Generator<number> {
  const seen = new Set<string>();
  for (const { from, until } of stretches([...clocks.keys()], span)) {
    const offsets = [...clocks].map(([zone, clock]) => [zone, clock.offsetAt(from)] as const);
    const key = offsets.map(([, offset]) => offset).join();
    const isWeek = until - from >= WEEK_MS;
    if (seen.has(key)) continue;
    if (isWeek) seen.add(key);
    const end = isWeek ? from + WEEK_MS : until;
    yield from;
    for (const minute of boundaries(windows, new Map(offsets))) {
      const first = from + ((minute * MINUTE_MS - from) % WEEK_MS + WEEK_MS) % WEEK_MS;
      if (first < end) yield first;
    }
  }
}

/** The parts of the span in which no zone changes its offset. */
function* stretches(zones: readonly string[], { from, until }: TimeSpan): Generator<TimeSpan> {
  const changes = new Set<number>();
  for (const zone of zones) {
    let at = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone);
    for (;;) {
      const next = at.getTimeZoneTransition("next");
      if (next === null || next.epochMilliseconds >= until) break;
      changes.add(next.epochMilliseconds);
      at = next;
    }
  }
  let begin = from;
  for (const change of [...changes].sort((a, b) => a - b)) {
    yield { from: begin, until: change };
    begin = change;
  }
  yield { from: begin, until };
}

/** Minutes of the week in UTC, counted from a Thursday as the epoch is, at which days or hours begin. */
function boundaries(
  windows: readonly TimeCondition[],
  offsets: ReadonlyMap<string, number>,
): ReadonlySet<number> {
  const minutes = new Set<number>();
  for (const { hours, timezone } of windows) {
    const offset = offsets.get(timezone)! / MINUTE_MS;
    const times = hours === undefined ? ["00:00"] : ["00:00", hours.start, hours.end];
    for (const time of times) {
      const minute = Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
      for (let day = 0; day < 7; day++) {
        const utc = Math.floor(day * 1440 + minute - offset);
        minutes.add((utc % 10_080 + 10_080) % 10_080);
        // An offset that is no whole number of minutes opens a window within a minute of UTC.
        if (!Number.isInteger(offset)) minutes.add(((utc + 1) % 10_080 + 10_080) % 10_080);
      }
    }
  }
  return minutes;
}
