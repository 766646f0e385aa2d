/**
 * Policies that can no longer change, so that what was worked out from them may be kept.
 *
 * @module
 */
import type { Policy } from "./policy.ts";

const frozenPolicies = new WeakSet<Policy>();

/** Freezes `policy` and everything in it, and returns it. */
export function freezePolicy(policy: Policy): Policy {
  if (!frozenPolicies.has(policy)) {
    freezeDeeply(policy);
    frozenPolicies.add(policy);
  }
  return policy;
}

/** Whether `policy` went through {@linkcode freezePolicy}: `Object.freeze` alone is not enough. */
export function isFrozenPolicy(policy: Policy): boolean {
  return frozenPolicies.has(policy);
}

function freezeDeeply(value: object): void {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null) freezeDeeply(part);
  }
  Object.freeze(value);
}
