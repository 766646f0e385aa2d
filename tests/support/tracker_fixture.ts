/**
 * A session tracker over stores driven by hand and a clock moved by hand.
 *
 * @module
 */
import type { SessionState } from "../../src/gate/ports.ts";
import {
  createSessionTracker,
  type RunningSessionTracker,
  type SessionTrackerOptions,
} from "../../src/server/session_tracker.ts";
import { assertEquals, fail } from "./assert.ts";
import { DrivenSessionStore } from "./driven_session_store.ts";
import { ManualClock, settle } from "./manual_clock.ts";

/** Default life of the fixture's sessions, in milliseconds. */
export const DURATION_MS = 900_000;

/** What became of a check so far. */
export interface Checked {
  /** `active`, `revoked`, `expired`, `unknown`, `fault CODE`, or `pending`. */
  outcome: string;
  /** When it was known, by the monotonic clock. */
  at: number;
}

/** What is checked: default the required session in table `a`. */
export interface CheckOptions {
  readonly table?: string | null;
  readonly required?: boolean;
}

/** The tracker and its surroundings. */
export interface TrackerFixture {
  readonly tracker: RunningSessionTracker;
  readonly clock: ManualClock;
  /** The store of a table; the same for the same name. */
  readonly store: (table?: string) => DrivenSessionStore;
  readonly warnings: string[];
  /** Begins a check and returns what becomes of it. */
  readonly check: (options?: CheckOptions) => Checked;
  /** Begins a check and lets all happen that needs no time; `pending` is a possible outcome. */
  readonly checkNow: (options?: CheckOptions) => Promise<string>;
  /** Closes the tracker, which must take no longer than `withinMs` and leave no timer behind. */
  readonly close: (withinMs?: number) => Promise<void>;
}

/** Builds the fixture. Tables are called `a` unless they are named. */
export function trackerFixture(options: Partial<SessionTrackerOptions> = {}): TrackerFixture {
  const clock = new ManualClock();
  const stores = new Map<string, DrivenSessionStore>();
  const warnings: string[] = [];
  const store = (table = "a") => {
    const known = stores.get(table) ?? new DrivenSessionStore(clock, table);
    stores.set(table, known);
    return known;
  };
  const tracker = createSessionTracker({
    sessionId: "00112233445566ff",
    serverInstanceId: "ffeeddccbbaa0099",
    user: "alice",
    profile: "prod",
    sourceIdentity: "sentinel=alice=direct=00112233445566ff",
    durationSeconds: DURATION_MS / 1000,
    openStore: (table) => store(table).open(),
    clock,
    warn: (message) => warnings.push(message),
    ...options,
  });

  function check(
    { table = "a", required = true }: CheckOptions = {},
  ): Checked {
    const checked: Checked = { outcome: "pending", at: NaN };
    const note = (outcome: string) => {
      checked.outcome = outcome;
      checked.at = clock.monotonic();
    };
    const answer = tracker.check(table, { required });
    if (!(answer instanceof Promise)) note(answer.kind);
    else {
      answer.then(
        (state: SessionState) => note(state.kind),
        (error) => note(`fault ${error.code}`),
      );
    }
    return checked;
  }

  return {
    tracker,
    clock,
    store,
    warnings,
    check,
    async checkNow(checkOptions) {
      const checked = check(checkOptions);
      await settle();
      return checked.outcome;
    },
    async close(withinMs = 0) {
      let closed = false;
      tracker.close().then(() => closed = true, () => fail("close() rejected"));
      await clock.advance(withinMs);
      await settle();
      assertEquals(closed, true, `closed within ${withinMs} ms`);
      assertEquals(clock.timers, 0, "timers after close");
    },
  };
}
