/**
 * `deno task simulate [--json] [--quick]`: servers by the hundred, the ten thousand and the million
 * on one session table. The real tracker and the real store run on simulated time against a table
 * in memory; the million is extrapolated from the ten thousand. It shows what the hottest partition
 * bears and where the design ends.
 *
 * @module
 */
import { TABLE_READS, TABLE_WRITES } from "./simulate/counting_client.ts";
import { FLEET, type PhaseFigures, simulateFleet } from "./simulate/fleet.ts";
import { type LoneServerFigures, simulateLoneServer } from "./simulate/lone_server.ts";
import { PARTITION_WRITE_LIMIT } from "./simulate/partition_load.ts";

const json = Deno.args.includes("--json");
const quick = Deno.args.includes("--quick");

/** Sizes that are simulated; the largest is extrapolated from the last of them. */
const SIMULATED = quick ? [100, 500] : [100, 10_000];
const EXTRAPOLATED = 1_000_000;

function say(text: string): void {
  if (!json) console.log(text);
}

/** Write units a second in the hottest partition of a group, on average and at most. */
interface Hottest {
  readonly mean: number;
  /** `null` where it was extrapolated. */
  readonly peak: number | null;
}

interface Row {
  readonly group: string;
  readonly hottest: readonly Hottest[];
}

function groupsOf(phase: PhaseFigures): string[] {
  const indexes = [...phase.loads.keys()].filter((name) => name.startsWith("gsi-")).sort();
  return [TABLE_WRITES, ...indexes, TABLE_READS];
}

/**
 * A phase at every size. Where the load of a partition grows with the fleet it is scaled; the table
 * spreads by id, so that its hottest partition is one session's, and an administrator revokes as
 * fast as in his busiest second, for longer.
 */
function rowsOf(phases: readonly PhaseFigures[]): Row[] {
  const last = phases.at(-1)!;
  return groupsOf(last).map((group) => {
    const measured = phases.map(({ loads }): Hottest => {
      const load = loads.get(group);
      return { mean: load?.hottestMean ?? 0, peak: load?.hottestPeak ?? 0 };
    });
    const million = atMillion(last.phase, { group, ...measured.at(-1)! });
    return { group, hottest: [...measured, { mean: million, peak: null }] };
  });
}

function atMillion(
  phase: PhaseFigures["phase"],
  { group, mean, peak }: Hottest & { readonly group: string },
): number {
  const isPerSession = group === TABLE_WRITES || group === TABLE_READS ||
    group === "gsi-server-instance";
  if (isPerSession) return mean;
  if (phase === "revocation") return peak ?? mean;
  return mean * EXTRAPOLATED / SIMULATED.at(-1)!;
}

function cell({ mean, peak }: Hottest): string {
  const number = (value: number) => value >= 100 ? String(Math.round(value)) : value.toFixed(2);
  const over = mean > PARTITION_WRITE_LIMIT ? " OVER" : "";
  return peak === null ? `~${number(mean)}${over}` : `${number(mean)} (${peak})${over}`;
}

function line(cells: readonly string[]): void {
  console.log(
    `  ${cells.map((text, index) => text.padEnd(index === 0 ? 22 : 17)).join("")}`.trimEnd(),
  );
}

const EXPLANATIONS = {
  rush: `everybody starts within ${FLEET.rushSeconds / 60} minutes`,
  steady: `sessions live ${FLEET.meanLifeSeconds / 3600} h on average, 1 in ${
    1 / FLEET.crashPart
  } crashes`,
  revocation: "server-revoke --all; a larger fleet takes longer, not more a second",
} as const;

function print(fleets: readonly (readonly PhaseFigures[])[], lone: readonly LoneServerFigures[]) {
  console.log("\nUnits a second in the hottest partition: mean (busiest second).");
  console.log(`DynamoDB serves ${PARTITION_WRITE_LIMIT} write units of one partition.`);
  for (const index of fleets[0]!.keys()) {
    const phases = fleets.map((fleet) => fleet[index]!);
    const { phase } = phases[0]!;
    console.log(`\n${phase}: ${EXPLANATIONS[phase]}`);
    line(["servers", ...SIMULATED.map(String), `${EXTRAPOLATED} (by factor)`]);
    for (const { group, hottest } of rowsOf(phases)) line([group, ...hottest.map(cell)]);
  }
  console.log("\nOne server, measured over an hour (create and end included)");
  line(["requests a second", "writes/min", "reads/min", "per 10^6 requests: write, read units"]);
  for (const { requestsPerSecond, writesPerMinute, readsPerMinute, perMillion } of lone) {
    const units = perMillion === null
      ? "-"
      : `${Math.round(perMillion.writeUnits)}, ${Math.round(perMillion.readUnits)}`;
    line([
      requestsPerSecond === 0 ? "idle" : String(requestsPerSecond),
      writesPerMinute.toFixed(2),
      readsPerMinute.toFixed(1),
      units,
    ]);
  }
}

const fleets: (readonly PhaseFigures[])[] = [];
for (const size of SIMULATED) {
  say(`${size} servers …`);
  fleets.push(await simulateFleet(size));
}
const lone: LoneServerFigures[] = [];
for (const requestsPerSecond of [0, 1, 10, 100]) {
  lone.push(await simulateLoneServer(requestsPerSecond, quick ? 600 : 3600));
}
if (json) {
  const readable = fleets.map((phases) =>
    phases.map((phase) => ({ ...phase, loads: Object.fromEntries(phase.loads) }))
  );
  console.log(JSON.stringify({ sizes: SIMULATED, fleets: readable, lone }, null, 2));
} else print(fleets, lone);
