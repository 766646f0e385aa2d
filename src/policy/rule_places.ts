/**
 * Where the rules and entries of a document and their parts stand in its text, in the spelling of
 * the document.
 *
 * @module
 */
import type { Spelling } from "./item_check.ts";
import { KeyOffsets } from "./key_offsets.ts";
import type { PolicySection } from "./policy.ts";
import { formatPath, locateProblems, type PathSegment } from "./problems.ts";
import { SINGULAR_KEYS } from "./schema.ts";
import type { YamlNode } from "./yaml_tree.ts";

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
  readonly #offsets: Readonly<Record<PolicySection, KeyOffsets>>;
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
    this.#offsets = {
      rules: new KeyOffsets(items.rules),
      approvals: new KeyOffsets(items.approvals),
      break_glass: new KeyOffsets(items.break_glass),
    };
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
    const offsets = this.#offsets[section];
    const list = section === "rules" ? this.#spelling : section;
    const conditions = this.#spelling === "rules" ? "conditions" : "match";
    const singular = (SINGULAR_KEYS_OF[key ?? ""] ?? key) as string;
    const ways: PathSegment[][] = key === null
      ? []
      : [[key], [conditions, key], [conditions, singular]];
    for (const way of ways) {
      const offset = offsets.ofKey(index, way);
      if (offset === null) continue;
      return { path: formatPath([list, index, ...way]), offset };
    }
    return { path: formatPath([list, index]), offset: offsets.ofItem(index) };
  }
}

/** `profiles` → `profile`. */
const SINGULAR_KEYS_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SINGULAR_KEYS).map(([one, several]) => [several, one]),
);
