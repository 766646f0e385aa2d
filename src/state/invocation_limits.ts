/**
 * How often the glass may be broken. Every invocation counts, whatever became of its event: closing
 * one early does not buy another.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Invocation } from "./break_glass_event.ts";

/** Limits of a policy's entry; `null` = no such limit. Durations are seconds. */
export interface InvocationLimits {
  /** Least time between two invocations of one user for one profile and account. */
  readonly cooldownSeconds: number | null;
  /** Most invocations of one user within the quota window, for all profiles together. */
  readonly maxPerUser: number | null;
  /** Most invocations for one profile and account within the quota window, of all users. */
  readonly maxPerProfile: number | null;
  readonly quotaWindowSeconds: number;
  /** From this many invocations for the profile and account within the window on, people are told. */
  readonly escalationThreshold: number | null;
}

/** The limit that an invocation would break. */
export interface LimitRefusal {
  readonly limit: "cooldown" | "max_per_user" | "max_per_profile";
  /** Seconds for `cooldown`, else a number of invocations. */
  readonly allowed: number;
  /** When the limit allows it, if nobody else comes first: milliseconds since the epoch. */
  readonly freesAt: number;
}

function isSamePlace(one: Invocation, other: Invocation): boolean {
  return one.profile === other.profile && one.account === other.account;
}

/**
 * Judges an invocation by the `earlier` ones, in any order: `null`, or of the limits that it would
 * break the one that frees last. An earlier one in the future (clocks differ) counts as well.
 */
export function judgeInvocation(
  limits: InvocationLimits,
  earlier: readonly Invocation[],
  invocation: Invocation,
): LimitRefusal | null {
  const others = earlier.filter(({ id }) => id !== invocation.id);
  const own = others.filter(({ user }) => user === invocation.user);
  const refusals = [
    judgeCooldown(limits, own.filter((one) => isSamePlace(one, invocation)), invocation),
    judgeQuota("max_per_user", limits, { counted: own, invocation }),
    judgeQuota("max_per_profile", limits, {
      counted: others.filter((one) => isSamePlace(one, invocation)),
      invocation,
    }),
  ].filter((refusal) => refusal !== null);
  return refusals.sort((a, b) => b.freesAt - a.freesAt)[0] ?? null;
}

function judgeCooldown(
  { cooldownSeconds }: InvocationLimits,
  own: readonly Invocation[],
  invocation: Invocation,
): LimitRefusal | null {
  if (cooldownSeconds === null || own.length === 0) return null;
  const freesAt = Math.max(...own.map(({ at }) => at)) + cooldownSeconds * 1000;
  if (invocation.at >= freesAt) return null;
  return { limit: "cooldown", allowed: cooldownSeconds, freesAt };
}

function judgeQuota(
  limit: "max_per_user" | "max_per_profile",
  limits: InvocationLimits,
  { counted, invocation }: {
    readonly counted: readonly Invocation[];
    readonly invocation: Invocation;
  },
): LimitRefusal | null {
  const allowed = quotaOf(limit, limits);
  if (allowed === null) return null;
  const windowMs = limits.quotaWindowSeconds * 1000;
  const within = counted.map(({ at }) => at).filter((at) => at > invocation.at - windowMs)
    .sort((a, b) => a - b);
  if (within.length < allowed) return null;
  // So many must leave the window that one place is free.
  const leaves = within[within.length - allowed]!;
  return { limit, allowed, freesAt: leaves + windowMs };
}

function quotaOf(
  limit: "max_per_user" | "max_per_profile",
  limits: InvocationLimits,
): number | null {
  switch (limit) {
    case "max_per_user":
      return limits.maxPerUser;
    case "max_per_profile":
      return limits.maxPerProfile;
    default:
      return assertNever(limit);
  }
}

/** Invocations for the profile and account within the quota window, this one included. */
export function countInWindow(
  limits: InvocationLimits,
  earlier: readonly Invocation[],
  invocation: Invocation,
): number {
  const since = invocation.at - limits.quotaWindowSeconds * 1000;
  return 1 +
    earlier.filter((one) =>
      one.id !== invocation.id && isSamePlace(one, invocation) && one.at > since
    ).length;
}

/** Whether people are to be told of an invocation, because there have been so many. */
export function isEscalated(
  limits: InvocationLimits,
  earlier: readonly Invocation[],
  invocation: Invocation,
): boolean {
  const { escalationThreshold } = limits;
  return escalationThreshold !== null &&
    countInWindow(limits, earlier, invocation) >= escalationThreshold;
}
