/**
 * Keeps the keys of one base while they last: others are got ahead of their end, beside their use,
 * and never in a storm. It does not know how keys are got.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";
import { type BaseCredentials, originName } from "./base_credentials.ts";
import type { BaseKeys, BaseKeysNow } from "./base_keys.ts";

/** Keys with less life left are got anew before they are used, in milliseconds. */
const LEAST_LIFE_MS = 5 * 60_000;
/** With less left they are got anew beside their use: nobody waits for it. */
const AHEAD_MS = 15 * 60_000;
/** Down to this they are used when no others can be had. */
const LAST_RESORT_MS = 60_000;
/** While there are keys nobody is asked again so soon; nor is ever a program, which may ask a person. */
const RETRY_MS = 5000;

interface Held {
  readonly keys: BaseKeysNow;
  readonly since: Moment;
}

/** `fetch` with a memory: one call at a time, ahead of the end where that is known. */
export function keepKeys(
  fetch: () => Promise<BaseKeysNow>,
  { base, clock }: { readonly base: BaseCredentials; readonly clock: Clock },
): Pick<BaseKeys, "current" | "forget"> {
  let held: Held | null = null;
  let fetching: Promise<BaseKeysNow> | null = null;
  let lastTry: Moment | null = null;
  /** Whether whoever got what is held has no use for it. */
  let isUseless = false;
  /** Why the program gave no keys. */
  let refusal: { readonly error: unknown; readonly since: Moment } | null = null;

  /**
   * What is left of a life, in milliseconds. It is measured from when the keys came, so that a
   * clock that jumps or stands still makes them look older, never younger.
   */
  function lifeLeftMs({ keys, since }: Held): number {
    // Without an end they are long-term keys, or nobody knows: looked at again now and then.
    const lifeMs = keys.expiresAt === null ? 2 * AHEAD_MS : keys.expiresAt - since.wall;
    return lifeMs - ageMs(since, clock);
  }

  function renew(): Promise<BaseKeysNow> {
    if (fetching !== null) return fetching;
    if (refusal !== null && ageMs(refusal.since, clock) < RETRY_MS) {
      return Promise.reject(refusal.error);
    }
    const since = lastTry = momentNow(clock);
    return fetching = fetch().then((keys) => {
      refuseOver(keys, { base, now: clock.now() });
      held = { keys, since };
      isUseless = false;
      return keys;
    }).catch((error) => {
      if (base.kind === "process") refusal = { error, since: momentNow(clock) };
      throw error;
    }).finally(() => fetching = null);
  }

  async function current(): Promise<BaseKeysNow> {
    const isTooSoon = lastTry !== null && ageMs(lastTry, clock) < RETRY_MS;
    if (isUseless && !(isTooSoon && base.kind === "process")) held = null;
    if (held === null) return await renew();
    const left = lifeLeftMs(held);
    if (left >= AHEAD_MS) return held.keys;
    if (left >= LEAST_LIFE_MS) {
      if (!isTooSoon) renew().catch(() => {});
      return held.keys;
    }
    if (isTooSoon && fetching === null && left >= LAST_RESORT_MS) return held.keys;
    const old = held.keys;
    try {
      return await renew();
    } catch (error) {
      if (left >= LAST_RESORT_MS || old.expiresAt === null) return old;
      throw error;
    }
  }

  return { current, forget: () => void (isUseless = true) };
}

/** Throws when keys have no life left: nothing could be done with them. */
function refuseOver(
  { expiresAt }: BaseKeysNow,
  { base, now }: { readonly base: BaseCredentials; readonly now: number },
): void {
  if (expiresAt === null || expiresAt > now) return;
  throw new SentinelError(
    "AWS_UNAVAILABLE",
    `Cannot use the credentials of ${
      originName(base)
    }: by this machine's clock they are over already`,
    { suggestion: "Check this machine's clock, and what makes these credentials." },
  );
}
