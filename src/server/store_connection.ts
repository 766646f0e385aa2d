/**
 * One session table as the server sees it: opened when first needed, asked with a time limit that
 * holds whatever the store does, and reported to the person at the terminal once an outage. It
 * never decides what a silent store means.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import type { SessionStore } from "../store/store.ts";
import { printable, quote } from "../text/printable.ts";

/** How long a store may take to open, or one call of it, before that counts as failed. */
const CALL_TIMEOUT_MS = 5000;
/** P7: longer than this nothing waits that does not depend on the store; a healthy one is faster. */
export const PROMPT_MS = 250;
/** How long a store may take to close. */
const CLOSE_TIMEOUT_MS = 500;

/** What a connection needs to know and to do. */
export interface StoreConnectionOptions {
  readonly openStore: (table: string) => Promise<SessionStore>;
  readonly clock: Clock;
  /** Tells the person at the terminal. */
  readonly warn: (message: string) => void;
}

/** One call of the store. */
export interface StoreCallOptions {
  /** What is done, completing "Cannot …": the same words are the same kind of call. */
  readonly action: string;
  /** Default: 5 s. */
  readonly timeoutMs?: number;
}

interface Health {
  /** Which call said so: one that began before does not count against it. */
  readonly call: number;
  /** `drags`: it answers, but not promptly. */
  readonly state: "well" | "drags" | "failed";
}

/** The connection to one table. */
export class StoreConnection {
  readonly #table: string;
  readonly #options: StoreConnectionOptions;
  #opening: Promise<SessionStore> | null = null;
  #opened = false;
  #closed = false;
  #failing = false;
  /** How the last call of each kind went that has ended. */
  readonly #health = new Map<string, Health>();
  #calls = 0;
  /** Ends what is under way: called when the connection is closed. */
  readonly #underway = new Set<(error: SentinelError) => void>();

  constructor(table: string, options: StoreConnectionOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Whether the store was open at any time, so that something may have been written. */
  get opened(): boolean {
    return this.#opened;
  }

  /** Whether the call that ended last failed, of whatever kind it was. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Whether this kind of call cannot be waited for: it failed, or it is not prompt. */
  isSlow(action: string): boolean {
    return (this.#health.get(action)?.state ?? "well") !== "well";
  }

  /** Calls the store, after opening it where that is needed. Rejects with `SentinelError`. */
  async call<T>(
    use: (store: SessionStore, signal: AbortSignal) => Promise<T>,
    { action, timeoutMs = CALL_TIMEOUT_MS }: StoreCallOptions,
  ): Promise<T> {
    const call = ++this.#calls;
    const startedAt = this.#options.clock.monotonic();
    try {
      const value = await this.#limit(
        async (signal) => await use(await this.#open(), signal),
        { action, timeoutMs },
      );
      this.#failing = false;
      // A call that drags would drag the next request too: only a prompt one proves it is over.
      const prompt = this.#options.clock.monotonic() - startedAt <= PROMPT_MS;
      const dragged = this.#health.get(action)?.state === "drags";
      this.#note(action, { call, state: prompt || !dragged ? "well" : "drags" });
      return value;
    } catch (thrown) {
      const error = asSentinelError(thrown);
      this.#failing = true;
      this.#note(action, { call, state: "failed" }, error);
      throw error;
    }
  }

  /** Notes that a call is not prompt: somebody went on without its answer. */
  drags(action: string): void {
    const error = this.late({ action, timeoutMs: PROMPT_MS });
    this.#note(action, { call: this.#calls, state: "drags" }, error);
  }

  /** Tells the person at the terminal what is wrong with the session in this table. */
  warn(message: string): void {
    if (!this.#closed) this.#options.warn(`Session tracking is disturbed: ${printable(message)}`);
  }

  /** Gives up what is under way and closes the store, within 0.5 s. Never rejects. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#closed = true;
    const closed = new SentinelError("SESSION_STORE_UNAVAILABLE", "The session is being closed");
    for (const abandon of [...this.#underway]) abandon(closed);
    if (!this.#opened || opening === null) return;
    await this.#limit(async () => await (await opening)[Symbol.asyncDispose](), {
      action: "close the store",
      timeoutMs: CLOSE_TIMEOUT_MS,
    }).catch(() => {}); // It is being left: a fault on the way out changes nothing.
  }

  #open(): Promise<SessionStore> {
    if (this.#opening !== null) return this.#opening;
    const store = Promise.try(this.#options.openStore, this.#table);
    const opening = this.#limit(() => store, {
      action: "open the store",
      timeoutMs: CALL_TIMEOUT_MS,
    });
    this.#opening = opening;
    opening.then(() => {
      this.#opened = true;
    }, () => {
      this.#opening = null;
      // It may yet open when nobody waits for it any more.
      store.then((late) => late[Symbol.asyncDispose]()).catch(() => {});
    });
    return opening;
  }

  /** INVARIANT: settles within `timeoutMs`, and leaves no timer behind. */
  #limit<T>(
    call: (signal: AbortSignal) => Promise<T>,
    options: Required<StoreCallOptions>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      const end = () => {
        cancel();
        this.#underway.delete(abandon);
      };
      const abandon = (error: SentinelError) => {
        end();
        reject(error);
        controller.abort(error);
      };
      const cancel = this.#options.clock.after(
        options.timeoutMs,
        () => abandon(this.late(options)),
      );
      this.#underway.add(abandon);
      Promise.try(call, controller.signal).finally(end).then(resolve, reject);
    });
  }

  /** The first thing that goes wrong begins an outage and is told; it ends when all is well. */
  #note(action: string, health: Health, error?: SentinelError): void {
    const before = this.#health.get(action);
    if (before !== undefined && before.call > health.call) return;
    const outage = this.#some("failed") || this.#some("drags");
    if (error !== undefined && !outage) this.warn(error.message);
    this.#health.set(action, health);
  }

  #some(state: Health["state"]): boolean {
    return [...this.#health.values()].some((health) => health.state === state);
  }

  /** The error of a call that has no answer in time. */
  late({ action, timeoutMs }: Required<StoreCallOptions>): SentinelError {
    return new SentinelError(
      "SESSION_STORE_UNAVAILABLE",
      `Cannot ${action} in session table ${quote(this.#table)}: no answer within ${timeoutMs} ms`,
    );
  }
}
