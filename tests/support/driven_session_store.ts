/**
 * A session store driven by hand: it answers at once, late, never or with a fault, as the test
 * says, and its record can be changed behind the server's back.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import type { SessionRecord } from "../../src/state/session.ts";
import type { SessionStore, SessionTouch, TransitionResult } from "../../src/store/store.ts";
import type { ManualClock } from "./manual_clock.ts";

/** Calls of a store, and its opening and closing. */
export type StoreAction = "open" | "create" | "get" | "touch" | "expire" | "close";

/** How a call goes. */
export type Behaviour =
  /** It takes effect after `effectMs` (default 0) and answers `afterMs` after its beginning. */
  | { readonly kind: "answer"; readonly afterMs?: number; readonly effectMs?: number }
  /** It fails `afterMs` after its beginning (default: at once) without any effect. */
  | { readonly kind: "fail"; readonly afterMs?: number; readonly error?: unknown }
  /** It throws before it returns a promise. */
  | { readonly kind: "throw"; readonly error?: unknown }
  /** It never answers, deaf to its signal; it may take effect all the same. */
  | { readonly kind: "hang"; readonly takesEffect?: boolean };

/** A call that was made. */
export interface StoreCall {
  readonly action: StoreAction;
  /** Moment of the monotonic clock. */
  readonly at: number;
  readonly touch?: SessionTouch;
  readonly signal?: AbortSignal | undefined;
}

const AT_ONCE: Behaviour = { kind: "answer" };

/** The fault of a store that is away. */
export const STORE_AWAY = new SentinelError(
  "SESSION_STORE_UNAVAILABLE",
  "Cannot reach the session table: no connection",
);

/** One table. `record` is what it holds. */
export class DrivenSessionStore implements SessionStore {
  record: SessionRecord | null = null;
  readonly calls: StoreCall[] = [];
  /** How the next calls go. */
  behave: (action: StoreAction) => Behaviour = () => AT_ONCE;
  /** Writes that were under way at one time, at most. */
  mostWrites = 0;
  readonly table: string;
  readonly #clock: ManualClock;
  #writes = 0;

  constructor(clock: ManualClock, table = "sessions") {
    this.#clock = clock;
    this.table = table;
  }

  /** For `openStore` of a tracker. */
  open(): Promise<SessionStore> {
    return this.#run({ action: "open" }, () => this);
  }

  /** How often an action was begun. */
  count(action: StoreAction): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  /** The touches that were begun, in order. */
  get touches(): SessionTouch[] {
    return this.calls.flatMap((call) => call.touch ?? []);
  }

  /** Changes the record behind the server's back. */
  change(changes: Partial<SessionRecord>): void {
    if (this.record === null) throw new Error("there is no record to change");
    this.record = { ...this.record, ...changes };
  }

  create(record: SessionRecord, signal?: AbortSignal): Promise<void> {
    return this.#run({ action: "create", signal }, () => {
      if (this.record === null) this.record = record;
    });
  }

  get(_id: string, signal?: AbortSignal): Promise<SessionRecord | null> {
    return this.#run({ action: "get", signal }, () => this.record);
  }

  touch(_id: string, touch: SessionTouch, signal?: AbortSignal): Promise<TransitionResult> {
    return this.#write({ action: "touch", touch, signal }, (record) => {
      if (record.status !== "active" || record.expiresAt <= touch.now) return null;
      return {
        requestCount: record.requestCount + touch.requests,
        lastAccessAt: touch.lastAccessAt ?? record.lastAccessAt,
        expiresAt: Math.max(record.expiresAt, touch.expiresAt),
        updatedAt: touch.now,
      };
    });
  }

  expire(_id: string, now: number, signal?: AbortSignal): Promise<TransitionResult> {
    return this.#write(
      { action: "expire", signal },
      (record) => record.status === "active" ? { status: "expired", updatedAt: now } : null,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#run({ action: "close" }, () => {});
  }

  revoke = unused;
  listByUser = unused;
  listByStatus = unused;
  listByProfile = unused;
  findActiveByServerInstance = unused;

  async #write(
    call: Omit<StoreCall, "at">,
    change: (record: SessionRecord) => Partial<SessionRecord> | null,
  ): Promise<TransitionResult> {
    this.mostWrites = Math.max(this.mostWrites, ++this.#writes);
    try {
      return await this.#run(call, (): TransitionResult => {
        if (this.record === null) return { outcome: "missing" };
        const changes = change(this.record);
        if (changes === null) return { outcome: "unchanged", record: this.record };
        this.record = { ...this.record, ...changes };
        return { outcome: "applied", record: this.record };
      });
    } finally {
      this.#writes--;
    }
  }

  #run<T>(call: Omit<StoreCall, "at">, effect: () => T): Promise<T> {
    this.calls.push({ ...call, at: this.#clock.monotonic() });
    const behaviour = this.behave(call.action);
    switch (behaviour.kind) {
      case "answer":
        return this.#answer(behaviour, effect);
      case "fail":
        return new Promise((_, reject) => {
          this.#after(behaviour.afterMs ?? 0, () => reject(behaviour.error ?? STORE_AWAY));
        });
      case "throw":
        throw behaviour.error ?? STORE_AWAY;
      case "hang":
        if (behaviour.takesEffect) effect();
        return new Promise(() => {});
    }
  }

  #answer<T>(
    { afterMs = 0, effectMs = 0 }: Extract<Behaviour, { kind: "answer" }>,
    effect: () => T,
  ): Promise<T> {
    return new Promise((resolve) => {
      this.#after(Math.min(effectMs, afterMs), () => {
        const value = effect();
        this.#after(Math.max(0, afterMs - effectMs), () => resolve(value));
      });
    });
  }

  #after(ms: number, callback: () => void): void {
    if (ms <= 0) callback();
    else this.#clock.after(ms, callback);
  }
}

function unused(): never {
  throw new Error("the server has no business with this");
}
