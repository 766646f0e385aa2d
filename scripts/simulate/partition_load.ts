/**
 * Capacity units by partition and second. DynamoDB serves 1,000 write units and 3,000 read units a
 * second of one partition, however large the table is.
 *
 * @module
 */

/** Write units that one partition takes in a second. */
export const PARTITION_WRITE_LIMIT = 1000;
/** Read units that one partition gives in a second. */
export const PARTITION_READ_LIMIT = 3000;

/** What a group of partitions (the table, an index) bore. */
export interface GroupLoad {
  /** All units. */
  readonly units: number;
  /** Units a second of the partition that bore most, on average. */
  readonly hottestMean: number;
  /** Units in the busiest second of any partition. */
  readonly hottestPeak: number;
}

interface Group {
  units: number;
  peak: number;
  /** Units of the second that is under way, by partition. */
  second: Map<string, number>;
  /** Units altogether, by partition. */
  readonly totals: Map<string, number>;
}

/** Counts while simulated time goes on; never back. */
export class PartitionLoad {
  readonly #groups = new Map<string, Group>();
  #second = -1;

  /** Counts `units` at the moment `ms` (milliseconds since the start). */
  add(name: string, partition: string, { units, ms }: { units: number; ms: number }): void {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) this.#turn(second);
    const group = this.#group(name);
    group.units += units;
    group.second.set(partition, (group.second.get(partition) ?? 0) + units);
  }

  /** What was borne since the last call, in `seconds`. */
  take(seconds: number): ReadonlyMap<string, GroupLoad> {
    this.#turn(-1);
    const loads = new Map<string, GroupLoad>();
    for (const [name, { units, peak, totals }] of this.#groups) {
      let most = 0;
      for (const total of totals.values()) most = Math.max(most, total);
      loads.set(name, { units, hottestMean: most / seconds, hottestPeak: peak });
    }
    this.#groups.clear();
    return loads;
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { units: 0, peak: 0, second: new Map(), totals: new Map() };
      this.#groups.set(name, group);
    }
    return group;
  }

  #turn(second: number): void {
    for (const group of this.#groups.values()) {
      for (const [partition, units] of group.second) {
        group.peak = Math.max(group.peak, units);
        group.totals.set(partition, (group.totals.get(partition) ?? 0) + units);
      }
      group.second = new Map();
    }
    this.#second = second;
  }
}
