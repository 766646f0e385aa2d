/**
 * Which lives credentials may have: what can be asked of STS, and whether what it gave is that.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { formatDuration } from "../text/duration.ts";
import type { TemporaryKeys } from "./clients.ts";

/** Throws unless `durationSeconds` is a life that STS can give. */
export function refuseDuration(
  durationSeconds: number,
  { longestSeconds, what }: { readonly longestSeconds: number; readonly what: string },
): void {
  const isWhole = Number.isInteger(durationSeconds);
  if (isWhole && durationSeconds >= 900 && durationSeconds <= longestSeconds) return;
  const range = `15m to ${formatDuration(longestSeconds)}`;
  throw new SentinelError(
    "CREDENTIALS_UNSUITABLE",
    `Cannot get credentials of ${what} for ${formatDuration(durationSeconds)}: AWS allows ${range}`,
    { suggestion: `Ask for ${range} with --duration.`, details: { longestSeconds } },
  );
}

/** A clock that AWS still accepts may be this far off. */
const TOLERATED_SKEW_MS = 15 * 60_000;

/** Throws when credentials are over already or live longer than was asked for. */
export function refuseExpiry(
  { expiresAt }: TemporaryKeys,
  asked: { readonly durationSeconds: number; readonly now: number; readonly what: string },
): void {
  const lifeMs = expiresAt - asked.now;
  const askedMs = asked.durationSeconds * 1000;
  if (lifeMs > 0 && lifeMs <= askedMs + TOLERATED_SKEW_MS) return;
  const fault = lifeMs > 0 ? "live longer than was asked for" : "are over already";
  throw new SentinelError(
    "AWS_UNAVAILABLE",
    `Cannot use the credentials of ${asked.what}: by this machine's clock they ${fault}`,
    { suggestion: "Check this machine's clock and AWS_ENDPOINT_URL." },
  );
}
