/**
 * Counts the answers of a server and writes them behind the requests' backs: one write for all of
 * them, one write at a time, and one now and then when there are none, so that a living session
 * does not expire. It never makes a request wait.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { SessionTouch } from "../store/store.ts";

/** Time between the beginnings of two writes of a busy server. */
const WRITE_INTERVAL_MS = 10_000;
/** The first answer after a pause is written this much later, with those that follow it. */
const WRITE_DELAY_MS = 200;
/** An idle server shows that it lives this often (or thrice in its duration, if that is sooner). */
const HEARTBEAT_MS = 300_000;

/** What is written, and how. */
export interface TouchWriterOptions {
  /** Life of the session beyond its last sign of life, in seconds. */
  readonly durationSeconds: number;
  readonly clock: Clock;
  /** Writes one touch; rejects when it may not have been written. */
  readonly write: (touch: SessionTouch) => Promise<void>;
}

/** The touches of one session. */
export class TouchWriter {
  readonly #options: TouchWriterOptions;
  readonly #clock: Clock;
  #requests = 0;
  #lastAccessAt = 0;
  #running = false;
  #writing: Promise<void> | null = null;
  #failed = false;
  /** Moments of the monotonic clock. */
  #lastSign = -Infinity;
  #notBefore = -Infinity;
  #timer: { readonly due: number; readonly cancel: () => void } | null = null;

  constructor(options: TouchWriterOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Begins to write: the record is there. What was counted before is written too. */
  start(): void {
    this.#running = true;
    this.#lastSign = this.#clock.monotonic();
    this.#arm();
  }

  /** Counts one answer. */
  touch(): void {
    this.#requests++;
    this.#lastAccessAt = this.#clock.now();
    // With more than one there is a timer, or a write under way that will set it.
    if (this.#requests === 1) this.#arm();
  }

  /** Writes no more; resolves when the write that is under way has ended. Never rejects. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#writing;
  }

  /** Writes what is left, now, unless a write is still under way. Never rejects. */
  async flush(): Promise<void> {
    if (this.#requests > 0 && this.#writing === null) await this.#write();
  }

  /** Sets the timer for the next write, unless one that is due sooner is set. */
  #arm(): void {
    if (!this.#running || this.#writing !== null) return;
    const now = this.#clock.monotonic();
    const due = this.#due(now);
    if (this.#timer !== null && this.#timer.due <= due) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, due - now), () => {
      this.#timer = null;
      this.#writing = this.#write().then(() => {
        this.#writing = null;
        this.#arm();
      });
    });
    this.#timer = { due, cancel };
  }

  #due(now: number): number {
    if (this.#requests > 0) return Math.max(now + WRITE_DELAY_MS, this.#notBefore);
    if (this.#failed) return this.#notBefore;
    return this.#lastSign + Math.min(HEARTBEAT_MS, this.#options.durationSeconds * 1000 / 3);
  }

  /** One write for all answers so far; what could not be written is kept for the next. */
  async #write(): Promise<void> {
    const requests = this.#requests;
    const now = this.#clock.now();
    const startedAt = this.#clock.monotonic();
    this.#requests = 0;
    this.#notBefore = startedAt + WRITE_INTERVAL_MS;
    try {
      await this.#options.write({
        now,
        lastAccessAt: requests > 0 ? this.#lastAccessAt : null,
        requests,
        expiresAt: now + this.#options.durationSeconds * 1000,
      });
      this.#lastSign = startedAt;
      this.#failed = false;
    } catch {
      this.#requests += requests;
      this.#failed = true;
    }
  }
}
