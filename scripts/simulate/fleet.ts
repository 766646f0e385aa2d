/**
 * A fleet of servers on one session table: they all start within minutes, live, crash, are
 * followed by others, and are all revoked at the end. It counts what the table and its indexes
 * bear, partition by partition.
 *
 * @module
 */
import { revokeEach, revokeSession } from "../../src/store/session_revocation.ts";
import { CountingTable } from "./counting_client.ts";
import { type GroupLoad, PartitionLoad } from "./partition_load.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { SimulatedServer } from "./server.ts";

/** What the fleet is like. Its randomness is the same in every run. */
export const FLEET = {
  /** Everybody comes to work within so many seconds. */
  rushSeconds: 600,
  /** Watched for so long afterwards. */
  steadySeconds: 200,
  /** The administrator revokes everything, and is watched for so long. */
  revocationSeconds: 60,
  meanLifeSeconds: 7200,
  /** Part of the servers that end by `kill -9`. */
  crashPart: 0.01,
  /** Part of the time in which a server's command asks once a second. */
  busyPart: 0.01,
  meanBusySeconds: 60,
  /** Part of the servers that belong to one user: CI. */
  ciPart: 0.05,
  profiles: 20,
  /** Time of a call, as the administrator's machine sees it, in milliseconds. */
  callMs: 10,
} as const;

/** What happened in a phase. */
export interface PhaseFigures {
  readonly phase: "rush" | "steady" | "revocation";
  readonly seconds: number;
  readonly starts: number;
  readonly ends: number;
  readonly crashes: number;
  readonly revocations: number;
  readonly requests: number;
  /** By group: the table's writes and reads, and each index. */
  readonly loads: ReadonlyMap<string, GroupLoad>;
}

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Fleet {
  readonly clock = new SimulatedClock(Date.UTC(2026, 10, 23, 8));
  readonly load = new PartitionLoad();
  readonly table: CountingTable;
  readonly #random = randomFrom(20261121);
  readonly #size: number;
  readonly counts = { starts: 0, ends: 0, crashes: 0, revocations: 0, requests: 0 };
  #number = 0;
  #closing = false;
  failure: unknown = null;

  constructor(sdk: ConstructorParameters<typeof CountingTable>[0], size: number) {
    this.#size = size;
    this.table = new CountingTable(sdk, this.load, () => this.clock.monotonic());
  }

  /** Everybody starts, each at a moment of his own. */
  rush(): void {
    for (let number = 0; number < this.#size; number++) {
      this.clock.after(this.#random() * FLEET.rushSeconds * 1000, () => this.#start());
    }
  }

  /** Nobody follows those who are refused from now on. */
  close(): void {
    this.#closing = true;
  }

  #start(): void {
    if (this.#closing) return;
    this.counts.starts++;
    const server = new SimulatedServer({
      id: (++this.#number).toString(16).padStart(16, "0"),
      user: this.#random() < FLEET.ciPart ? "ci" : `user-${this.#below(this.#size / 2)}`,
      // The square prefers the first: some profiles are everybody's.
      profile: `profile-${Math.floor(this.#random() ** 2 * FLEET.profiles)}`,
      clock: this.clock,
      openStore: () => this.table.openStore(),
    });
    let over = false;
    const leave = (): boolean => {
      const first = !over;
      over = true;
      return first;
    };
    this.clock.after(this.#exponential(FLEET.meanLifeSeconds) * 1000, () => {
      if (!leave()) return;
      if (this.#random() < FLEET.crashPart) {
        this.counts.crashes++;
        server.crash();
      } else this.#end(server);
      this.#start();
    });
    const ask = (left: number): void => {
      if (over) return;
      this.counts.requests++;
      server.request().then(() => {
        if (server.refused && leave()) this.#end(server);
      }, (thrown) => this.failure ??= thrown);
      const { busyPart, meanBusySeconds } = FLEET;
      const idleSeconds = meanBusySeconds * (1 - busyPart) / busyPart;
      if (left > 1) this.clock.after(1000, () => ask(left - 1));
      else {
        this.clock.after(
          this.#exponential(idleSeconds) * 1000,
          () => ask(this.#exponential(meanBusySeconds)),
        );
      }
    };
    // The first credentials are made before the command starts.
    ask(1);
  }

  #end(server: SimulatedServer): void {
    this.counts.ends++;
    server.end().catch((thrown) => this.failure ??= thrown);
  }

  /** `sentinel server-revoke --all`, with the time that its calls take. */
  async revokeAll(): Promise<void> {
    await using store = this.table.openStore();
    const call = () => new Promise<void>((resolve) => this.clock.after(FLEET.callMs, resolve));
    const revocation = { by: "root", reason: "everything" };
    const outcomes = revokeEach(this.table.activeIds(), async (id) => {
      await call();
      return await revokeSession(store, id, { ...revocation, now: this.clock.now() });
    });
    for await (const outcome of outcomes) {
      if (outcome.kind === "failed") throw outcome.error;
      this.counts.revocations++;
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #exponential(mean: number): number {
    return -Math.log(1 - this.#random()) * mean;
  }

  /** What happened since the last call. */
  take(phase: PhaseFigures["phase"], seconds: number): PhaseFigures {
    const figures = { phase, seconds, ...this.counts, loads: this.load.take(seconds) };
    Object.assign(this.counts, { starts: 0, ends: 0, crashes: 0, revocations: 0, requests: 0 });
    return figures;
  }
}

/** Simulates `size` servers. Rejects when anything goes wrong in them. */
export async function simulateFleet(size: number): Promise<readonly PhaseFigures[]> {
  const fleet = new Fleet(await import("@aws-sdk/client-dynamodb"), size);
  const { clock } = fleet;
  const { rushSeconds, steadySeconds, revocationSeconds } = FLEET;
  const phases: PhaseFigures[] = [];
  fleet.rush();
  await clock.run(rushSeconds * 1000);
  phases.push(fleet.take("rush", rushSeconds));
  await clock.run((rushSeconds + steadySeconds) * 1000);
  phases.push(fleet.take("steady", steadySeconds));
  fleet.close();
  const revoked = fleet.revokeAll().catch((thrown) => fleet.failure ??= thrown);
  await clock.run((rushSeconds + steadySeconds + revocationSeconds) * 1000);
  await revoked;
  phases.push(fleet.take("revocation", revocationSeconds));
  if (fleet.failure !== null) throw fleet.failure;
  return phases;
}
