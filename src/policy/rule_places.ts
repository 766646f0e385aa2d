/**
 * Where the rules of a document and their parts stand in its text, in the spelling of the document.
 *
 * @module
 */
import type { Spelling } from "./item_check.ts";
import { formatPath, locateProblems } from "./problems.ts";
import { SINGULAR_KEYS } from "./schema.ts";
import type { YamlEntry, YamlNode } from "./yaml_tree.ts";

/** A rule, or a part of it by its key in the full spelling: `session_table`, `profiles`. */
export interface RulePart {
  readonly ruleIndex: number;
  /** `null`: the rule as a whole. */
  readonly key: string | null;
}

/** Where a part of a rule stands. */
export interface RulePlace {
  /** `rules[0].conditions.users`, or `policies[0].match.user`. */
  readonly path: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column in UTF-16 units, from 1. */
  readonly column: number;
}

/** Keys of a rule, and of its conditions, whose places are known. */
const OWN_KEYS: readonly string[] = ["session_table", "max_server_duration"];
const CONDITION_KEYS: readonly string[] = [
  ...Object.entries(SINGULAR_KEYS).flat(),
  "mode",
  "time",
];
const KEYS = [...OWN_KEYS, ...CONDITION_KEYS];
const ABSENT = -1;

/** The places of one document. */
export class RulePlaces {
  readonly #text: string;
  readonly #spelling: Spelling;
  /**
   * Offsets: that of each rule, behind it those of its `KEYS`. The tree of a large document is many
   * times as large.
   */
  readonly #offsets: Int32Array;

  /** `text` is the document without a byte order mark; `items` are its rules. */
  constructor(
    text: string,
    { items, spelling }: { readonly items: readonly YamlNode[]; readonly spelling: Spelling },
  ) {
    this.#text = text;
    this.#spelling = spelling;
    this.#offsets = new Int32Array(items.length * (1 + KEYS.length));
    let at = 0;
    for (const item of items) {
      const conditions = entryOf(item, this.#parentKey)?.node;
      this.#offsets[at++] = item.offset;
      for (const key of OWN_KEYS) this.#offsets[at++] = entryOf(item, key)?.keyOffset ?? ABSENT;
      for (const key of CONDITION_KEYS) {
        this.#offsets[at++] = entryOf(conditions, key)?.keyOffset ?? ABSENT;
      }
    }
  }

  /** The places of `parts`, in their order; of one that is not there, that of its rule. */
  locate(parts: readonly RulePart[]): RulePlace[] {
    const found = parts.map((part, index) => ({ ...this.#find(part), message: `${index}` }));
    const places: RulePlace[] = [];
    // It gives them in the order of the text: the message tells which is which.
    for (const { message, path, line, column } of locateProblems(this.#text, found)) {
      places[Number(message)] = { path, line, column };
    }
    return places;
  }

  get #parentKey(): string {
    return this.#spelling === "rules" ? "conditions" : "match";
  }

  #find({ ruleIndex, key }: RulePart): { readonly path: string; readonly offset: number } {
    const first = ruleIndex * (1 + KEYS.length);
    const rule = [this.#spelling, ruleIndex];
    for (const way of key === null ? [] : [key, SINGULAR_KEYS_OF[key] ?? key]) {
      const index = KEYS.indexOf(way);
      const offset = index === -1 ? ABSENT : this.#offsets[first + 1 + index]!;
      if (offset === ABSENT) continue;
      const path = OWN_KEYS.includes(way) ? [...rule, way] : [...rule, this.#parentKey, way];
      return { path: formatPath(path), offset };
    }
    return { path: formatPath(rule), offset: this.#offsets[first]! };
  }
}

/** `profiles` → `profile`. */
const SINGULAR_KEYS_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SINGULAR_KEYS).map(([one, several]) => [several, one]),
);

function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === "map" ? node.entries.get(key) : undefined;
}
