/**
 * Waiting for a condition instead of sleeping.
 *
 * @module
 */
import { fail } from "./assert.ts";

/**
 * Polls until `condition` returns something truthy and returns it; fails after `timeoutMs`
 * (default 10 s) naming `what`.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (performance.now() > deadline) fail(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
