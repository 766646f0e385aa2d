/**
 * Time as a parameter: what reads a clock or waits takes a {@linkcode Clock}, so that tests can
 * move time by hand.
 *
 * @module
 */

/** Wall clock, monotonic clock and timers. */
export interface Clock {
  /** Milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds since some moment; never goes back, but may stand still while the machine sleeps. */
  monotonic(): number;
  /** Calls `callback` once, `ms` milliseconds from now; returns how to call that off. */
  after(ms: number, callback: () => void): () => void;
}

/**
 * The machine's clock. A timer keeps the process alive until it fires or is called off: a program
 * that only waits for one must not end before it.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
export function pause(
  ms: number,
  { clock, signal }: {
    readonly clock: Pick<Clock, "after">;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    // Deno warns on standard error of what is negative.
    const stop = clock.after(Math.max(0, ms), end);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}
