/**
 * Time moved by hand: nothing happens until a test lets time pass, and then everything that is
 * due happens in order, with all that follows from it.
 *
 * @module
 */
import type { Clock } from "../../src/clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Lets everything happen that waits for no timer and no input or output. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}

/** A clock that stands still unless it is told to move. */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #timers = new Set<Timer>();

  /** Starts at `wall` (default: a Wednesday, 12:00 UTC), in milliseconds since the epoch. */
  constructor(wall: number = Date.UTC(2026, 5, 17, 12)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#monotonic + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set and not called off. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass on both clocks; timers fire at their moments, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let next = this.#next(end); next !== null; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#move(Math.max(0, next.due - this.#monotonic));
      next.callback();
      await settle();
    }
    this.#move(end - this.#monotonic);
  }

  /** The machine sleeps: only the wall clock goes on. */
  sleep(ms: number): void {
    this.#wall += ms;
  }

  /** Somebody sets the wall clock forward or, with a negative `ms`, back. */
  setWall(ms: number): void {
    this.#wall += ms;
  }

  /** The next timer that is due by `end`; of several at one moment, the one that was set first. */
  #next(end: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === null || timer.due < next.due)) next = timer;
    }
    return next;
  }

  #move(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }
}
