/**
 * Checks the rules of a document one after the other: each against the schema, and its name against
 * the others'.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import { nameOfEntry, normaliseEntry, normaliseRule } from "./normalise.ts";
import type { Rule } from "./policy.ts";
import { formatPath, MAX_PROBLEMS, type TextProblem } from "./problems.ts";
import { ENTRY, RULE } from "./schema.ts";
import { describeIssues } from "./schema_problems.ts";
import { isLargerThan, type YamlNode } from "./yaml_tree.ts";

/** Most values in one rule: the schema library overflows its stack on some 100,000 issues. */
const MAX_VALUES = 20_000;

/** The two spellings of a document, by the key that holds its rules. */
export type Spelling = "rules" | "policies";

/** What the rules of a document came to: all of them, when there are no problems. */
export interface CheckedRules {
  readonly rules: readonly Rule[];
  readonly problems: readonly TextProblem[];
}

/** Where a rule stands. */
interface RulePlace {
  readonly spelling: Spelling;
  readonly index: number;
}

/** Checks the items of the document's list of rules; stops when there is no point in going on. */
export function checkRules(items: readonly YamlNode[], spelling: Spelling): CheckedRules {
  const rules: Rule[] = [];
  const problems: TextProblem[] = [];
  const indexByName = new Map<string, number>();
  for (let index = 0; index < items.length && problems.length < MAX_PROBLEMS; index++) {
    const item = items[index]!;
    const place = { spelling, index };
    const checked = checkRule(item, place);
    if (Array.isArray(checked)) problems.push(...checked);
    else rules.push(checked);
    const name = nameOf(item, place);
    if (name === null) continue;
    const first = indexByName.get(name);
    if (first === undefined) indexByName.set(name, index);
    else problems.push(duplicateName(item, { place, name, first }));
  }
  return { rules, problems };
}

function checkRule(item: YamlNode, { spelling, index }: RulePlace): Rule | TextProblem[] {
  const path = [spelling, index];
  if (isLargerThan(item, MAX_VALUES)) {
    const message = `has more than ${MAX_VALUES} values: divide it into several`;
    return [{ path: formatPath(path), offset: item.offset, message }];
  }
  if (spelling === "rules") {
    const { success, data, error } = RULE.safeParse(item.value);
    return success ? normaliseRule(data) : describeIssues(item, { path, issues: error.issues });
  }
  const { success, data, error } = ENTRY.safeParse(item.value);
  return success
    ? normaliseEntry(data, index)
    : describeIssues(item, { path, issues: error.issues });
}

/** The rule's name, also when the rest of the rule is wrong; `null` when it has none. */
function nameOf(item: YamlNode, { spelling, index }: RulePlace): string | null {
  if (item.kind !== "map") return null;
  const named = item.entries.get("name")?.node;
  if (named === undefined) return spelling === "policies" ? nameOfEntry(index) : null;
  return named.kind === "text" ? named.value : null;
}

/** People and logs refer to a rule by its name, so it may stand for one rule only. */
function duplicateName(
  item: YamlNode,
  { place, name, first }: { place: RulePlace; name: string; first: number },
): TextProblem {
  const { spelling, index } = place;
  const named = item.kind === "map" ? item.entries.get("name")?.node : undefined;
  return {
    path: formatPath([spelling, index, "name"]),
    offset: (named ?? item).offset,
    message: `the name ${quote(name)} is already that of ${formatPath([spelling, first])}`,
  };
}
