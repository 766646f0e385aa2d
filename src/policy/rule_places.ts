/**
 * Where the rules of a document and their parts stand in its text, in the spelling of the document.
 *
 * @module
 */
import type { Spelling } from "./item_check.ts";
import { KeyOffsets } from "./key_offsets.ts";
import { formatPath, locateProblems, type PathSegment } from "./problems.ts";
import { SINGULAR_KEYS } from "./schema.ts";
import type { YamlNode } from "./yaml_tree.ts";

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

/** The places of one document. */
export class RulePlaces {
  readonly #text: string;
  readonly #offsets: KeyOffsets;
  readonly #spelling: Spelling;

  /** `text` is the document without a byte order mark; `items` are its rules. */
  constructor(
    text: string,
    { items, spelling }: { readonly items: readonly YamlNode[]; readonly spelling: Spelling },
  ) {
    this.#text = text;
    this.#offsets = new KeyOffsets(items);
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

  #find({ ruleIndex, key }: RulePart): { readonly path: string; readonly offset: number } {
    const conditions = this.#spelling === "rules" ? "conditions" : "match";
    const singular = (SINGULAR_KEYS_OF[key ?? ""] ?? key) as string;
    const ways: PathSegment[][] = key === null
      ? []
      : [[key], [conditions, key], [conditions, singular]];
    for (const way of ways) {
      const offset = this.#offsets.ofKey(ruleIndex, way);
      if (offset === null) continue;
      return { path: formatPath([this.#spelling, ruleIndex, ...way]), offset };
    }
    const offset = this.#offsets.ofItem(ruleIndex);
    return { path: formatPath([this.#spelling, ruleIndex]), offset };
  }
}

/** `profiles` → `profile`. */
const SINGULAR_KEYS_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SINGULAR_KEYS).map(([one, several]) => [several, one]),
);
