/**
 * The records of one person for one profile, as the gate looks for them: a look is shared by all
 * requests that begin within a second of it, and what lifted a refusal is read again by its id. It
 * decides how old a look may be, never what a record is worth.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import type { RecordLookup, RecordWorth } from "../gate/ports.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";
import {
  type ApprovalRequest,
  MAX_PENDING_SECONDS,
  MAX_REQUEST_SECONDS,
} from "../state/approval_request.ts";
import type { CountedEvent } from "../state/break_glass_event.ts";
import { quote } from "../text/printable.ts";
import { CountedEvents } from "./counted_events.ts";
import type { BreakGlassStore, RecordListOptions } from "./override_store.ts";

/** A look that found what is worth something serves requests that begin within this time of it. */
const FRESH_MS = 1000;
/** A busy server looks again at half that age, so that no request has to wait for it. */
const REFRESH_MS = 500;
/** Whether there is something new may be known later: nobody gets credentials meanwhile. */
const EMPTY_MS = 5000;
/** How long the first look may take, and later ones: a request has 900 ms for its answer. */
const FIRST_LOOK_MS = 5000;
const LOOK_MS = 800;
/** Records that a look reads at most: whoever may file requests may file them in any name. */
const MAX_READ = 1000;
/** Records that a look keeps of those that are worth nothing. */
const MAX_KEPT = 20;

/** How long ago a request can have been filed that matters: it waited, then it lasted. */
const REQUEST_LOOK_BACK_MS = (MAX_PENDING_SECONDS + MAX_REQUEST_SECONDS) * 1000;
/** An event lasts for hours; for a day it is of interest that it ended. */
const EVENT_LOOK_BACK_MS = 24 * 3_600_000;

/** What a record is found by. */
interface Found {
  readonly id: string;
  readonly profile: string;
}

/** The part of a store that is needed. */
interface ReadableStore<Stored> extends AsyncDisposable {
  get(id: string, signal?: AbortSignal): Promise<Stored | null>;
  listByUser(user: string, options?: RecordListOptions): AsyncIterable<Stored>;
}

/** Which records are looked for, and where. */
export interface RecordLookupOptions<Stored> {
  /** The table's name as the user gave it. */
  readonly table: string;
  /** Opens the store; called again when it failed. */
  readonly open: () => Promise<ReadableStore<Stored>>;
  /** Policy username of the person. */
  readonly user: string;
  readonly profile: string;
  /** How long ago a record can have been made that still matters, in milliseconds. */
  readonly lookBackMs: number;
  readonly clock: Clock;
}

/** A lookup of approval requests. */
export function lookUpRequests(
  options: Omit<RecordLookupOptions<ApprovalRequest>, "lookBackMs">,
): SharedRecordLookup<ApprovalRequest> {
  return new SharedRecordLookup({ ...options, lookBackMs: REQUEST_LOOK_BACK_MS });
}

/** A lookup of break-glass events, each with the invocations before it. */
export function lookUpEvents(
  options: Omit<RecordLookupOptions<CountedEvent>, "lookBackMs" | "open"> & {
    readonly open: () => Promise<BreakGlassStore>;
  },
): SharedRecordLookup<CountedEvent> {
  return new SharedRecordLookup({
    ...options,
    open: async () => new CountedEvents(await options.open()),
    lookBackMs: EVENT_LOOK_BACK_MS,
  });
}

/** What a look came to. */
type Outcome<Stored> =
  | { readonly kind: "records"; readonly records: readonly Stored[]; readonly isWorthless: boolean }
  | { readonly kind: "fault"; readonly error: unknown };

interface Look<Stored> {
  readonly at: Moment;
  /** `null` while it is under way. */
  outcome: Outcome<Stored> | null;
  readonly done: Promise<Outcome<Stored>>;
}

/** Looks for records in a store that it opens when first needed, and closes. */
export class SharedRecordLookup<Stored extends Found> implements RecordLookup<Stored>, Disposable {
  readonly table: string;
  readonly #options: RecordLookupOptions<Stored>;
  readonly #clock: Clock;
  #opening: Promise<ReadableStore<Stored>> | null = null;
  /** The record that was worth enough, or that somebody says to expect. */
  #known: string | null = null;
  #look: Look<Stored> | null = null;
  /** A look ahead of time, while the last one still serves. */
  #next: Look<Stored> | null = null;
  #hasAnswered = false;

  constructor(options: RecordLookupOptions<Stored>) {
    this.table = options.table;
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Says which record to look at first: an index may not know it yet. What was seen is forgotten. */
  expect(id: string): void {
    this.#known = id;
    this.#look = this.#next = null;
  }

  find(worth: (record: Stored) => RecordWorth): readonly Stored[] | Promise<readonly Stored[]> {
    const look = this.#current(worth);
    return look.outcome === null ? look.done.then(recordsOf) : recordsOf(look.outcome);
  }

  /** Closes the store; what is under way is given up. */
  [Symbol.dispose](): void {
    this.#opening?.then((store) => store[Symbol.asyncDispose]()).catch(() => {});
    this.#opening = null;
  }

  /** The look that serves a request which begins now. */
  #current(worth: (record: Stored) => RecordWorth): Look<Stored> {
    if (this.#next !== null && this.#next.outcome !== null) {
      this.#look = this.#next;
      this.#next = null;
    }
    const look = this.#look;
    const age = look === null ? Infinity : this.#age(look.at);
    if (look === null || age >= lastsMs(look.outcome)) {
      const isFresh = this.#next !== null && this.#age(this.#next.at) < FRESH_MS;
      this.#look = isFresh ? this.#next! : this.#begin(worth);
      this.#next = null;
      return this.#look;
    }
    const isAging = look.outcome?.kind === "records" && !look.outcome.isWorthless &&
      age > REFRESH_MS;
    if (isAging && this.#next === null) this.#next = this.#begin(worth);
    return look;
  }

  #begin(worth: (record: Stored) => RecordWorth): Look<Stored> {
    const at = momentNow(this.#clock);
    const done = this.#limit((signal) => this.#read(worth, signal)).then(
      (outcome): Outcome<Stored> => {
        this.#hasAnswered = true;
        return outcome;
      },
      (error: unknown): Outcome<Stored> => ({ kind: "fault", error }),
    );
    const look: Look<Stored> = { at, outcome: null, done };
    done.then((outcome) => look.outcome = outcome);
    return look;
  }

  async #read(
    worth: (record: Stored) => RecordWorth,
    signal: AbortSignal,
  ): Promise<Outcome<Stored>> {
    const store = await this.#open();
    const records: Stored[] = [];
    let isWorthless = true;
    /** Keeps what was read strongly consistent; whether no better one has to be looked for. */
    const keep = (record: Stored | null): boolean => {
      if (record === null) return false;
      records.push(record);
      const found = worth(record);
      if (found !== "nothing") isWorthless = false;
      return found === "enough";
    };
    if (this.#known !== null && keep(await get(store, this.#known, signal))) {
      return { kind: "records", records, isWorthless };
    }
    const { user, profile, lookBackMs } = this.#options;
    const since = this.#clock.now() - lookBackMs;
    try {
      for await (const listed of store.listByUser(user, { since, limit: MAX_READ })) {
        if (signal.aborted) break;
        if (listed.profile !== profile || records.some(({ id }) => id === listed.id)) continue;
        if (worth(listed) === "nothing") {
          // The newest few tell why; an older one may still be of use.
          if (records.length < MAX_KEPT) records.push(listed);
          continue;
        }
        // INVARIANT: a listing may lag behind what was denied or ended.
        if (!keep(await get(store, listed.id, signal))) continue;
        this.#known = listed.id;
        break;
      }
    } catch (thrown) {
      // The search for a better one does not cost what is at hand.
      if (isWorthless) throw thrown;
    }
    return { kind: "records", records, isWorthless };
  }

  #open(): Promise<ReadableStore<Stored>> {
    if (this.#opening === null) {
      const opening = this.#opening = Promise.try(this.#options.open);
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = null;
      });
    }
    return this.#opening;
  }

  /** INVARIANT: settles in time, whatever the store does, and leaves no timer behind. */
  #limit<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeoutMs = this.#hasAnswered ? LOOK_MS : FIRST_LOOK_MS;
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      const cancel = this.#clock.after(timeoutMs, () => {
        const error = new SentinelError(
          "OVERRIDE_STORE_UNAVAILABLE",
          `Cannot look into table ${quote(this.table)}: no answer within ${timeoutMs} ms`,
        );
        reject(error);
        controller.abort(error);
      });
      call(controller.signal).finally(cancel).then(resolve, reject);
    });
  }

  /** A wall clock that was set back behind the look leaves no way to tell its age. */
  #age(at: Moment): number {
    return this.#clock.now() < at.wall ? Infinity : ageMs(at, this.#clock);
  }
}

/** How long a look serves, in milliseconds. */
function lastsMs<Stored>(outcome: Outcome<Stored> | null): number {
  return outcome?.kind === "records" && outcome.isWorthless ? EMPTY_MS : FRESH_MS;
}

function recordsOf<Stored>(outcome: Outcome<Stored>): readonly Stored[] {
  if (outcome.kind === "fault") throw outcome.error;
  return outcome.records;
}

/** A record by its id; one that cannot be understood is worth nothing, and is none. */
async function get<Stored>(
  store: ReadableStore<Stored>,
  id: string,
  signal: AbortSignal,
): Promise<Stored | null> {
  try {
    return await store.get(id, signal);
  } catch (thrown) {
    const code = thrown instanceof SentinelError ? thrown.code : null;
    if (code === "OVERRIDE_RECORD_INVALID") return null;
    throw thrown;
  }
}
