/**
 * One simulated server: the real session tracker over the real store, asked by a command that is
 * busy for a while and then idle. When it crashes nothing of it happens any more.
 *
 * @module
 */
import type { Clock } from "../../src/clock.ts";
import {
  createSessionTracker,
  type RunningSessionTracker,
} from "../../src/server/session_tracker.ts";
import type { SessionStore } from "../../src/store/store.ts";

/** What a server is. */
export interface ServerOptions {
  /** 16 hex digits. */
  readonly id: string;
  readonly user: string;
  readonly profile: string;
  readonly clock: Clock;
  readonly openStore: () => SessionStore;
}

/** Life of its credentials, as `sentinel exec --server` has it by default, in seconds. */
const DURATION_SECONDS = 900;
const TABLE = "simulated";

/** A server that runs. */
export class SimulatedServer {
  readonly #tracker: RunningSessionTracker;
  #crashed = false;
  #refused = false;

  constructor({ id, user, profile, clock, openStore }: ServerOptions) {
    this.#tracker = createSessionTracker({
      sessionId: id,
      serverInstanceId: id,
      user,
      profile,
      sourceIdentity: `sentinel=${user}=direct=${id}`,
      durationSeconds: DURATION_SECONDS,
      openStore: () => Promise.resolve(openStore()),
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        after: (ms, callback) =>
          clock.after(ms, () => {
            if (!this.#crashed) callback();
          }),
      },
      warn: (message) => {
        throw new Error(message);
      },
    });
  }

  /** Whether a request was refused because the session was revoked. */
  get refused(): boolean {
    return this.#refused;
  }

  /** One request for credentials, as the gate would pass it on. */
  async request(): Promise<void> {
    const { kind } = await this.#tracker.check(TABLE, { required: true });
    if (kind === "active") this.#tracker.touch(TABLE);
    else this.#refused = true;
  }

  /** The end of its command. */
  async end(): Promise<void> {
    await this.#tracker.close();
  }

  /** `kill -9`. */
  crash(): void {
    this.#crashed = true;
  }
}
