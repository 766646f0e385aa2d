/**
 * Where the rules and entries of a document and their parts stand in its text, in the spelling of
 * the document.
 *
 * @module
 */
import type { Spelling } from "./item_check.ts";
import type { PolicySection } from "./policy.ts";
import { formatPath, locateProblems, type PathSegment } from "./problems.ts";
import { SINGULAR_KEYS } from "./schema.ts";
import type { YamlEntry, YamlNode } from "./yaml_tree.ts";

/** A rule or an entry, or a part of it by its key in the full spelling: `profiles`, `approvers`. */
export interface RulePart {
  readonly section: PolicySection;
  /** Index in the section. */
  readonly index: number;
  /** `null`: all of it. */
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

/** The places of one document. */
export class RulePlaces {
  readonly #text: string;
  readonly #items: Readonly<Record<PolicySection, readonly YamlNode[]>>;
  readonly #spelling: Spelling;

  /** `text` is the document without a byte order mark; `items` are its rules and entries. */
  constructor(
    text: string,
    { items, spelling }: {
      readonly items: Readonly<Record<PolicySection, readonly YamlNode[]>>;
      readonly spelling: Spelling;
    },
  ) {
    this.#text = text;
    this.#items = items;
    this.#spelling = spelling;
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

  #find({ section, index, key }: RulePart): { readonly path: string; readonly offset: number } {
    const item = this.#items[section][index]!;
    const list = section === "rules" ? this.#spelling : section;
    const conditions = this.#spelling === "rules" ? "conditions" : "match";
    const singular = (SINGULAR_KEYS_OF[key ?? ""] ?? key) as string;
    const ways: PathSegment[][] = key === null
      ? []
      : [[key], [conditions, key], [conditions, singular]];
    for (const way of ways) {
      const entry = entryAt(item, way);
      if (entry === undefined) continue;
      return {
        path: formatPath([list, index, ...way]),
        offset: entry.keyOffset,
      };
    }
    return { path: formatPath([list, index]), offset: item.offset };
  }
}

/** `profiles` → `profile`. */
const SINGULAR_KEYS_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SINGULAR_KEYS).map(([one, several]) => [several, one]),
);

function entryAt(node: YamlNode, way: readonly PathSegment[]): YamlEntry | undefined {
  let entry: YamlEntry | undefined;
  let here: YamlNode | undefined = node;
  for (const step of way) {
    entry = here?.kind === "map" ? here.entries.get(String(step)) : undefined;
    here = entry?.node;
  }
  return entry;
}
