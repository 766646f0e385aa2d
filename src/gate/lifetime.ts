/**
 * How long credentials may live that are asked for now. Whoever makes them asks here at the last
 * moment: each second on the way there is one less of an override.
 *
 * @module
 */
import type { CredentialRequest } from "./ports.ts";

/** The shortest life of credentials that STS issues, in seconds. */
export const MIN_DURATION_SECONDS = 900;

/**
 * Seconds that credentials may live that are asked for at `now` (milliseconds since the epoch);
 * `null` when that is less than STS issues.
 */
export function lifetimeSeconds(
  { durationSeconds, within }: Omit<CredentialRequest, "sourceIdentity">,
  now: number,
): number | null {
  if (within === undefined) return durationSeconds;
  const left = Math.floor((within.notAfter - now) / 1000);
  if (left >= MIN_DURATION_SECONDS) return Math.min(durationSeconds, left);
  return within.allowMinimum && left > 0 ? MIN_DURATION_SECONDS : null;
}
