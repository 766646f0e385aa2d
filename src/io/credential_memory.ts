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

/**
 * The least life in milliseconds with which credentials of `durationSeconds` are handed out.
 * Above 15 minutes no SDK refreshes (Java and botocore begin there); 15-minute credentials can at
 * best be above botocore's blocking refresh at 10 minutes.
 */
export function leastLifeMs(durationSeconds: number): number {
  return Math.min(16 * 60_000, durationSeconds * 1000 - 4 * 60_000);
}

interface Slot {
  current: IssuedCredentials | null;
  renewing: Promise<IssuedCredentials> | null;
  retryAt: number;
}

/** `source` with a memory. One call of STS is under way at a time for the same request. */
export function createCredentialMemory(
  source: CredentialSource,
  clock: Clock,
): CredentialSource {
  // Few by nature: one per duration that the policy has asked for and marker of the identity.
  const slots = new Map<string, Slot>();

  function renew(slot: Slot, request: CredentialRequest): Promise<IssuedCredentials> {
    slot.renewing ??= (async () => {
      try {
        return slot.current = await source.issue(request);
      } catch (error) {
        slot.retryAt = clock.monotonic() + RETRY_MS;
        throw error;
      } finally {
        slot.renewing = null;
      }
    })();
    return slot.renewing;
  }

  /** New credentials, or the old ones when they do not come in time and still have life in them. */
  function renewOrKeep(slot: Slot, request: CredentialRequest, old: IssuedCredentials) {
    if (slot.renewing === null && clock.monotonic() < slot.retryAt) return old;
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
        slot = { current: null, renewing: null, retryAt: -Infinity };
        slots.set(key, slot);
      }
      const { current } = slot;
      if (current === null || current.expiresAt === null) return renew(slot, request);
      const left = current.expiresAt - clock.now();
      const least = leastLifeMs(request.durationSeconds);
      if (left >= least) {
        if (left < least + AHEAD_MS && clock.monotonic() >= slot.retryAt) {
          renew(slot, request).catch(() => {});
        }
        return current;
      }
      return left >= LAST_RESORT_MS ? renewOrKeep(slot, request, current) : renew(slot, request);
    },
  };
}
