/**
 * This server's session in one table: created once, looked at when a request needs to know,
 * expired at the end. It decides how old a look at the record may be; it never lets a request
 * wait for a write.
 *
 * A record that was revoked or ended refuses always; a record that is gone or ran out, and a store
 * that says nothing, refuse only where the policy requires the session.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import type { SessionState } from "../gate/ports.ts";
import { ageMs, type Moment, momentNow } from "../moment.ts";
import type { SessionTouch } from "../store/store.ts";
import { quote } from "../text/printable.ts";
import { CREATE, RecordCreation, type SessionDescription } from "./record_creation.ts";
import {
  ACTIVE,
  EXPIRED,
  isFinal,
  LAPSED,
  MISSING,
  stateOfRecord,
  tolerate,
  UNINTELLIGIBLE,
  UNKNOWN,
} from "./record_state.ts";
import { PROMPT_MS, StoreConnection, type StoreConnectionOptions } from "./store_connection.ts";
import { TouchWriter } from "./touch_writer.ts";

/** P6: a look at the record serves the requests that begin within this time of its start. */
const FRESH_MS = 1000;
/** A busy server looks again at half that age, so that no request has to wait for it. */
const REFRESH_MS = 500;
/** A request that needs the session waits for its look this long: it has 900 ms for its answer. */
const INSIST_MS = 800;
/** P8: how long the end of a server waits for what is under way, the last touches, the expiry. */
const SETTLE_MS = 1000;
const LAST_TOUCH_MS = 1000;
const EXPIRE_MS = 2000;
/** Of a store that is failing already nobody waits that long. */
const EXPIRE_FAILING_MS = 1000;

/** How soon an end is noticed while no request comes, where somebody wants to know. */
const IDLE_LOOK_MS = 2000;

const LOOK = "check the session";
const TOUCH = "update the session";
const EXPIRE = "mark the session expired";

/** Which session is tracked, and through what. */
export interface TrackedSessionOptions extends SessionDescription, StoreConnectionOptions {
  /**
   * Called once a table when the session is seen to have been ended there by somebody else. Where
   * it is given, the record is looked at every two seconds also while no request comes.
   */
  readonly onEnded?: (state: SessionState, table: string) => void;
}

interface Look {
  /** When it began, and which it is: a look with a higher number began later. */
  readonly at: Moment & { readonly number: number };
  readonly state: SessionState;
}

/** The session in one table. */
export class TrackedSession {
  readonly #table: string;
  readonly #options: TrackedSessionOptions;
  readonly #clock: Clock;
  readonly #connection: StoreConnection;
  readonly #touches: TouchWriter;
  readonly #creation: RecordCreation;
  /** Set once and for all: a session that was revoked or has ended never comes back. */
  #ended: SessionState | null = null;
  #look: Look | null = null;
  #looking: { readonly at: Look["at"]; readonly result: Promise<SessionState> } | null = null;
  #looks = 0;
  #lastLook = -Infinity;
  #cancelIdleLook: (() => void) | null = null;

  constructor(table: string, options: TrackedSessionOptions) {
    const { clock, durationSeconds } = options;
    this.#table = table;
    this.#options = options;
    this.#clock = clock;
    this.#connection = new StoreConnection(table, options);
    this.#touches = new TouchWriter({
      durationSeconds,
      clock,
      write: (touch) => this.#write(touch),
    });
    this.#creation = new RecordCreation({
      connection: this.#connection,
      clock,
      session: options,
      onDone: () => {
        if (this.#ended !== null) return;
        this.#touches.start();
        if (options.onEnded !== undefined) this.#lookWhileIdle();
      },
    });
  }

  /** As `SessionTracker.check` has it. */
  check(required: boolean): SessionState | Promise<SessionState> {
    this.#creation.wanted = true;
    return this.#state(required);
  }

  /**
   * For a table that the policy names no longer: the session is not created there any more, but
   * where it exists its revocation still counts.
   */
  watch(): SessionState | Promise<SessionState> {
    this.#creation.wanted = false;
    return this.#creation.done ? this.#state(false) : UNKNOWN;
  }

  /** Counts one answer with credentials. */
  touch(): void {
    this.#touches.touch();
  }

  /** Writes the last touches and marks the session expired, within 4.5 s. Never rejects. */
  async close(): Promise<void> {
    const revoked = this.#ended?.kind === "revoked";
    this.#ended ??= EXPIRED;
    this.#cancelIdleLook?.();
    this.#creation.wanted = false;
    await this.#settled(Promise.all([this.#creation.underway, this.#touches.stop()]));
    if (!revoked) await this.#expire();
    await this.#connection.close();
  }

  async #expire(): Promise<void> {
    const { failing } = this.#connection;
    if (this.#creation.done && !failing) await this.#touches.flush();
    // A creation whose answer was lost may have happened all the same: expire in any case.
    if (!this.#connection.opened) return;
    await this.#connection.call(
      (store, signal) => store.expire(this.#options.sessionId, this.#clock.now(), signal),
      { action: EXPIRE, timeoutMs: failing ? EXPIRE_FAILING_MS : EXPIRE_MS },
    ).catch(() => {}); // Told on the terminal; the record expires by itself.
  }

  #state(required: boolean): SessionState | Promise<SessionState> {
    if (this.#ended !== null) return this.#ended;
    if (this.#look !== null) {
      const age = this.#age(this.#look.at);
      if (age > REFRESH_MS && age < FRESH_MS) ignore(this.#lookAgain());
      if (age < FRESH_MS) return required ? this.#look.state : tolerate(this.#look.state);
    }
    return required ? this.#insist() : this.#glance();
  }

  /** Where the session is required: rejects, with the reason, before the request is too late. */
  #insist(): Promise<SessionState> {
    const look = this.#lookAgain();
    // The start of a server has time.
    if (!this.#creation.done) return look;
    return new Promise((resolve, reject) => {
      const late = () => reject(this.#connection.late({ action: LOOK, timeoutMs: INSIST_MS }));
      const cancel = this.#clock.after(INSIST_MS, late);
      look.then(resolve, reject).finally(cancel);
    });
  }

  /** Where the session is not required: hardly waits, never rejects. */
  #glance(): SessionState | Promise<SessionState> {
    const { done } = this.#creation;
    const slow = this.#connection.isSlow(done ? LOOK : CREATE);
    if (!done || slow) {
      const pause = slow ? FRESH_MS : 0;
      if (this.#clock.monotonic() - this.#lastLook >= pause) ignore(this.#lookAgain());
      return UNKNOWN;
    }
    return new Promise((resolve) => {
      const cancel = this.#clock.after(PROMPT_MS, () => {
        this.#connection.drags(LOOK);
        resolve(UNKNOWN);
      });
      this.#lookAgain()
        .then((state) => resolve(tolerate(state)), () => resolve(UNKNOWN))
        .finally(cancel);
    });
  }

  /** A look at the record that began less than {@linkcode FRESH_MS} ago, shared by all who ask. */
  #lookAgain(): Promise<SessionState> {
    if (this.#looking !== null && this.#age(this.#looking.at) < FRESH_MS) {
      return this.#looking.result;
    }
    const at = this.#begin();
    this.#lastLook = at.monotonic;
    const result = this.#creation.done ? this.#read(at) : this.#create(at);
    const looking = { at, result };
    this.#looking = looking;
    const done = () => {
      if (this.#looking === looking) this.#looking = null;
    };
    result.then(done, done);
    return result;
  }

  async #read(at: Look["at"]): Promise<SessionState> {
    const state = await this.#connection.call(async (store, signal) => {
      try {
        const record = await store.get(this.#options.sessionId, signal);
        return stateOfRecord(record, this.#clock.now());
      } catch (thrown) {
        const code = thrown instanceof SentinelError ? thrown.code : null;
        if (code === "SESSION_RECORD_INVALID") return UNINTELLIGIBLE;
        throw thrown;
      }
    }, { action: LOOK });
    return this.#saw(at, state);
  }

  async #create(at: Look["at"]): Promise<SessionState> {
    const untouched = await this.#creation.run();
    return untouched ? this.#saw(at, ACTIVE) : await this.#read(this.#begin());
  }

  async #write(touch: SessionTouch): Promise<void> {
    const at = this.#begin();
    const result = await this.#connection.call(
      (store, signal) => store.touch(this.#options.sessionId, touch, signal),
      { action: TOUCH, ...(this.#ended !== null && { timeoutMs: LAST_TOUCH_MS }) },
    );
    const record = result.outcome === "missing" ? null : result.record;
    this.#saw(at, stateOfRecord(record, this.#clock.now()));
  }

  #saw(at: Look["at"], state: SessionState): SessionState {
    const before = this.#look;
    // An answer that took its time must not cover what was seen later.
    if (before === null || at.number > before.at.number) this.#look = { at, state };
    if ((state === MISSING || state === LAPSED) && before?.state !== state) {
      const what = state === MISSING ? "is gone" : "has run out (was this machine asleep?)";
      this.#connection.warn(`the record in session table ${quote(this.#table)} ${what}`);
    }
    // INVARIANT: a session that was seen to have ended stays ended, whatever the store says later.
    if (isFinal(state)) this.#end(state);
    return this.#ended ?? state;
  }

  #end(state: SessionState): void {
    void this.#touches.stop();
    if (this.#ended !== null) return;
    this.#ended = state;
    this.#cancelIdleLook?.();
    this.#options.onEnded?.(state, this.#table);
  }

  #lookWhileIdle(): void {
    this.#cancelIdleLook = this.#clock.after(IDLE_LOOK_MS, () => {
      if (this.#clock.monotonic() - this.#lastLook >= IDLE_LOOK_MS / 2) ignore(this.#lookAgain());
      // The look ends in time, and what it sees may have called this off.
      if (this.#ended === null) this.#lookWhileIdle();
    });
  }

  #begin(): Look["at"] {
    return { ...momentNow(this.#clock), number: ++this.#looks };
  }

  /** A wall clock that was set back behind the look leaves no way to tell its age. */
  #age(at: Moment): number {
    return this.#clock.now() < at.wall ? Infinity : ageMs(at, this.#clock);
  }

  #settled(underway: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(SETTLE_MS, resolve);
      underway.catch(() => {}).finally(cancel).then(() => resolve());
    });
  }
}

/** For looks whose outcome is read from the session's state later. */
function ignore(look: Promise<unknown>): void {
  look.catch(() => {});
}
