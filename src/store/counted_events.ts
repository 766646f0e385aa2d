/**
 * Break-glass events together with the history by which their limits are judged. What was counted
 * once stays counted, so that a busy server reads the history once for an event.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import {
  type BreakGlassEvent,
  type CountedEvent,
  countedEvent,
  type Invocation,
  invocationOf,
} from "../state/break_glass_event.ts";
import type { BreakGlassStore, RecordListOptions } from "./override_store.ts";
import { BREAKGLASS_TABLE } from "./table_kind.ts";

/** The events of a store, each with the invocations before it. */
export class CountedEvents implements AsyncDisposable {
  readonly #store: BreakGlassStore;
  /** By what was counted for an event, the invocations before it: an event may be rewritten. */
  readonly #earlier = new Map<string, readonly Invocation[]>();

  /** Events of `store`, which is closed with this. */
  constructor(store: BreakGlassStore) {
    this.#store = store;
  }

  /** As `BreakGlassStore.get`. */
  async get(id: string, signal?: AbortSignal): Promise<CountedEvent | null> {
    const event = await this.#store.get(id, signal);
    return event === null ? null : await this.count(event, signal);
  }

  /** As `BreakGlassStore.listByUser`; the history is read once. */
  async *listByUser(user: string, options?: RecordListOptions): AsyncGenerator<CountedEvent> {
    let history: readonly Invocation[] | null = null;
    for await (const event of this.#store.listByUser(user, options)) {
      const known = this.#known(event);
      yield known ?? this.#keep(countedEvent(event, history ??= await this.#history()));
    }
  }

  /** `event` with the invocations before it. Rejects with `SentinelError`. */
  async count(event: BreakGlassEvent, signal?: AbortSignal): Promise<CountedEvent> {
    return this.#known(event) ?? this.#keep(countedEvent(event, await this.#history(signal)));
  }

  /** Closes the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  /** What needs no look into the history: what gives nothing, and what was counted before. */
  #known(event: BreakGlassEvent): CountedEvent | null {
    if (event.status === "closed") return { ...event, earlier: null };
    const earlier = this.#earlier.get(keyOf(event));
    return earlier === undefined ? null : { ...event, earlier };
  }

  #keep(event: CountedEvent): CountedEvent {
    if (event.earlier !== null) this.#earlier.set(keyOf(event), event.earlier);
    return event;
  }

  /** A history that cannot be understood holds nothing: nobody can tell what was counted. */
  async #history(signal?: AbortSignal): Promise<readonly Invocation[]> {
    try {
      return await this.#store.invocations(signal);
    } catch (thrown) {
      const code = thrown instanceof SentinelError ? thrown.code : null;
      if (code === BREAKGLASS_TABLE.recordInvalid) return [];
      throw thrown;
    }
  }
}

function keyOf(event: BreakGlassEvent): string {
  return JSON.stringify(invocationOf(event));
}
