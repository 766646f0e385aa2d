/**
 * How long credentials may live that are asked for now. Whoever makes them asks here at the last
 * moment: each second on the way there is one less of an override.
 *
 * @module
 */
import type { CredentialRequest } from "./ports.ts";

/** The shortest life of credentials that STS issues, in seconds. */
export const MIN_DURATION_SECONDS = 900;

/** Seconds of access from `now` on that were allowed, whether or not STS can give so few. */
export function allowedSeconds(
  { durationSeconds, within }: Omit<CredentialRequest, "sourceIdentity">,
  now: number,
): number {
  if (within === undefined) return durationSeconds;
  return Math.min(durationSeconds, Math.max(0, Math.floor((within.notAfter - now) / 1000)));
}

/**
 * Seconds that credentials may live that are asked for at `now` (milliseconds since the epoch);
 * `null` when that is less than STS issues.
 */
export function lifetimeSeconds(
  request: Omit<CredentialRequest, "sourceIdentity">,
  now: number,
): number | null {
  const allowed = allowedSeconds(request, now);
  if (request.within === undefined || allowed >= MIN_DURATION_SECONDS) return allowed;
  return request.within.allowMinimum && allowed > 0 ? MIN_DURATION_SECONDS : null;
}
