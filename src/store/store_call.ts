/**
 * What a store's call is made for, so that whatever goes wrong in it can say what could not be done.
 *
 * @module
 */

/** One call of a store. */
export interface StoreCall {
  /** Completes "Cannot …". Printable. */
  readonly action: string;
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined;
}
