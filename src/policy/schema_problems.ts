/**
 * Puts what the schema finds wrong into the words and places of the document: path, offset, what is
 * wrong, and what was probably meant.
 *
 * @module
 */
import type { core } from "zod/mini";
import { nearest } from "../text/nearest.ts";
import { quote } from "../text/printable.ts";
import { formatPath, MAX_PROBLEMS, type PathSegment, type TextProblem } from "./problems.ts";
import { APPROVAL, AUTO_APPROVE, BREAK_GLASS, LIMITS } from "./override_schema.ts";
import { CONDITIONS, ENTRY, MATCH, POLICY_KEYS, RULE } from "./schema.ts";
import { HOURS, TIME } from "./schema_values.ts";
import type { YamlMap, YamlNode } from "./yaml_tree.ts";

type Issue = core.$ZodIssue;

/** Longest value that is shown as a whole. */
const MAX_SHOWN = 80;
/** Maps with more keys than this are not searched for a misspelling of a missing key. */
const MAX_SEARCHED = 64;

/** What people call each kind of value; the tree and the schema have names of their own. */
const KIND_NAMES: Readonly<Record<string, string>> = {
  text: "text",
  list: "a list",
  map: "a map",
  string: "text",
  array: "a list",
  object: "a map",
};

/** The keys that a map may have which stands at `path`. */
export type Vocabulary = (path: readonly PathSegment[]) => readonly string[];

/** A vocabulary that depends on the last key on the way only; for the whole document, `""`. */
export function keysUnder(keys: Readonly<Record<string, readonly string[]>>): Vocabulary {
  return (path) => keys[lastKey(path)] ?? [];
}

const policyKeysAt = keysUnder({
  "": POLICY_KEYS,
  rules: Object.keys(RULE.shape),
  policies: Object.keys(ENTRY.shape),
  conditions: Object.keys(CONDITIONS.shape),
  match: Object.keys(MATCH.shape),
  time: Object.keys(TIME.shape),
  hours: Object.keys(HOURS.shape),
  approvals: Object.keys(APPROVAL.shape),
  auto_approve: Object.keys(AUTO_APPROVE.shape),
  break_glass: Object.keys(BREAK_GLASS.shape),
  limits: Object.keys(LIMITS.shape),
});

/** What is at the end of a path. */
interface Place {
  readonly path: readonly PathSegment[];
  readonly offset: number;
  /** The node, or `null` when the key is missing; `parent` is then the map that lacks it. */
  readonly node: YamlNode | null;
  readonly parent: YamlMap | null;
  readonly keysAt: Vocabulary;
}

/**
 * The problems of `node`, which stands at `path` of its document, for the issues that the schema
 * found in its value. `keysAt` knows the keys of the document; default: those of a policy.
 */
export function describeIssues(
  node: YamlNode,
  { path, issues, keysAt = policyKeysAt }: {
    readonly path: readonly PathSegment[];
    readonly issues: readonly Issue[];
    readonly keysAt?: Vocabulary;
  },
): TextProblem[] {
  const problems = issues.slice(0, MAX_PROBLEMS).flatMap((issue) => {
    const place = find(node, issue.path);
    return describeIssue(issue, { ...place, path: [...path, ...place.path], keysAt });
  });
  // INVARIANT: what the schema refuses has a problem, or it would pass for valid.
  if (issues.length === 0 || problems.length > 0) return problems;
  return [{ path: formatPath(path), offset: node.offset, message: "is not valid" }];
}

/** The place to which `path` leads from `root`, or the last one on the way that there is. */
function find(root: YamlNode, path: readonly PropertyKey[]): Omit<Place, "keysAt"> {
  const walked: PathSegment[] = [];
  let node = root;
  for (const step of path) {
    if (node.kind === "list" && typeof step === "number") {
      walked.push(step);
      node = node.items[step]!;
    } else if (node.kind === "map" && typeof step === "string") {
      walked.push(step);
      const entry = node.entries.get(step);
      if (entry === undefined) {
        return { path: walked, offset: node.offset, node: null, parent: node };
      }
      node = entry.node;
    } else break;
  }
  return { path: walked, offset: node.offset, node, parent: null };
}

function describeIssue(issue: Issue, place: Place): TextProblem[] {
  const { node, path, offset } = place;
  const subject = path.length === 0 ? "the document " : "";
  const problem = (message: string): TextProblem[] => [
    { path: formatPath(path), offset, message: subject + message },
  ];
  if (node === null) return isMisspelt(place) ? [] : problem("is missing");
  if (node.kind === "empty") return problem(describeEmpty(path));
  switch (issue.code) {
    case "unrecognized_keys":
      return node.kind === "map" ? describeUnknownKeys(issue.keys, { ...place, node }) : [];
    case "invalid_type":
      return problem(`must be ${KIND_NAMES[issue.expected]}, not ${KIND_NAMES[node.kind]}`);
    case "invalid_union":
      return describeUnion(issue, place);
    case "invalid_value":
      if (node.kind !== "text") return problem(`must be text, not ${KIND_NAMES[node.kind]}`);
      return problem(describeUnknownValue(node.value, { path, known: issue.values.map(String) }));
    default: {
      if (node.kind !== "text") return problem(issue.message);
      const meant = path.at(-1) === "timezone" ? nearestZone(node.value) : null;
      return problem(`${show(node.value)} ${issue.message}${didYouMean(meant)}`);
    }
  }
}

/** A key that stands beside its own misspelling is not missing as well. */
function isMisspelt({ path, parent, keysAt }: Place): boolean {
  if (parent === null || parent.entries.size > MAX_SEARCHED) return false;
  const keys = keysAt(path.slice(0, -1));
  return [...parent.entries.keys()].some((key) =>
    !keys.includes(key) && nearest(key, keys) === path.at(-1)
  );
}

/** Nothing is never everything: an author who means any user must say so. */
function describeEmpty(path: readonly PathSegment[]): string {
  const isCondition = path.at(-2) === "conditions" || path.at(-2) === "match";
  return isCondition
    ? "has no value: to match anything write [] or leave the key out"
    : "has no value";
}

function describeUnknownKeys(
  unknown: readonly string[],
  { path, node, keysAt }: Omit<Place, "node"> & { readonly node: YamlMap },
): TextProblem[] {
  const known = keysAt(path);
  return unknown.slice(0, MAX_PROBLEMS).map((key) => ({
    path: formatPath([...path, key]),
    offset: node.entries.get(key)!.keyOffset,
    message: describeUnknownKey(key, known),
  }));
}

function describeUnknownKey(key: string, known: readonly string[]): string {
  // Known and refused all the same: only the two spellings exclude each other.
  if (known.includes(key)) return `a document has either "rules" or "policies", not both`;
  const meant = nearest(key, known);
  return `unknown key ${show(key)}` +
    (meant === null ? `: the keys here are ${known.join(", ")}` : didYouMean(meant));
}

/** What one item of a list is called, where that is not the name of the list. */
const ITEM_NAMES: Readonly<Record<string, string>> = {
  days: "day",
  allowed_reason_codes: "reason code",
  lifts: "refusal",
};

function describeUnknownValue(
  value: string,
  { path, known }: { path: readonly PathSegment[]; known: readonly string[] },
): string {
  const key = lastKey(path);
  const meant = known.length > 1 ? nearest(value, known) : null;
  return `unknown ${ITEM_NAMES[key] ?? key} ${show(value)}` +
    (meant === null ? `: it must be ${known.join(" or ")}` : didYouMean(meant));
}

/** Of "text or a list" the branch counts that takes the kind of value that is there. */
function describeUnion(issue: core.$ZodIssueInvalidUnion, place: Place): TextProblem[] {
  const { path, offset, keysAt } = place;
  const node = place.node!;
  const branch = issue.errors.find(([first]) =>
    node.kind === "text" && first?.code === "invalid_value" ||
    node.kind === "list" && first !== undefined && first.path.length > 0
  );
  if (branch !== undefined) return describeIssues(node, { path, issues: branch, keysAt });
  const message = `must be text or a list, not ${KIND_NAMES[node.kind]}`;
  return [{ path: formatPath(path), offset, message }];
}

function lastKey(path: readonly PathSegment[]): string {
  return path.findLast((step) => typeof step === "string") ?? "";
}

function didYouMean(meant: string | null): string {
  return meant === null ? "" : `: did you mean ${quote(meant)}?`;
}

/** Only zones that begin alike are compared: there are hundreds. */
function nearestZone(name: string): string | null {
  const initial = name.charAt(0).toUpperCase();
  return nearest(
    name,
    Intl.supportedValuesOf("timeZone").filter((zone) => zone.startsWith(initial)),
  );
}

function show(text: string): string {
  return quote(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
