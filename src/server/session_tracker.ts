/**
 * Keeps this server's session in every table that the policy names while the server runs, and
 * ends it in all of them. It never judges: what a state means is the gate's to decide.
 *
 * @module
 */
import type { SessionState, SessionTracker } from "../gate/ports.ts";
import { EXPIRED, UNKNOWN } from "./record_state.ts";
import { TrackedSession, type TrackedSessionOptions } from "./tracked_session.ts";

/** Whose session is tracked, and through what. */
export type SessionTrackerOptions = Omit<TrackedSessionOptions, "startedAt">;

/** A tracker that must be closed when the server ends. */
export interface RunningSessionTracker extends SessionTracker {
  /** Writes the last touches and marks the session expired, within a bounded time. Never throws. */
  close(): Promise<void>;
}

/** Creates the tracker of one server. Nothing is written until the gate first asks for a table. */
export function createSessionTracker(options: SessionTrackerOptions): RunningSessionTracker {
  const sessions = new Map<string, TrackedSession>();
  const startedAt = options.clock.now();
  let closing: Promise<void> | null = null;

  function sessionIn(table: string): TrackedSession {
    let session = sessions.get(table);
    if (session === undefined) {
      session = new TrackedSession(table, { ...options, startedAt });
      sessions.set(table, session);
    }
    return session;
  }

  return {
    sessionId: options.sessionId,
    check(table, { required }) {
      // A request that was under way when the server ended must not begin a session anew.
      if (closing !== null) return EXPIRED;
      if (table === null && sessions.size === 0) return UNKNOWN;
      const session = table === null ? null : sessionIn(table);
      const state = session === null ? UNKNOWN : session.check(required);
      if (session !== null && sessions.size === 1) return state;
      const elsewhere = [...sessions.values()].filter((other) => other !== session)
        .map((other) => other.watch());
      return revokedAnywhere(state, elsewhere);
    },
    touch(table) {
      sessions.get(table)?.touch();
    },
    close() {
      closing ??= Promise.all([...sessions.values()].map((session) => session.close()))
        .then(() => {});
      return closing;
    },
  };
}

/**
 * INVARIANT: seen revoked in one table is revoked in all, or moving the table would undo it. A
 * table that the policy names no longer and that does not answer says nothing.
 */
function revokedAnywhere(
  here: SessionState | Promise<SessionState>,
  elsewhere: readonly (SessionState | Promise<SessionState>)[],
): SessionState | Promise<SessionState> {
  const states = [here, ...elsewhere];
  const pending = states.some((state) => state instanceof Promise);
  if (pending) return Promise.all(states).then(([first, ...rest]) => strictest(first!, rest));
  return strictest(here as SessionState, elsewhere as readonly SessionState[]);
}

function strictest(here: SessionState, elsewhere: readonly SessionState[]): SessionState {
  return elsewhere.find((state) => state.kind === "revoked") ?? here;
}
