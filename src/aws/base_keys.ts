/**
 * The keys at the end of a profile's chain, however they are come by. It decides nothing about
 * roles or policy, starts no program but the profile's own, and asks nobody but through
 * {@linkcode Interaction}.
 *
 * @module
 */
import type { AwsKeys } from "./clients.ts";

/** Keys of the base, as they are now. */
export interface BaseKeysNow extends AwsKeys {
  /** End of life in milliseconds since the epoch; `null` when none is known. */
  readonly expiresAt: number | null;
  /** ARN of their owner where whoever made them said so; else `null`. */
  readonly arn: string | null;
}

/** The keys of one base for the life of one process. */
export interface BaseKeys {
  /**
   * Keys that are valid now: those of before while they last. Many callers share one way to them.
   * Rejects with `SentinelError`; with `SIGN_IN_REQUIRED` where a person is needed and cannot be
   * asked.
   */
  current(signal?: AbortSignal): Promise<BaseKeysNow>;
}
