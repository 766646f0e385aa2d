/**
 * Text to policy. A document with any mistake gives no policy at all, and every mistake is told at
 * once, with its place and what was probably meant.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { freezePolicy } from "./frozen_policy.ts";
import {
  APPROVALS,
  BREAK_GLASS_ENTRIES,
  checkItems,
  RULE_SECTIONS,
  type Spelling,
} from "./item_check.ts";
import type { Policy, PolicySection } from "./policy.ts";
import { locateProblems, MAX_PROBLEMS, type TextProblem } from "./problems.ts";
import { RulePlaces } from "./rule_places.ts";
import { POLICIES_FRAME, RULES_FRAME } from "./schema.ts";
import { describeIssues } from "./schema_problems.ts";
import { readYaml } from "./yaml_reader.ts";
import type { YamlNode } from "./yaml_tree.ts";

/**
 * Reads a policy document, in YAML or JSON and in either spelling.
 *
 * @param text The whole document; a byte order mark is allowed.
 * @returns The policy, frozen, with both spellings brought into one form.
 * @throws {SentinelError} `POLICY_INVALID` when the document has any mistake: unknown keys and
 * values, wrong kinds, duplicate keys or names, several documents, tags, merge keys, too much
 * nesting or aliasing. `details.problems` holds all of them as {@linkcode PolicyProblem} (the
 * first 1000), in the order of the text.
 *
 * @example
 * ```ts
 * const policy = parsePolicy(`
 * version: "1"
 * rules:
 *   - name: production
 *     effect: require_server
 *     conditions: { profiles: ["prod-*"], users: [alice] }
 * `);
 * if (policy.rules[0]?.effect !== "require_server") throw new Error("not as written");
 * ```
 */
export function parsePolicy(text: string): Policy {
  return read(text).policy;
}

/** A policy, and where its rules stand in the text. */
export interface PolicyDocument {
  readonly policy: Policy;
  readonly places: RulePlaces;
}

/** The same, for those who have something to say of the rules. Throws as {@linkcode parsePolicy}. */
export function parsePolicyDocument(text: string): PolicyDocument {
  const { policy, source, items, spelling } = read(text);
  return { policy, places: new RulePlaces(source, { items, spelling }) };
}

/** A policy, and the tree of its rules and entries. */
interface Reading {
  readonly policy: Policy;
  /** The text without a byte order mark. */
  readonly source: string;
  readonly items: Readonly<Record<PolicySection, readonly YamlNode[]>>;
  readonly spelling: Spelling;
}

function read(text: string): Reading {
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const { root, problems } = readYaml(source);
  if (root === null || problems.length >= MAX_PROBLEMS) throw invalid(source, problems);
  const spelling = spellingOf(root);
  const frame = spelling === "rules" ? RULES_FRAME : POLICIES_FRAME;
  const items = itemsIn(root, spelling);
  const rules = checkItems(items, RULE_SECTIONS[spelling]);
  const approvalItems = itemsIn(root, APPROVALS.key);
  const approvals = checkItems(approvalItems, APPROVALS);
  const breakGlassItems = itemsIn(root, BREAK_GLASS_ENTRIES.key);
  const breakGlass = checkItems(breakGlassItems, BREAK_GLASS_ENTRIES);
  // What stands where YAML went wrong has been told already.
  const told = new Set(problems.map(({ offset }) => offset));
  const found = [
    ...describeIssues(root, { path: [], issues: frame.safeParse(root.value).error?.issues ?? [] }),
    ...rules.problems,
    ...approvals.problems,
    ...breakGlass.problems,
  ].filter(({ offset }) => !told.has(offset));
  if (problems.length + found.length > 0) throw invalid(source, [...problems, ...found]);
  const policy = freezePolicy({
    version: "1",
    rules: rules.items,
    // An empty section says the same as none: nobody.
    ...approvals.items.length > 0 && { approvals: approvals.items },
    ...breakGlass.items.length > 0 && { breakGlass: breakGlass.items },
  });
  return {
    policy,
    source,
    items: { rules: items, approvals: approvalItems, break_glass: breakGlassItems },
    spelling,
  };
}

function invalid(source: string, problems: readonly TextProblem[]): SentinelError {
  const located = locateProblems(source, problems).slice(0, MAX_PROBLEMS);
  const { path, line, column, message } = located[0]!;
  const more = located.length - 1;
  const others = `${more} more problem${more === 1 ? "" : "s"}`;
  return new SentinelError(
    "POLICY_INVALID",
    `Cannot parse the policy: line ${line}, column ${column}: ${path === "" ? "" : `${path}: `}` +
      (more === 0 ? message : `${message} (and ${others})`),
    { details: { problems: located } },
  );
}

/** The spelling of the key that comes first; the full one when the document has neither. */
function spellingOf(root: YamlNode): Spelling {
  if (root.kind !== "map") return "rules";
  for (const key of root.entries.keys()) {
    if (key === "rules" || key === "policies") return key;
  }
  return "rules";
}

/** The items of the list under `key`; none when there is no such list. */
function itemsIn(root: YamlNode, key: string): readonly YamlNode[] {
  const node = root.kind === "map" ? root.entries.get(key)?.node : undefined;
  return node?.kind === "list" ? node.items : [];
}
