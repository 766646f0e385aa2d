/**
 * Whether access lasts as long as its user says it must, before anything long is started. It never
 * allows anything: it only refuses early what would end too soon.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { EvaluationRequest, Verdict } from "../policy/policy.ts";
import { MIN_WINDOW_SECONDS } from "../state/window_bounds.ts";
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import type { AccessRequest } from "./access_request.ts";
import { liftingEntries, mayLift, type Override } from "./override.ts";
import type { IssuedCredentials, LoadedPolicy } from "./ports.ts";

const MINUTE_MS = 60_000;
/** Credentials may have spent this on their way here; AWS also rounds their end to the second. */
const TOLERANCE_MS = MINUTE_MS;

/** What a request was allowed. */
export interface Allowance {
  readonly policy: LoadedPolicy;
  /** What the policy was asked. */
  readonly asked: EvaluationRequest;
  readonly override: Override | null;
  /** The life that its credentials may have. */
  readonly seconds: number;
}

/**
 * Throws `TTL_TOO_SHORT` when `request` was allowed less than it must have. In the server's mode
 * credentials are renewed: there it is the policy that must go on allowing them.
 */
export function requireMinTtl(request: AccessRequest, allowance: Allowance): void {
  const { minTtlSeconds = null } = request;
  if (minTtlSeconds === null) return;
  if (request.mode === "server") return requireLastingPolicy(request, minTtlSeconds, allowance);
  const { seconds, override } = allowance;
  if (seconds >= minTtlSeconds) return;
  const isAsked = override === null || seconds === request.durationSeconds;
  throw tooShort(minTtlSeconds, {
    seconds,
    reason: isAsked ? "that is the life that was asked for" : describeEnd(override),
    suggestion: isAsked ? `Ask for more: --duration ${formatDuration(minTtlSeconds)}` : RENEW,
  });
}

/**
 * What was `thrown` when credentials were made; `TTL_TOO_SHORT` where it is that AWS never gives a
 * life as long as `request` needs. Whoever makes them says so in `details`: `longestSeconds` is
 * what AWS gives at most, `null` when AWS did not tell.
 */
export function asTooShort(request: AccessRequest, thrown: unknown): unknown {
  const { minTtlSeconds = null } = request;
  if (minTtlSeconds === null || request.mode === "server") return thrown;
  if (!(thrown instanceof SentinelError) || thrown.code !== "CREDENTIALS_UNSUITABLE") return thrown;
  const { longestSeconds } = thrown.details;
  const isTooShort = longestSeconds === null
    // A longer life than was needed may be what AWS objects to.
    ? request.durationSeconds === minTtlSeconds
    : typeof longestSeconds === "number" && longestSeconds < minTtlSeconds;
  if (!isTooShort) return thrown;
  return new SentinelError(
    "TTL_TOO_SHORT",
    `--min-ttl asks for ${formatDuration(minTtlSeconds)}, and AWS gives less. ${thrown.message}`,
    {
      suggestion: thrown.suggestion,
      details: { ...thrown.details, minTtlSeconds },
      cause: thrown,
    },
  );
}

/** Throws `TTL_TOO_SHORT` when what was issued ends before it may. */
export function requireLife(request: AccessRequest, { expiresAt }: IssuedCredentials): void {
  const { minTtlSeconds = null } = request;
  if (minTtlSeconds === null || request.mode === "server" || expiresAt === null) return;
  const leftMs = expiresAt - request.time;
  if (leftMs >= minTtlSeconds * 1000 - TOLERANCE_MS) return;
  throw tooShort(minTtlSeconds, {
    seconds: Math.max(0, Math.floor(leftMs / 1000)),
    reason: "AWS gave no more",
    suggestion: "Log in again, or do with less: --min-ttl",
  });
}

/**
 * Throws `TTL_TOO_SHORT` when an approval that is yet to be asked for could not last as long as
 * `request` must: before anybody waits for it. Some of its window is always over when it is used.
 */
export function requireMinWindow(
  { minTtlSeconds = null }: AccessRequest,
  { windowSeconds, longestSeconds }: {
    /** What would be asked for. */
    readonly windowSeconds: number;
    /** The most that may be. */
    readonly longestSeconds: number;
  },
): void {
  if (minTtlSeconds === null || windowSeconds > minTtlSeconds) return;
  const longer = Math.min(longestSeconds, minTtlSeconds + MIN_WINDOW_SECONDS);
  const isPossible = longer > minTtlSeconds;
  throw tooShort(minTtlSeconds, {
    seconds: windowSeconds,
    reason: isPossible
      ? "that is the whole approval that would be asked for"
      : "the policy allows no longer approval",
    suggestion: isPossible
      ? `Ask for more: --request-duration ${formatDuration(longer)}`
      : "Do with less: --min-ttl",
  });
}

const RENEW = "Ask for an approval that lasts longer, or do with less: --min-ttl";

/** Asks the policy minute by minute: no window opens or closes within one. */
function requireLastingPolicy(
  request: AccessRequest,
  minTtlSeconds: number,
  { policy, asked, override }: Allowance,
): void {
  const end = request.time + minTtlSeconds * 1000;
  let moment = request.time;
  while (moment < end) {
    const verdict = policy.evaluate({ ...asked, time: new Date(moment) });
    const reason = whyNot(verdict, { request, policy, override, moment });
    if (reason !== null) {
      throw tooShort(minTtlSeconds, {
        seconds: Math.floor((moment - request.time) / 1000),
        reason,
        suggestion: "Wait for a window that is long enough, or do with less: --min-ttl",
      });
    }
    const next = (Math.floor(moment / MINUTE_MS) + 1) * MINUTE_MS;
    // The end of an override need not be a whole minute.
    const until = override === null ? next : Math.min(next, override.expiresAt);
    moment = until > moment ? until : next;
  }
}

/** Why credentials would be refused at `moment`, or `null` when they would not. */
function whyNot(
  verdict: Verdict,
  { request, policy, override, moment }: {
    readonly request: AccessRequest;
    readonly policy: LoadedPolicy;
    readonly override: Override | null;
    readonly moment: number;
  },
): string | null {
  if (verdict.effect === "allow") return null;
  if (override !== null) {
    const entries = liftingEntries(verdict, request, policy.overrides);
    if (mayLift(override.kind, entries)) {
      return override.expiresAt > moment ? null : describeEnd(override);
    }
  }
  const rule = verdict.matchedRule === null ? "" : `rule ${quote(verdict.matchedRule)}: `;
  return `then the policy says ${verdict.effect}: ${rule}${printable(verdict.reason)}`;
}

function describeEnd({ kind, expiresAt }: Override): string {
  const what = kind === "approved" ? "the approval" : "the break-glass";
  return `${what} ends at ${new Date(expiresAt).toISOString().slice(0, 19)}Z`;
}

function tooShort(
  minTtlSeconds: number,
  { seconds, reason, suggestion }: {
    readonly seconds: number;
    readonly reason: string;
    readonly suggestion: string;
  },
): SentinelError {
  return new SentinelError(
    "TTL_TOO_SHORT",
    `--min-ttl asks for ${formatDuration(minTtlSeconds)}, and ${
      formatDuration(seconds)
    } is left: ${reason}`,
    { suggestion, details: { availableSeconds: seconds, minTtlSeconds } },
  );
}
