/**
 * A YAML document as a tree in which every scalar is text and every node knows where it stands.
 *
 * @module
 */

/** Text: any scalar, quoted or not, whatever it looks like. */
export interface YamlText {
  readonly kind: "text";
  readonly offset: number;
  readonly value: string;
}

/** Nothing where a value could stand, as in `users:` at the end of its line. */
export interface YamlEmpty {
  readonly kind: "empty";
  readonly offset: number;
  readonly value: null;
}

/** A list; `value` holds the values of its items. */
export interface YamlList {
  readonly kind: "list";
  readonly offset: number;
  readonly value: unknown[];
  readonly items: YamlNode[];
}

/** A map; `value` has no prototype, so that no key means anything by itself. */
export interface YamlMap {
  readonly kind: "map";
  readonly offset: number;
  readonly value: Record<string, unknown>;
  readonly entries: Map<string, YamlEntry>;
}

/** One key of a map and what stands under it. */
export interface YamlEntry {
  readonly keyOffset: number;
  readonly node: YamlNode;
}

/**
 * A node of the tree. `offset` counts UTF-16 units from the beginning of the text; `value` is the
 * same without positions.
 */
export type YamlNode = YamlText | YamlEmpty | YamlList | YamlMap;

/** Whether `node` and all below it are more than `limit` nodes; looks at no more than that. */
export function isLargerThan(node: YamlNode, limit: number): boolean {
  const pending = [node];
  for (let seen = 0; seen <= limit; seen++) {
    const next = pending.pop();
    if (next === undefined) return false;
    if (next.kind === "list") { for (const item of next.items) pending.push(item); }
    if (next.kind === "map") {
      for (const entry of next.entries.values()) pending.push(entry.node);
    }
  }
  return true;
}
