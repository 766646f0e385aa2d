/**
 * Waits until approvers have decided on a request: one strongly consistent read a poll, less often
 * the longer it takes. It only looks; whether what is found lifts a refusal is the gate's to judge.
 *
 * @module
 */
import { type Clock, pause } from "../clock.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import { type ApprovalRequest, effectiveRequestStatus } from "../state/approval_request.ts";
import type { RequestStore } from "../store/override_store.ts";

/** How the waiting ended. */
export type WaitOutcome =
  /** It is not pending any more: `status` says what it is now. */
  | { readonly kind: "decided"; readonly request: ApprovalRequest }
  | { readonly kind: "timed_out"; readonly request: ApprovalRequest }
  | { readonly kind: "interrupted" }
  /** Nobody knows: the record is gone or cannot be understood, or the table did not answer. */
  | { readonly kind: "failed"; readonly error: SentinelError };

/** How long is waited, and who hears of it. */
export interface WaitOptions {
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  /** Ends the waiting at once. */
  readonly interrupted: AbortSignal;
  /** Told what is known, after every poll and every second in between. */
  readonly onState?: (state: WaitState) => void;
  /** Random numbers of `[0, 1)`, so that many who wait do not poll at once. */
  readonly random?: () => number;
}

/** What is known while waiting. */
export interface WaitState {
  readonly request: ApprovalRequest;
  readonly remainingSeconds: number;
  /** Why the last poll failed, or `null`. */
  readonly trouble: SentinelError | null;
}

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 15_000;
const PAUSE_GROWTH = 1.5;
const TICK_MS = 1000;

/** Polls `filed` in `store`. Never rejects. */
export async function waitForDecision(
  store: Pick<RequestStore, "get">,
  filed: ApprovalRequest,
  options: WaitOptions,
): Promise<WaitOutcome> {
  const { timeoutSeconds, clock, interrupted, onState, random = Math.random } = options;
  const deadline = clock.monotonic() + timeoutSeconds * 1000;
  let request = filed;
  let trouble: SentinelError | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const leftMs = deadline - clock.monotonic();
    const until = clock.monotonic() + Math.min(leftMs, pauseMs * (0.8 + 0.4 * random()));
    while (clock.monotonic() < until && !interrupted.aborted) {
      const remainingSeconds = Math.ceil((deadline - clock.monotonic()) / 1000);
      onState?.({ request, remainingSeconds, trouble });
      const restMs = until - clock.monotonic();
      // Where nobody looks there is nothing to show in between.
      const ms = onState === undefined ? restMs : Math.min(TICK_MS, restMs);
      await pause(ms, { clock, signal: interrupted });
    }
    if (interrupted.aborted) return { kind: "interrupted" };
    try {
      const found = await store.get(filed.id, interrupted);
      if (found === null) return { kind: "failed", error: gone(filed) };
      request = found;
      trouble = null;
    } catch (thrown) {
      if (interrupted.aborted) return { kind: "interrupted" };
      trouble = asSentinelError(thrown);
      // Only a table that does not answer may answer later.
      if (trouble.code !== "OVERRIDE_STORE_UNAVAILABLE") return { kind: "failed", error: trouble };
    }
    if (effectiveRequestStatus(request, clock.now()) !== "pending") {
      return { kind: "decided", request };
    }
    if (clock.monotonic() >= deadline) {
      return trouble === null ? { kind: "timed_out", request } : { kind: "failed", error: trouble };
    }
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
  }
}

function gone({ id }: ApprovalRequest): SentinelError {
  return new SentinelError("OVERRIDE_NOT_FOUND", `Request ${id} is gone from the table`);
}
