/**
 * The credentials of a running server: made once, handed out while an SDK that gets them will
 * not come straight back, renewed before that ends, and shared by all who ask at the same time.
 * It never decides who may have them: the gate asks it only after the policy allowed.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import type { CredentialRequest, CredentialSource, IssuedCredentials } from "../gate/ports.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";

/** With this much life left an SDK still takes them when STS is down (FACTS §1), in milliseconds. */
const LAST_RESORT_MS = 120_000;
/** How long a renewal may keep requests waiting while old credentials would still do. */
const RENEWAL_WAIT_MS = 400;
/** Renewal begins this much before credentials are too old to be handed out. */
const AHEAD_MS = 90_000;
/** After a failed renewal in the background, the next is tried no sooner than this. */
const RETRY_MS = 5000;
/** While there is nothing to hand out, a fault answers this long without asking STS again. */
const FAULT_MS = 1000;
/** A source that has not answered by then never will: it is asked again. */
const GIVE_UP_MS = 60_000;
/**
 * Durations are shortened to a multiple of this: what is left of an approval shrinks by the
 * second, and each duration would be another call of STS. A server renews, so nobody misses it.
 */
const STEP_SECONDS = 300;

/**
 * The least life in milliseconds with which credentials of `durationSeconds` are handed out.
 * Above 15 minutes no SDK refreshes (Java and botocore begin there); 15-minute credentials can at
 * best be above botocore's blocking refresh at 10 minutes.
 */
export function leastLifeMs(durationSeconds: number): number {
  return Math.min(16 * 60_000, durationSeconds * 1000 - 4 * 60_000);
}

/** Credentials, and the moment they were asked for. */
interface Held {
  readonly credentials: IssuedCredentials;
  readonly since: Moment;
}

/** The credentials of one kind of request. Moments of faults and renewals are monotonic. */
interface Slot {
  held: Held | null;
  renewing: { readonly credentials: Promise<IssuedCredentials>; readonly since: number } | null;
  fault: { readonly error: unknown; readonly at: number } | null;
}

/** `source` with a memory. One call of STS is under way at a time for the same request. */
export function createCredentialMemory(source: CredentialSource, clock: Clock): CredentialSource {
  // One for each (stepped) duration that was asked for and marker of the identity: few.
  const slots = new Map<string, Slot>();

  function slotOf({ durationSeconds, sourceIdentity }: CredentialRequest): Slot {
    const key = `${durationSeconds} ${sourceIdentity}`;
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = { held: null, renewing: null, fault: null };
      slots.set(key, slot);
    }
    return slot;
  }

  /**
   * What is left of the life they came with. It is not read off their expiry: with a clock that
   * differs from AWS's, new credentials would look old, and STS would be asked on every request.
   */
  function lifeLeftMs({ credentials, since }: Held): number {
    return (credentials.durationSeconds ?? 0) * 1000 - ageMs(since, clock);
  }

  function renew(slot: Slot, request: CredentialRequest): Promise<IssuedCredentials> {
    if (slot.renewing !== null) return slot.renewing.credentials;
    const since = momentNow(clock);
    const credentials = giveUpLate(Promise.try(() => source.issue(request)), clock);
    slot.renewing = { credentials, since: since.monotonic };
    credentials.then((credentials) => {
      slot.renewing = null;
      slot.held = { credentials, since };
      slot.fault = null;
    }, (error) => {
      slot.renewing = null;
      slot.fault = { error, at: clock.monotonic() };
    });
    return credentials;
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
    const renewal = renew(slot, request);
    const waited = clock.monotonic() - (slot.renewing?.since ?? 0);
    if (waited >= RENEWAL_WAIT_MS) return old;
    return new Promise<IssuedCredentials>((resolve) => {
      const cancel = clock.after(RENEWAL_WAIT_MS - waited, () => resolve(old));
      renewal.then(resolve, () => resolve(old)).finally(cancel);
    });
  }

  return {
    issue(asked) {
      const durationSeconds = asked.durationSeconds - asked.durationSeconds % STEP_SECONDS;
      const request = { ...asked, durationSeconds };
      const slot = slotOf(request);
      const { held } = slot;
      if (held === null) return renewOrFail(slot, request);
      const { credentials } = held;
      const left = lifeLeftMs(held);
      const least = leastLifeMs(credentials.durationSeconds ?? request.durationSeconds);
      if (left >= Math.max(least, LAST_RESORT_MS)) {
        if (left < least + AHEAD_MS && !failedWithin(slot, RETRY_MS)) {
          renew(slot, request).catch(() => {});
        }
        return credentials;
      }
      return left >= LAST_RESORT_MS
        ? renewOrKeep(slot, request, credentials)
        : renewOrFail(slot, request);
    },
  };
}

/** `issuing`, unless it takes too long. */
function giveUpLate(
  issuing: Promise<IssuedCredentials>,
  clock: Clock,
): Promise<IssuedCredentials> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(GIVE_UP_MS, () =>
      reject(
        new SentinelError(
          "AWS_UNAVAILABLE",
          `Cannot make credentials: no answer within ${GIVE_UP_MS / 1000} s`,
        ),
      ));
    issuing.finally(cancel).then(resolve, reject);
  });
}
