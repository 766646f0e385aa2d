/**
 * Rules while two policies are compared: lists of them that become shorter as requests are cut into
 * parts.
 *
 * @module
 */
import type { Demand } from "./request_space.ts";

/** A rule as one of the two policies has it. */
export interface Entry {
  /** The same for rules that are alike in everything. */
  readonly id: number;
  /** By dimension; `null` where the rule takes anything. */
  readonly demands: readonly (Demand | null)[];
}

/** Rules in order. */
export type Entries = readonly Entry[];

/** `entries` up to the first that matches whatever the open dimensions hold. */
export function reachable(entries: Entries, open: readonly number[]): Entries {
  const last = entries.findIndex(({ demands }) => open.every((each) => demands[each] === null));
  return last === -1 ? entries : entries.slice(0, last + 1);
}

/** Whether both lists hold the same rules in the same order. */
export function isAlike(before: Entries, after: Entries): boolean {
  return before.length === after.length && before.every(({ id }, index) => after[index]!.id === id);
}

/** Names a list of rules. */
export function idsOf(entries: Entries): string {
  return entries.map(({ id }) => id).join();
}

/** All that the rules of `lists` demand in one dimension. */
export function demandsOf(lists: readonly Entries[], dimension: number): readonly Demand[] {
  const found = new Set<Demand>();
  for (const entries of lists) {
    for (const { demands } of entries) {
      const demand = demands[dimension];
      if (demand !== null && demand !== undefined) found.add(demand);
    }
  }
  return [...found];
}

/** Entries by what they demand in one dimension, so that few of many are found quickly. */
export class Filter {
  readonly #entries: Entries;
  readonly #indifferent: number[] = [];
  readonly #byDemand = new Map<number, number[]>();

  constructor(entries: Entries, dimension: number) {
    this.#entries = entries;
    for (const [index, { demands }] of entries.entries()) {
      const demand = demands[dimension];
      if (demand === null || demand === undefined) this.#indifferent.push(index);
      else {
        const indexes = this.#byDemand.get(demand.id);
        if (indexes === undefined) this.#byDemand.set(demand.id, [index]);
        else indexes.push(index);
      }
    }
  }

  /** The entries whose demand is among those that are `met`, in order. */
  keep(met: ReadonlySet<number>): Entries {
    const indexes = [...this.#indifferent];
    for (const id of met) for (const index of this.#byDemand.get(id) ?? []) indexes.push(index);
    return indexes.sort((a, b) => a - b).map((index) => this.#entries[index]!);
  }
}
