/**
 * Bounds how many requests wait for a decision, and for how long. One timer serves them all,
 * because a timer a request costs a fifth of the endpoint's throughput.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** A request that waits for its decision. */
export interface Waiting {
  /** When it has waited long enough, on the monotonic clock. */
  readonly deadline: number;
  /** Answers it when the decision is late. */
  readonly expire: () => void;
}

/** What a {@linkcode WaitingRoom} closes over. */
export interface WaitingRoomOptions {
  readonly clock: Clock;
  /** At most this many wait at the same time. */
  readonly capacity: number;
  /** None waits longer, in milliseconds. */
  readonly deadlineMs: number;
}

/** Where requests wait for their decisions. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  // INVARIANT: ordered by deadline, since all wait equally long and a Set keeps its order.
  readonly #waiting = new Set<Waiting>();
  #cancelTimer: (() => void) | null = null;
  readonly #emptied = Promise.withResolvers<void>();
  #closed = false;

  /** An empty room. */
  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  /** Nobody may enter any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** As many wait as may. */
  get full(): boolean {
    return this.#waiting.size >= this.#options.capacity;
  }

  /** Lets a request in: `expire` is called unless it leaves in time. `null`: full, or closed. */
  enter(expire: () => void): Waiting | null {
    const { clock, deadlineMs } = this.#options;
    if (this.#closed || this.full) return null;
    const waiting = { deadline: clock.monotonic() + deadlineMs, expire };
    this.#waiting.add(waiting);
    this.#cancelTimer ??= clock.after(deadlineMs, () => this.#expireLate());
    return waiting;
  }

  /** Whether `waiting` still waits. */
  has(waiting: Waiting): boolean {
    return this.#waiting.has(waiting);
  }

  /** Whether `waiting` still waited; from now on it does not. */
  leave(waiting: Waiting): boolean {
    const waited = this.#waiting.delete(waiting);
    if (this.#closed && this.#waiting.size === 0) this.#end();
    return waited;
  }

  /** Lets nobody in any more; resolves when all have left, after `deadlineMs` at the latest. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#waiting.size === 0) this.#end();
    return this.#emptied.promise;
  }

  #end(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#emptied.resolve();
  }

  /** The timer is left to run when the room empties, so that a busy room seldom sets one. */
  #expireLate(): void {
    this.#cancelTimer = null;
    const now = this.#options.clock.monotonic();
    for (const waiting of this.#waiting) {
      const restMs = waiting.deadline - now;
      if (restMs > 0) {
        this.#cancelTimer = this.#options.clock.after(restMs, () => this.#expireLate());
        return;
      }
      this.leave(waiting);
      waiting.expire();
    }
  }
}
