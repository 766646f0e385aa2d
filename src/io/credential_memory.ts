/**
 * The credentials of a running server: made once, handed out while an SDK that gets them will
 * not come straight back, renewed before that ends, and shared by all who ask at the same time.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { CredentialRequest, CredentialSource, IssuedCredentials } from "../gate/ports.ts";

/** With this much life left an SDK still takes them when STS is down (FACTS §1), in milliseconds. */
const LAST_RESORT_MS = 120_000;
/** How long a request waits for new credentials while old ones would still do. */
const RENEWAL_WAIT_MS = 400;
/** Renewal begins this much before credentials are too old to be handed out. */
const AHEAD_MS = 90_000;
/** After a failed renewal in the background, the next is tried no sooner than this. */
const RETRY_MS = 5000;
/** While there is nothing to hand out, a fault answers this long without asking STS again. */
const FAULT_MS = 1000;

/**
 * The least life in milliseconds with which credentials of `durationSeconds` are handed out.
 * Above 15 minutes no SDK refreshes (Java and botocore begin there); 15-minute credentials can at
 * best be above botocore's blocking refresh at 10 minutes.
 */
export function leastLifeMs(durationSeconds: number): number {
  return Math.min(16 * 60_000, durationSeconds * 1000 - 4 * 60_000);
}

/** Credentials and the moment they came, by both clocks. */
interface Held {
  readonly credentials: IssuedCredentials;
  readonly wall: number;
  readonly monotonic: number;
}

interface Slot {
  held: Held | null;
  renewing: Promise<IssuedCredentials> | null;
  fault: { readonly error: unknown; readonly at: number } | null;
}

/** `source` with a memory. One call of STS is under way at a time for the same request. */
export function createCredentialMemory(source: CredentialSource, clock: Clock): CredentialSource {
  // Few by nature: one per duration that the policy has asked for and marker of the identity.
  const slots = new Map<string, Slot>();

  /**
   * What is left of the life they came with. It is not read off their expiry: with a clock that
   * differs from AWS's, new credentials would look old, and STS would be asked on every request.
   * The monotonic clock stands still in sleep and the wall clock can be set: the older age counts.
   */
  function lifeLeftMs(held: Held): number {
    const elapsed = Math.max(clock.now() - held.wall, clock.monotonic() - held.monotonic);
    return (held.credentials.durationSeconds ?? 0) * 1000 - elapsed;
  }

  function renew(slot: Slot, request: CredentialRequest): Promise<IssuedCredentials> {
    slot.renewing ??= (async () => {
      try {
        const credentials = await source.issue(request);
        slot.held = { credentials, wall: clock.now(), monotonic: clock.monotonic() };
        slot.fault = null;
        return credentials;
      } catch (error) {
        slot.fault = { error, at: clock.monotonic() };
        throw error;
      } finally {
        slot.renewing = null;
      }
    })();
    return slot.renewing;
  }

  function failedWithin(slot: Slot, ms: number): boolean {
    return slot.fault !== null && slot.renewing === null &&
      clock.monotonic() - slot.fault.at < ms;
  }

  /** New credentials; a fault of a moment ago is still the answer. */
  function renewOrFail(slot: Slot, request: CredentialRequest): Promise<IssuedCredentials> {
    return failedWithin(slot, FAULT_MS) ? Promise.reject(slot.fault?.error) : renew(slot, request);
  }

  /** New credentials, or the old ones when they do not come in time and still have life in them. */
  function renewOrKeep(slot: Slot, request: CredentialRequest, old: IssuedCredentials) {
    if (failedWithin(slot, RETRY_MS)) return old;
    return new Promise<IssuedCredentials>((resolve) => {
      const cancel = clock.after(RENEWAL_WAIT_MS, () => resolve(old));
      renew(slot, request).then(resolve, () => resolve(old)).finally(cancel);
    });
  }

  return {
    issue(request) {
      const key = `${request.durationSeconds} ${request.sourceIdentity}`;
      let slot = slots.get(key);
      if (slot === undefined) {
        slot = { held: null, renewing: null, fault: null };
        slots.set(key, slot);
      }
      const { held } = slot;
      if (held === null) return renewOrFail(slot, request);
      const left = lifeLeftMs(held);
      const least = leastLifeMs(request.durationSeconds);
      if (left >= least) {
        if (left < least + AHEAD_MS && !failedWithin(slot, RETRY_MS)) {
          renew(slot, request).catch(() => {});
        }
        return held.credentials;
      }
      return left >= LAST_RESORT_MS
        ? renewOrKeep(slot, request, held.credentials)
        : renewOrFail(slot, request);
    },
  };
}
