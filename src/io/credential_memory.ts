/**
 * The credentials of a running server: made once, handed out while an SDK that gets them will
 * not come straight back, renewed before that ends, and shared by all who ask at the same time.
 * It never decides who may have them: the gate asks it only after the policy allowed.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import { lifetimeSeconds, MIN_DURATION_SECONDS } from "../gate/lifetime.ts";
import type {
  CredentialRequest,
  CredentialSource,
  Issued,
  IssuedCredentials,
} from "../gate/ports.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";

/** With this much life left an SDK still takes them when STS is down, in milliseconds. */
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
/** Near the end of an override a renewal is worth a call when it gives this much more life. */
const WORTHWHILE_MS = 30_000;
/** The last credentials of an override are made this much before it is too late for any. */
const FINAL_AHEAD_MS = 10_000;
/** …where they give this much more life. */
const FINAL_GAIN_MS = 5000;
/** At the end of an override what is held is handed out down to this, in milliseconds. */
const END_MS = 5000;
/** Kinds of requests that are remembered: the oldest go. */
const MAX_SLOTS = 16;

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
  renewing: { readonly credentials: Promise<Issued>; readonly since: number } | null;
  fault: { readonly error: unknown; readonly at: number } | null;
  /** Calls off the making of the last credentials of an override. */
  cancelFinal: (() => void) | null;
}

/** A credential source with a memory, and a timer where an override ends. */
export interface CredentialMemory extends CredentialSource, Disposable {}

/** `source` with a memory. One call of STS is under way at a time for the same request. */
export function createCredentialMemory(source: CredentialSource, clock: Clock): CredentialMemory {
  // One for each duration that was asked for, marker of the identity and override: few.
  const slots = new Map<string, Slot>();

  function slotOf(request: CredentialRequest): Slot {
    const { durationSeconds, sourceIdentity, within } = request;
    const key = `${durationSeconds} ${sourceIdentity} ${within?.notAfter} ${within?.allowMinimum}`;
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = { held: null, renewing: null, fault: null, cancelFinal: null };
      slots.set(key, slot);
      if (slots.size > MAX_SLOTS) forgetOldest();
      planFinal(slot, request);
    }
    return slot;
  }

  function forgetOldest(): void {
    const [key, slot] = slots.entries().next().value!;
    slot.cancelFinal?.();
    slots.delete(key);
  }

  /**
   * An override should be of use to its end, but what is held ends before, and a quarter of an hour
   * before the end it is too late for more: the last credentials are made just in time.
   */
  function planFinal(slot: Slot, request: CredentialRequest): void {
    const { within } = request;
    if (within === undefined || within.allowMinimum) return;
    const delay = within.notAfter - MIN_DURATION_SECONDS * 1000 - FINAL_AHEAD_MS - clock.now();
    if (delay <= 0) return;
    slot.cancelFinal = clock.after(delay, () => {
      slot.cancelFinal = null;
      const { held } = slot;
      if (held === null || !isWorthwhile(held, request, FINAL_GAIN_MS)) return;
      renew(slot, request).catch(() => {});
    });
  }

  /**
   * Whether what is held may be handed out for `request`. INVARIANT: what an override let out ends
   * with it. Both clocks count: which of them is right cannot be known.
   */
  function fits({ credentials, since }: Held, request: CredentialRequest): boolean {
    const { within } = request;
    const life = (credentials.durationSeconds ?? Infinity) * 1000;
    if (within === undefined) return true;
    const { notAfter, allowMinimum } = within;
    if (allowMinimum && life === MIN_DURATION_SECONDS * 1000) return true;
    const youngest = Math.min(
      clock.now() - since.wall,
      clock.monotonic() - since.monotonic,
    );
    return clock.now() + life - youngest <= notAfter;
  }

  /** Whether new credentials would live longer, by `gainMs` at least, and be of use for it. */
  function isWorthwhile(held: Held, request: CredentialRequest, gainMs = WORTHWHILE_MS): boolean {
    const { within } = request;
    if (within === undefined) return true;
    const seconds = lifetimeSeconds(request, clock.now());
    const left = lifeLeftMs(held);
    return seconds !== null && seconds * 1000 - left >= gainMs &&
      clock.now() + left < within.notAfter;
  }

  /**
   * What is left of the life they came with. It is not read off their expiry: with a clock that
   * differs from AWS's, new credentials would look old, and STS would be asked on every request.
   */
  function lifeLeftMs({ credentials, since }: Held): number {
    return (credentials.durationSeconds ?? 0) * 1000 - ageMs(since, clock);
  }

  function renew(slot: Slot, request: CredentialRequest): Promise<Issued> {
    if (slot.renewing !== null) return slot.renewing.credentials;
    const since = momentNow(clock);
    const credentials = giveUpLate(Promise.try(() => source.issue(request)), clock)
      // The clock may have been set while they were made.
      .then((made) => made !== null && fits({ credentials: made, since }, request) ? made : null);
    slot.renewing = { credentials, since: since.monotonic };
    credentials.then((credentials) => {
      slot.renewing = null;
      if (credentials !== null) slot.held = { credentials, since };
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
  function renewOrFail(slot: Slot, request: CredentialRequest): Promise<Issued> {
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
      renewal.then((renewed) => resolve(renewed ?? old), () => resolve(old)).finally(cancel);
    });
  }

  /** Nothing is held that may be handed out. */
  function issueNew(slot: Slot, request: CredentialRequest): Issued | Promise<Issued> {
    const isPossible = lifetimeSeconds(request, clock.now()) !== null;
    if (!isPossible && slot.renewing === null) return null;
    return renewOrFail(slot, request);
  }

  return {
    issue(request) {
      const slot = slotOf(request);
      const { held } = slot;
      if (held === null || !fits(held, request)) return issueNew(slot, request);
      const { credentials } = held;
      const left = lifeLeftMs(held);
      const least = leastLifeMs(credentials.durationSeconds ?? request.durationSeconds);
      if (left >= Math.max(least, LAST_RESORT_MS)) {
        const isDue = left < least + AHEAD_MS && !failedWithin(slot, RETRY_MS);
        if (isDue && isWorthwhile(held, request)) renew(slot, request).catch(() => {});
        return credentials;
      }
      if (!isWorthwhile(held, request)) {
        return left >= END_MS ? credentials : issueNew(slot, request);
      }
      return left >= LAST_RESORT_MS
        ? renewOrKeep(slot, request, credentials)
        : issueNew(slot, request);
    },
    [Symbol.dispose]() {
      for (const slot of slots.values()) slot.cancelFinal?.();
      slots.clear();
    },
  };
}

/** `issuing`, unless it takes too long. */
function giveUpLate(issuing: Promise<Issued>, clock: Clock): Promise<Issued> {
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
