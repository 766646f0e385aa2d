/**
 * This server's session in one table: created once, looked at when a request needs to know,
 * counted behind the requests' backs, expired at the end. It decides how old a look at the record
 * may be; it never lets a request wait for a write.
 *
 * A record that says anything but "active" refuses always; a record or a store that says nothing
 * refuses only where the policy requires the session.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import type { SessionState } from "../gate/ports.ts";
import { effectiveStatus, type SessionRecord } from "../state/session.ts";
import type { SessionStore, TransitionResult } from "../store/store.ts";
import { printable, quote } from "../text/printable.ts";

/** P6: a look at the record serves the requests that begin within this time of its start. */
const FRESH_MS = 1000;
/** A busy server looks again at half that age, so that no request has to wait for it. */
const REFRESH_MS = 500;
/** P7: how long a request waits for a store on which it does not depend. */
const OPTIONAL_WAIT_MS = 250;
/** How long one call of the store may take before it counts as failed. */
const CALL_TIMEOUT_MS = 5000;
/** Touches are gathered for at least this long between two writes. */
const FLUSH_INTERVAL_MS = 10_000;
/** The first touch after a pause is written this much later. */
const FLUSH_DELAY_MS = 200;
/** An idle server shows that it lives this often (or thrice in its duration, if that is sooner). */
const HEARTBEAT_MS = 300_000;

/** What a session needs to know and to do. */
export interface SessionTrackerOptions {
  /** 16 hex digits; the record's id in every table. */
  readonly sessionId: string;
  /** 16 hex digits, unique for each start of a server. */
  readonly serverInstanceId: string;
  readonly user: string;
  readonly profile: string;
  /** `SourceIdentity` of this server's credentials, or `null` when they carry none. */
  readonly sourceIdentity: string | null;
  /** Life of the record beyond the last sign of life, in seconds. */
  readonly durationSeconds: number;
  readonly openStore: (table: string) => Promise<SessionStore>;
  readonly clock: Clock;
  /** Tells the person at the terminal, once per outage. */
  readonly warn: (message: string) => void;
}

/** The two clocks at one moment: the older of both ages counts, whatever either clock did. */
interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

interface Look {
  readonly at: Moment;
  readonly state: SessionState;
}

/** The session in one table. */
export class TrackedSession {
  readonly #table: string;
  readonly #options: SessionTrackerOptions;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #opening: Promise<SessionStore> | null = null;
  #creating: Promise<void> | null = null;
  #creations = 0;
  #created = false;
  /** Set once and for all: a revoked or expired session never comes back. */
  #ended: SessionState | null = null;
  #look: Look | null = null;
  #looking: { readonly at: Moment; readonly result: Promise<SessionState> } | null = null;
  #failing = false;
  #lastAttempt = -Infinity;
  #pendingRequests = 0;
  #lastAccessAt: number | null = null;
  #writing: Promise<void> | null = null;
  #lastWrite = -Infinity;
  #cancelFlush: (() => void) | null = null;
  #cancelHeartbeat: (() => void) | null = null;
  #cancelRetry: (() => void) | null = null;
  #closed = false;

  constructor(table: string, startedAt: number, options: SessionTrackerOptions) {
    this.#table = table;
    this.#options = options;
    this.#clock = options.clock;
    this.#startedAt = startedAt;
  }

  get ended(): SessionState | null {
    return this.#ended;
  }

  check(required: boolean): SessionState | Promise<SessionState> {
    if (this.#ended !== null) return this.#ended;
    const look = this.#look;
    if (look !== null && this.#age(look.at) < FRESH_MS) {
      if (this.#age(look.at) > REFRESH_MS) ignore(this.#lookAgain());
      return required ? look.state : unlessMissing(look.state);
    }
    return required ? this.#lookAgain() : this.#checkOptional();
  }

  touch(): void {
    this.#pendingRequests++;
    this.#lastAccessAt = this.#clock.now();
    this.#scheduleFlush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelFlush?.();
    this.#cancelHeartbeat?.();
    this.#cancelRetry?.();
    await settled(this.#creating);
    await settled(this.#writing);
    // A creation whose answer was lost may have happened all the same: expire in any case.
    if (this.#opening === null || this.#ended?.kind === "revoked") return;
    try {
      const store = await this.#opening;
      if (this.#pendingRequests > 0) await settled(this.#write(store));
      await store.expire(this.#options.sessionId, this.#clock.now(), this.#signal());
    } catch (thrown) {
      this.#failed("mark the session expired", thrown);
    }
  }

  async dispose(): Promise<void> {
    try {
      await (await this.#opening)?.[Symbol.asyncDispose]();
    } catch {
      // The store is being left: a fault on the way out changes nothing.
    }
  }

  /** Where the session is not required: hardly waits, never rejects. */
  #checkOptional(): SessionState | Promise<SessionState> {
    if (!this.#created || this.#failing) {
      const pause = this.#failing ? FRESH_MS : 0;
      if (this.#clock.monotonic() - this.#lastAttempt >= pause) ignore(this.#lookAgain());
      return UNKNOWN;
    }
    return new Promise((resolve) => {
      const cancel = this.#clock.after(OPTIONAL_WAIT_MS, () => {
        this.#failed("check the session", new SentinelError("TIMED_OUT", "no answer in time"));
        resolve(UNKNOWN);
      });
      this.#lookAgain()
        .then((state) => resolve(unlessMissing(state)), () => resolve(UNKNOWN))
        .finally(cancel);
    });
  }

  /** A look at the record that began less than {@linkcode FRESH_MS} ago, shared by all who ask. */
  #lookAgain(): Promise<SessionState> {
    if (this.#looking !== null && this.#age(this.#looking.at) < FRESH_MS) {
      return this.#looking.result;
    }
    const at = this.#moment();
    this.#lastAttempt = at.monotonic;
    const result = this.#created ? this.#read(at) : this.#create(at);
    const looking = { at, result };
    this.#looking = looking;
    const done = () => {
      if (this.#looking === looking) this.#looking = null;
    };
    result.then(done, done);
    return result;
  }

  async #read(at: Moment): Promise<SessionState> {
    try {
      const store = await this.#open();
      const record = await store.get(this.#options.sessionId, this.#signal());
      this.#failing = false;
      return this.#saw(at, record === null ? MISSING : this.#stateOf(record));
    } catch (thrown) {
      const error = asSentinelError(thrown);
      if (error.code === "SESSION_RECORD_INVALID") {
        return this.#saw(at, { kind: "revoked", detail: "its record cannot be understood" });
      }
      throw this.#failed("check the session", error);
    }
  }

  async #create(at: Moment): Promise<SessionState> {
    const first = this.#creations === 0;
    try {
      if (this.#creating === null) {
        this.#creations++;
        this.#creating = this.#createRecord().finally(() => this.#creating = null);
      }
      await this.#creating;
      this.#failing = false;
    } catch (thrown) {
      this.#scheduleRetry();
      throw this.#failed("create the session", thrown);
    }
    // A repeated creation may have found the record of an earlier one, revoked since.
    return first ? this.#saw(at, { kind: "active" }) : await this.#read(this.#moment());
  }

  async #createRecord(): Promise<void> {
    const store = await this.#open();
    const now = this.#clock.now();
    await store.create({
      id: this.#options.sessionId,
      user: this.#options.user,
      profile: this.#options.profile,
      serverInstanceId: this.#options.serverInstanceId,
      status: "active",
      startedAt: this.#startedAt,
      lastAccessAt: this.#startedAt,
      expiresAt: now + this.#options.durationSeconds * 1000,
      createdAt: now,
      updatedAt: now,
      requestCount: 0,
      sourceIdentity: this.#options.sourceIdentity,
      revokedBy: null,
      revokedReason: null,
    }, this.#signal());
    this.#created = true;
    this.#lastWrite = this.#clock.monotonic() - FLUSH_INTERVAL_MS;
    this.#scheduleHeartbeat();
    if (this.#pendingRequests > 0) this.#scheduleFlush();
  }

  #stateOf(record: SessionRecord): SessionState {
    const status = effectiveStatus(record, this.#clock.now());
    switch (status) {
      case "active":
        return { kind: "active" };
      case "revoked":
        return { kind: "revoked", detail: "it was revoked" };
      case "expired":
        return { kind: "expired" };
      default:
        return status satisfies never;
    }
  }

  #saw(at: Moment, state: SessionState): SessionState {
    if (this.#look === null || at.monotonic >= this.#look.at.monotonic) this.#look = { at, state };
    // INVARIANT: a session that was seen to have ended stays ended, whatever the store says later.
    if (state.kind !== "active" && state !== MISSING) this.#ended ??= state;
    return this.#ended ?? state;
  }

  #scheduleFlush(): void {
    if (this.#cancelFlush !== null || this.#writing !== null || this.#closed || !this.#created) {
      return;
    }
    const wait = this.#lastWrite + FLUSH_INTERVAL_MS - this.#clock.monotonic();
    this.#cancelFlush = this.#clock.after(Math.max(FLUSH_DELAY_MS, wait), () => {
      this.#cancelFlush = null;
      this.#flush();
    });
  }

  #scheduleHeartbeat(): void {
    this.#cancelHeartbeat?.();
    if (this.#closed || this.#ended !== null) return;
    const every = Math.min(HEARTBEAT_MS, this.#options.durationSeconds * 1000 / 3);
    this.#cancelHeartbeat = this.#clock.after(every, () => this.#flush());
  }

  #flush(): void {
    if (this.#writing !== null || this.#closed || this.#ended !== null || this.#opening === null) {
      return;
    }
    this.#writing = this.#opening.then((store) => this.#write(store)).catch(() => {})
      .finally(() => {
        this.#writing = null;
        this.#scheduleHeartbeat();
        if (this.#pendingRequests > 0) this.#scheduleFlush();
      });
  }

  /** One write for all touches so far; what cannot be written is kept for the next. */
  async #write(store: SessionStore): Promise<void> {
    const requests = this.#pendingRequests;
    const now = this.#clock.now();
    this.#lastWrite = this.#clock.monotonic();
    this.#pendingRequests = 0;
    let result: TransitionResult;
    try {
      result = await store.touch(this.#options.sessionId, {
        now,
        lastAccessAt: this.#lastAccessAt,
        requests,
        expiresAt: now + this.#options.durationSeconds * 1000,
      }, this.#signal());
      this.#failing = false;
    } catch (thrown) {
      this.#pendingRequests += requests;
      throw this.#failed("update the session", thrown);
    }
    if (result.outcome === "unchanged") this.#saw(this.#moment(), this.#stateOf(result.record));
  }

  #open(): Promise<SessionStore> {
    if (this.#opening === null) {
      const opening = this.#options.openStore(this.#table);
      this.#opening = opening;
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = null;
      });
    }
    return this.#opening;
  }

  /** Warns once per outage; returns the fault for whoever depends on the store. */
  #failed(action: string, thrown: unknown): SentinelError {
    const error = asSentinelError(thrown);
    if (!this.#failing) {
      this.#options.warn(
        `Cannot ${action} in session table ${quote(this.#table)}: ${printable(error.message)}`,
      );
    }
    this.#failing = true;
    return error;
  }

  /** A session that nobody asks for again must still become visible to administrators. */
  #scheduleRetry(): void {
    if (this.#closed) return;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.after(FLUSH_INTERVAL_MS, () => {
      if (!this.#created) ignore(this.#lookAgain());
    });
  }

  #signal(): AbortSignal {
    return AbortSignal.timeout(CALL_TIMEOUT_MS);
  }

  #moment(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  /** The monotonic clock stands still in sleep and the wall clock can be set: trust neither. */
  #age(at: Moment): number {
    const wall = this.#clock.now() - at.wall;
    return Math.max(wall < 0 ? Infinity : wall, this.#clock.monotonic() - at.monotonic);
  }
}

/** A record that is not there: counts as revoked where the session is required. */
const MISSING: SessionState = { kind: "revoked", detail: "its record is gone" };
const UNKNOWN: SessionState = { kind: "unknown" };

function unlessMissing(state: SessionState): SessionState {
  return state === MISSING ? UNKNOWN : state;
}

/** For looks whose outcome is read from the tracker's state later. */
function ignore(look: Promise<unknown>): void {
  look.catch(() => {});
}

function settled(promise: Promise<unknown> | null): Promise<unknown> {
  return promise?.catch(() => {}) ?? Promise.resolve();
}
