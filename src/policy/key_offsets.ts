/**
 * Where the items of a list and their keys stand in a text, kept as numbers: the tree of a large
 * document is many times as large.
 *
 * @module
 */
import { formatPath, type PathSegment } from "./problems.ts";
import type { YamlNode } from "./yaml_tree.ts";

/** Offsets of the items of one list, of their keys, and of the keys below these. */
export class KeyOffsets {
  readonly #ids = new Map<string, number>();
  /** Ways by their ids, each followed by the offset: item after item. */
  readonly #pairs: number[] = [];
  /** Where each item begins in the pairs. */
  readonly #starts: number[] = [];
  readonly #items: number[] = [];

  /** Takes down what is known of `items`, and lets go of them. */
  constructor(items: readonly YamlNode[]) {
    for (const item of items) {
      this.#items.push(item.offset);
      this.#starts.push(this.#pairs.length);
      this.#note(item, []);
    }
    this.#starts.push(this.#pairs.length);
  }

  #note(node: YamlNode, way: readonly PathSegment[]): void {
    if (node.kind !== "map") return;
    for (const [key, { keyOffset, node: below }] of node.entries) {
      const name = formatPath([...way, key]);
      const id = this.#ids.get(name) ?? this.#ids.size;
      this.#ids.set(name, id);
      this.#pairs.push(id, keyOffset);
      if (way.length === 0) this.#note(below, [key]);
    }
  }

  /** Offset of the item at `index`. */
  ofItem(index: number): number {
    return this.#items[index]!;
  }

  /** Offset of the key at the end of `way` in the item at `index`, or `null` when it is not there. */
  ofKey(index: number, way: readonly PathSegment[]): number | null {
    const id = this.#ids.get(formatPath(way));
    for (let at = this.#starts[index]!; at < this.#starts[index + 1]!; at += 2) {
      if (this.#pairs[at] === id) return this.#pairs[at + 1]!;
    }
    return null;
  }
}
