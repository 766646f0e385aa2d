/**
 * How long credentials may live. Whoever makes them asks here at the last moment: each second on
 * the way there is one less of an override. Nothing that outlives what was allowed keeps to it.
 *
 * @module
 */
import { CLOCK_DIFFERENCE_MS } from "../state/window_bounds.ts";
import type { AccessRequest } from "./access_request.ts";
import type { Trace } from "./decision_trace.ts";
import type { Override } from "./override.ts";
import type { CredentialRequest, OwnLife } from "./ports.ts";

/** How long the credentials of a request may live, and what their life is bound by. */
export type Life = Omit<CredentialRequest, "sourceIdentity">;

/** The shortest life of credentials that STS issues, in seconds. */
export const MIN_DURATION_SECONDS = 900;

/** The life that credentials may have: what was asked and the rule's cap, within the override. */
export function allowedLife(
  request: AccessRequest,
  { verdict, override }: Pick<Trace, "verdict" | "override">,
): Life {
  const cap = verdict?.maxServerDurationSeconds ?? null;
  return {
    durationSeconds: request.mode === "server" && cap !== null
      ? Math.min(request.durationSeconds, cap)
      : request.durationSeconds,
    ownLife: ownLife(request, override),
    ...override !== null &&
      { within: { notAfter: override.expiresAt, allowMinimum: override.allowMinimum } },
  };
}

/** INVARIANT: where a limit is in force, credentials that cannot be shortened do not outlive it. */
function ownLife(request: AccessRequest, override: Override | null): OwnLife {
  // A server hands out what ends soon: otherwise a revocation would not reach what is out there.
  if (request.mode === "server") return "refused";
  return override === null && request.isDefaultDuration ? "allowed" : "within";
}

/** Seconds of access from `now` on that were allowed, whether or not STS can give so few. */
export function allowedSeconds({ durationSeconds, within }: Life, now: number): number {
  if (within === undefined) return durationSeconds;
  return Math.min(durationSeconds, Math.max(0, Math.floor((within.notAfter - now) / 1000)));
}

/**
 * Seconds that credentials may live that are asked for at `now` (milliseconds since the epoch);
 * `null` when that is less than STS issues.
 */
export function lifetimeSeconds(life: Life, now: number): number | null {
  const allowed = allowedSeconds(life, now);
  if (life.within === undefined || allowed >= MIN_DURATION_SECONDS) return allowed;
  return life.within.allowMinimum && allowed > 0 ? MIN_DURATION_SECONDS : null;
}

/**
 * Whether credentials keep to the life that was allowed. Their life is compared where that tells,
 * not their end: the clocks of this machine and of AWS may differ. What was held for a while may
 * have had a longer life than is left now, as long as its end is that of the override.
 */
export function keepsTo(
  { durationSeconds, expiresAt }: { readonly durationSeconds: number; readonly expiresAt: number },
  { life, now }: { readonly life: Life; readonly now: number },
): boolean {
  if (life.ownLife === "allowed") return true;
  if (durationSeconds > life.durationSeconds) return false;
  const { within } = life;
  if (within === undefined || durationSeconds <= (lifetimeSeconds(life, now) ?? 0)) return true;
  return expiresAt <= within.notAfter + CLOCK_DIFFERENCE_MS;
}
