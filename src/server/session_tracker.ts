/**
 * Keeps this server's session in every table that the policy names while the server runs, and
 * ends it in all of them. It never judges: what a state means is the gate's to decide.
 *
 * @module
 */
import type { SessionTracker } from "../gate/ports.ts";
import { type SessionTrackerOptions, TrackedSession } from "./tracked_session.ts";

export type { SessionTrackerOptions };

/** P8: the time for the last touches and the expiry together. */
const CLOSE_TIMEOUT_MS = 4000;

/** A tracker that must be closed when the server ends. */
export interface RunningSessionTracker extends SessionTracker {
  /** Writes the last touches and marks the session expired, within a bounded time. Never throws. */
  close(): Promise<void>;
}

/** Creates the tracker of one server. Nothing is written until the gate first asks for a table. */
export function createSessionTracker(options: SessionTrackerOptions): RunningSessionTracker {
  const sessions = new Map<string, TrackedSession>();
  const startedAt = options.clock.now();

  return {
    sessionId: options.sessionId,
    check(table, { required }) {
      // INVARIANT: revoked in one table is revoked in all, or moving the table would undo it.
      for (const session of sessions.values()) {
        if (session.ended?.kind === "revoked") return session.ended;
      }
      let session = sessions.get(table);
      if (session === undefined) {
        session = new TrackedSession(table, startedAt, options);
        sessions.set(table, session);
      }
      return session.check(required);
    },
    touch(table) {
      sessions.get(table)?.touch();
    },
    async close() {
      const closing = Promise.all([...sessions.values()].map((session) => session.close()));
      await Promise.race([
        closing,
        new Promise<void>((resolve) => options.clock.after(CLOSE_TIMEOUT_MS, resolve)),
      ]);
      await Promise.race([
        Promise.all([...sessions.values()].map((session) => session.dispose())),
        new Promise<void>((resolve) => options.clock.after(500, resolve)),
      ]);
    },
  };
}
