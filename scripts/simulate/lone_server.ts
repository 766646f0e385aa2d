/**
 * One server for an hour: what it costs idle, and what a million requests cost by how fast they
 * come.
 *
 * @module
 */
import { CountingTable, TABLE_READS } from "./counting_client.ts";
import { PartitionLoad } from "./partition_load.ts";
import { SimulatedClock } from "./simulated_clock.ts";
import { SimulatedServer } from "./server.ts";

/** What a server did to its table. */
export interface LoneServerFigures {
  readonly requestsPerSecond: number;
  /** Touches; the creation and the end of the record are not among them. */
  readonly writesPerMinute: number;
  readonly readsPerMinute: number;
  /** Capacity units of a million requests; `null` when it was idle. */
  readonly perMillion: { readonly writeUnits: number; readonly readUnits: number } | null;
  /** Units that touches wrote to the indexes. */
  readonly touchIndexUnits: number;
}

/** Simulates one server that is asked evenly for `seconds`. */
export async function simulateLoneServer(
  requestsPerSecond: number,
  seconds: number,
): Promise<LoneServerFigures> {
  const clock = new SimulatedClock(Date.UTC(2026, 10, 23, 8));
  const load = new PartitionLoad();
  const table = new CountingTable(
    await import("@aws-sdk/client-dynamodb"),
    load,
    () => clock.monotonic(),
  );
  const server = new SimulatedServer({
    id: "0000000000000001",
    user: "alice",
    profile: "prod",
    clock,
    openStore: () => table.openStore(),
  });
  let failure: unknown = null;
  let requests = 0;
  const ask = () => {
    requests++;
    server.request().catch((thrown) => failure ??= thrown);
    if (requestsPerSecond > 0) clock.after(1000 / requestsPerSecond, ask);
  };
  ask();
  await clock.run(20);
  const creation = load.take(1);
  await clock.run(seconds * 1000 - 20);
  const work = load.take(1);
  const ended = server.end().catch((thrown) => failure ??= thrown);
  await clock.run(seconds * 1000);
  await ended;
  const end = load.take(1);
  if (failure !== null) throw failure;

  const phases = [creation, work, end];
  const units = (isRead: boolean) =>
    phases.flatMap((loads) => [...loads]).filter(([group]) => (group === TABLE_READS) === isRead)
      .reduce((sum, [, { units }]) => sum + units, 0);
  const touchIndexUnits = [...work].filter(([group]) => group.startsWith("gsi-"))
    .reduce((sum, [, { units }]) => sum + units, 0);
  const minutes = seconds / 60;
  return {
    requestsPerSecond,
    writesPerMinute: (work.get("table")?.units ?? 0) / minutes,
    readsPerMinute: (work.get(TABLE_READS)?.units ?? 0) / minutes,
    perMillion: requestsPerSecond === 0 ? null : {
      writeUnits: units(false) / requests * 1e6,
      readUnits: units(true) / requests * 1e6,
    },
    touchIndexUnits,
  };
}
