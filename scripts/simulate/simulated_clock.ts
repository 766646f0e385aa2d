/**
 * Simulated time for many thousands of timers: what is due happens in order, and an hour takes as
 * long as what happens in it.
 *
 * @module
 */
import type { Clock } from "../../src/clock.ts";

interface Timer {
  readonly due: number;
  readonly number: number;
  /** `null` once it was called off. */
  callback: (() => void) | null;
}

/** What lies so near together happens before anything that follows from it. */
const TICK_MS = 20;
/** The longest chain of promises in a call of the store has some dozens of links. */
const TURNS = 200;

/** Lets everything happen that waits for no timer and no input or output. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}

/** A clock that stands still unless it is run. */
export class SimulatedClock implements Clock {
  readonly #start: number;
  #elapsed = 0;
  #timers: Timer[] = [];
  #count = 0;

  /** Starts at `start`, in milliseconds since the epoch. */
  constructor(start: number) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { due: this.#elapsed + ms, number: this.#count++, callback };
    this.#push(timer);
    return () => {
      timer.callback = null;
    };
  }

  /** Lets simulated time pass up to `end` (milliseconds since the start). */
  async run(end: number): Promise<void> {
    await settle();
    while (this.#timers.length > 0 && this.#timers[0]!.due <= end) {
      const tick = Math.min(end, this.#timers[0]!.due + TICK_MS);
      while (this.#timers.length > 0 && this.#timers[0]!.due <= tick) {
        const { due, callback } = this.#pop();
        if (callback === null) continue;
        this.#elapsed = Math.max(this.#elapsed, due);
        callback();
      }
      await settle();
    }
    this.#elapsed = end;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = timer;
  }

  #pop(): Timer {
    const heap = this.#timers;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.number < b.number);
}
