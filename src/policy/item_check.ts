/**
 * Checks the lists of a document item by item: each against its schema, and its name against the
 * others'.
 *
 * @module
 */
import type { core } from "zod/mini";
import { quote } from "../text/printable.ts";
import {
  nameOfEntry,
  normaliseApproval,
  normaliseBreakGlass,
  normaliseEntry,
  normaliseRule,
} from "./normalise.ts";
import { APPROVAL, BREAK_GLASS } from "./override_schema.ts";
import type { ApprovalRule, BreakGlassRule, Rule } from "./policy.ts";
import { formatPath, MAX_PROBLEMS, type TextProblem } from "./problems.ts";
import { ENTRY, type EntryDocument, RULE, type RuleDocument } from "./schema.ts";
import { describeIssues } from "./schema_problems.ts";
import { isLargerThan, type YamlNode } from "./yaml_tree.ts";

/** Most values in one item: the schema library overflows its stack on some 100,000 issues. */
const MAX_VALUES = 20_000;

/** What a schema of the library gives. */
interface Schema<Document> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Document; readonly error?: undefined }
    | { readonly success: false; readonly error: { readonly issues: core.$ZodIssue[] } };
}

/** One kind of list: the key that holds it, what its items are, and what becomes of them. */
export interface Section<Item> {
  readonly key: string;
  readonly check: (
    value: unknown,
    index: number,
  ) => { readonly item: Item } | { readonly issues: readonly core.$ZodIssue[] };
  /** The name of an item that has none of its own; `null` where each must have one. */
  readonly nameOf: ((index: number) => string) | null;
}

interface SectionOptions<Document, Item> {
  readonly key: string;
  readonly schema: Schema<Document>;
  readonly normalise: (document: Document, index: number) => Item;
  readonly nameOf?: (index: number) => string;
}

function section<Document, Item>(options: SectionOptions<Document, Item>): Section<Item> {
  const { key, schema, normalise, nameOf = null } = options;
  return {
    key,
    check(value, index) {
      const result = schema.safeParse(value);
      return result.success
        ? { item: normalise(result.data, index) }
        : { issues: result.error.issues };
    },
    nameOf,
  };
}

/** The rules of the full spelling, and those of the short one. */
export const RULE_SECTIONS = {
  rules: section<RuleDocument, Rule>({
    key: "rules",
    schema: RULE,
    normalise: normaliseRule,
  }),
  policies: section<EntryDocument, Rule>({
    key: "policies",
    schema: ENTRY,
    normalise: normaliseEntry,
    nameOf: nameOfEntry,
  }),
} as const;

/** The two spellings of a document, by the key that holds its rules. */
export type Spelling = keyof typeof RULE_SECTIONS;

/** Who may approve. */
export const APPROVALS: Section<ApprovalRule> = section({
  key: "approvals",
  schema: APPROVAL,
  normalise: normaliseApproval,
});

/** Who may break the glass. */
export const BREAK_GLASS_ENTRIES: Section<BreakGlassRule> = section({
  key: "break_glass",
  schema: BREAK_GLASS,
  normalise: normaliseBreakGlass,
});

/** What the items of a list came to: all of them, when there are no problems. */
export interface CheckedItems<Item> {
  readonly items: readonly Item[];
  readonly problems: readonly TextProblem[];
}

/** Checks the items of one of the document's lists; stops when there is no point in going on. */
export function checkItems<Item>(
  nodes: readonly YamlNode[],
  section: Section<Item>,
): CheckedItems<Item> {
  const items: Item[] = [];
  const problems: TextProblem[] = [];
  const indexByName = new Map<string, number>();
  for (let index = 0; index < nodes.length && problems.length < MAX_PROBLEMS; index++) {
    const node = nodes[index]!;
    const checked = checkItem(node, { section, index });
    if ("problems" in checked) problems.push(...checked.problems);
    else items.push(checked.item);
    const name = nameOf(node, section.nameOf?.(index) ?? null);
    if (name === null) continue;
    const first = indexByName.get(name);
    if (first === undefined) indexByName.set(name, index);
    else problems.push(duplicateName(node, { key: section.key, index, name, first }));
  }
  return { items, problems };
}

function checkItem<Item>(
  node: YamlNode,
  { section, index }: { readonly section: Section<Item>; readonly index: number },
): { readonly item: Item } | { readonly problems: readonly TextProblem[] } {
  const path = [section.key, index];
  if (isLargerThan(node, MAX_VALUES)) {
    const message = `has more than ${MAX_VALUES} values: divide it into several`;
    return { problems: [{ path: formatPath(path), offset: node.offset, message }] };
  }
  const checked = section.check(node.value, index);
  return "item" in checked
    ? checked
    : { problems: describeIssues(node, { path, issues: checked.issues }) };
}

/** The item's name, also when the rest of it is wrong; `fallback` when it has none. */
function nameOf(node: YamlNode, fallback: string | null): string | null {
  if (node.kind !== "map") return null;
  const named = node.entries.get("name")?.node;
  if (named === undefined) return fallback;
  return named.kind === "text" ? named.value : null;
}

/** People and logs refer to an item by its name, so it may stand for one only. */
function duplicateName(
  node: YamlNode,
  { key, index, name, first }: { key: string; index: number; name: string; first: number },
): TextProblem {
  const named = node.kind === "map" ? node.entries.get("name")?.node : undefined;
  return {
    path: formatPath([key, index, "name"]),
    offset: (named ?? node).offset,
    message: `the name ${quote(name)} is already that of ${formatPath([key, first])}`,
  };
}
