/**
 * Faults that tests order: which call of the endpoint goes wrong, and how.
 *
 * @module
 */

/** How a call goes wrong. */
export type StsFault =
  /** It is answered properly, `ms` milliseconds late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** It is refused with `Throttling`. */
  | { readonly kind: "throttle" }
  /** It is refused with `code`. */
  | {
    readonly kind: "error";
    readonly status: number;
    readonly code: string;
    readonly message?: string;
  }
  /** It is never answered; the connection stays open until the client or the endpoint closes it. */
  | { readonly kind: "hang" }
  /** Its connection is closed without an answer. */
  | { readonly kind: "reset" };

/** To which calls a fault happens. */
export interface StsFaultOptions {
  /** Only calls of this action; default: every call. */
  readonly action?: string;
  /** How often it happens, at least 1; default: until it is taken back. */
  readonly times?: number;
}

const EVERY_ACTION = "*";

/** The faults in force: at most one an action and one for the rest. */
export class FaultPlan {
  readonly #planned = new Map<string, { readonly fault: StsFault; left: number }>();

  /**
   * Orders `fault` in place of an earlier one for the same calls; `null` takes back that of
   * `options.action`, or every one. Throws `RangeError` on `times` below 1.
   */
  order(fault: StsFault | null, options: StsFaultOptions = {}): void {
    const { action = EVERY_ACTION, times = Infinity } = options;
    if (!(times >= 1)) throw new RangeError(`A fault cannot happen ${times} times`);
    if (fault !== null) this.#planned.set(action, { fault, left: times });
    else if (options.action === undefined) this.#planned.clear();
    else this.#planned.delete(action);
  }

  /** The fault that happens to a call of `action` now, or `null`. Counts it. */
  take(action: string | null): StsFault | null {
    for (const key of [action, EVERY_ACTION]) {
      const planned = key === null ? undefined : this.#planned.get(key);
      if (key === null || planned === undefined) continue;
      planned.left -= 1;
      if (planned.left <= 0) this.#planned.delete(key);
      return planned.fault;
    }
    return null;
  }
}
