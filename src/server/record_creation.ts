/**
 * The writing of a session's record: once, however often that must be tried. It never writes
 * again what is there, and gives up when nobody wants the record any more.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { createSessionRecord, type SessionRecord } from "../state/session.ts";
import type { StoreConnection } from "./store_connection.ts";

/** The kind of call, as an outage of it is told. */
export const CREATE = "create the session";

/** A creation that failed is tried again this much later, even when nobody asks. */
const AGAIN_MS = 10_000;

/** What its record says of a session from the beginning. */
export interface SessionDescription {
  /** 16 hex digits; the record's id in every table. */
  readonly sessionId: string;
  /** 16 hex digits, unique for each start of a server. */
  readonly serverInstanceId: string;
  readonly user: string;
  readonly profile: string;
  /** `SourceIdentity` of this server's credentials, or `null` when they carry none. */
  readonly sourceIdentity: string | null;
  /** When the server started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Life of the record beyond the last sign of life, in seconds. */
  readonly durationSeconds: number;
}

/** What is written, and where. */
export interface RecordCreationOptions {
  readonly connection: StoreConnection;
  readonly clock: Clock;
  readonly session: SessionDescription;
  /** Called once, when the record is there. */
  readonly onDone: () => void;
}

/** The creation of one record. */
export class RecordCreation {
  readonly #options: RecordCreationOptions;
  #underway: Promise<void> | null = null;
  #attempts = 0;
  #done = false;
  #wanted = true;
  #cancelRetry: (() => void) | null = null;

  constructor(options: RecordCreationOptions) {
    this.#options = options;
  }

  /** The record is there. */
  get done(): boolean {
    return this.#done;
  }

  /** The attempt that is under way, or `null`. */
  get underway(): Promise<void> | null {
    return this.#underway;
  }

  /** Whether a failed creation is tried again when nobody asks for it. */
  set wanted(wanted: boolean) {
    this.#wanted = wanted;
    if (!wanted) this.#cancelRetry?.();
  }

  /**
   * Writes the record, or joins the attempt that is under way. Resolves to whether nobody can
   * have changed it yet; an attempt that was repeated may have found what an earlier one wrote.
   */
  async run(): Promise<boolean> {
    const first = this.#attempts === 0;
    this.#underway ??= this.#attempt().finally(() => this.#underway = null);
    await this.#underway;
    return first;
  }

  async #attempt(): Promise<void> {
    this.#attempts++;
    this.#cancelRetry?.();
    const { connection, clock, session } = this.#options;
    try {
      await connection.call(
        async (store, signal) => await store.create(newRecord(session, clock.now()), signal),
        { action: CREATE },
      );
    } catch (thrown) {
      this.#retryLater();
      throw thrown;
    }
    this.#done = true;
    this.#options.onDone();
  }

  /** A session that nobody asks for again must still become visible to administrators. */
  #retryLater(): void {
    if (!this.#wanted) return;
    this.#cancelRetry = this.#options.clock.after(AGAIN_MS, () => {
      this.run().catch(() => {}); // Told as an outage; the next attempt follows.
    });
  }
}

function newRecord(session: SessionDescription, now: number): SessionRecord {
  return createSessionRecord({
    id: session.sessionId,
    user: session.user,
    profile: session.profile,
    serverInstanceId: session.serverInstanceId,
    startedAt: session.startedAt,
    createdAt: now,
    expiresAt: now + session.durationSeconds * 1000,
    sourceIdentity: session.sourceIdentity,
  });
}
