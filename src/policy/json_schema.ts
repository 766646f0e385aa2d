/**
 * The JSON Schema of the policy document, for editors: made from the schema that decides, with an
 * explanation of each key. It refuses nothing that the program accepts, but a null that the program
 * reads as a word; what JSON Schema cannot say (that names are unique, or that a zone exists) only
 * the program refuses.
 *
 * @module
 */
import * as z from "zod/mini";
import type { CredentialMode, RuleEffect } from "./policy.ts";
import { POLICY_DOCUMENT, SINGULAR_KEYS } from "./schema.ts";

/** A part of a JSON Schema. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly string[];
  readonly [keyword: string]: unknown;
}

const EFFECTS: Readonly<Record<RuleEffect, string>> = {
  allow: "The request is allowed.",
  deny: "The request is denied, whatever else is there: nothing lifts it.",
  require_approval: "The request is denied unless an approval lifts it.",
  require_server: "Allowed from the credential server, denied at the other doors.",
  require_server_session:
    "As `require_server`, and only while a live session stands in the session table.",
};

const MODES: Readonly<Record<CredentialMode, string>> = {
  server: "`sentinel exec --server`: the policy is asked at every request.",
  cli: "`sentinel exec`: credentials in the environment of one command.",
  credential_process: "`sentinel credentials`: for the setting of AWS clients.",
};

/** What each key means, in Markdown. */
const MEANINGS: Readonly<Record<string, string>> = {
  version: 'Version of the policy language: `"1"`.',
  rules:
    "The rules in the order in which they are tried: the first one whose conditions all hold " +
    "decides. When none does, the request is denied.",
  policies: "The short spelling of `rules`. A document uses one of the two.",
  name: "Unique in its list; shown in refusals, in the decision log and in the notices of the " +
    "server.",
  effect: "What happens when this rule is the first that matches.",
  conditions: "All must hold; without them the rule matches every request.",
  match: "All must hold; without them the entry matches every request.",
  profiles:
    "Profiles of the AWS configuration; `*` stands for any characters. A profile's name is " +
    "the user's to choose: bind grants by `roles` or `accounts`.",
  users: "Policy usernames, or ARNs of callers (they begin with `arn:`); `*` stands for any " +
    "characters. A pattern without `/` matches no name with one, except a lone `*`.",
  roles:
    "ARNs of the role that would be assumed; `*` stands for any characters. A request without " +
    "a role matches none.",
  accounts: "Accounts of the credentials that would be issued, twelve digits each.",
  profile: "One profile; several: `profiles`.",
  user: "One user; several: `users`.",
  role: "One role; several: `roles`.",
  account: "One account; several: `accounts`.",
  mode: "Doors at which the credentials are asked for: one word or a list.",
  time: "When the rule holds, by the wall clock of a zone.",
  days: "Days on which the window starts; every day when absent.",
  hours: "Hours from `start` (included) to `end` (not included). When `start` is after `end` the " +
    "window wraps past midnight and belongs to the day on which it starts.",
  start: "First minute inside, `HH:MM`.",
  end: "First minute outside, `HH:MM`; not the same as `start`.",
  timezone: "IANA name such as `Europe/Berlin`; `UTC` when absent.",
  session_table: "Where sessions under this rule are kept: the name of a DynamoDB table, or " +
    "`sqlite:PATH`.",
  max_server_duration: "Longest life of credentials from the server under this rule: `15m` to " +
    "`12h`, such as `1h30m`.",
  reason: "Your own words, shown to whoever is refused, and logged.",
  approvals: "Who may lift `require_approval`, and for how long. The first entry that covers a " +
    "request decides; where none does, nobody can approve.",
  approvers: "Policy usernames, or ARNs of callers, that may approve; never the requester.",
  required: "How many distinct approvers a request needs: 1 (default) to 10.",
  max_duration: "Longest window that may be asked for, such as `1h30m`; at most, and by default, " +
    "`8h` for an approval and `4h` for a break-glass.",
  auto_approve: "Whose requests approve themselves, and when.",
  allow_minimum: "Whether credentials of 15 minutes, the shortest that AWS issues, may outlive " +
    "the last minutes of a window: `true` or `false` (default).",
  break_glass: "Who may break the glass, within which limits. The first entry that covers a " +
    "request and its user decides; where none does, nobody can.",
  allowed_reason_codes: "Reasons for which the glass may be broken; all of them when absent.",
  lifts: "What a break-glass lifts: `require_approval` (default), `no_match` (no rule matches). " +
    "Nothing lifts an explicit `deny`.",
  limits: "How often the glass may be broken; without a key there is no such limit.",
  cooldown: "Least time between two invocations of one user for one profile, such as `30m`.",
  max_per_user: "Most invocations of one user within `quota_window`, for all profiles together.",
  max_per_profile: "Most invocations for one profile within `quota_window`, of all users together.",
  quota_window: "Time over which invocations are counted: `1h` to `720h`, default `24h`.",
  escalation_threshold: "From this many invocations for a profile on, the webhook is told.",
};

/** Whatever a scalar looks like, the program reads it as text. */
const SCALAR = ["string", "number", "boolean"];
const PLAIN_TEXT = { type: SCALAR, pattern: "^(?!\\s)[^\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}]*\\S$" };
/** An account that begins with a zero is a smaller number to an editor. */
const ACCOUNT = { type: ["string", "integer"], minimum: 0, maximum: 999_999_999_999 };

const DURATION = { pattern: "^(?=[0-9])(?:[0-9]{1,6}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,7}s)?$" };
const COUNT = { type: ["string", "integer"], minimum: 1 };
const COUNT_TO_10 = { ...COUNT, pattern: "^(?:[1-9]|10)$", maximum: 10 };
const COUNT_TO_1000 = { ...COUNT, pattern: "^(?:[1-9][0-9]{0,2}|1000)$", maximum: 1000 };

/** What the checks of the schema come to in JSON Schema, by key. */
const CONSTRAINTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  version: { type: ["string", "integer"], enum: ["1", 1], default: "1" },
  name: PLAIN_TEXT,
  profile: PLAIN_TEXT,
  user: PLAIN_TEXT,
  role: { pattern: "^arn:(?:[^\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}]*\\S)?$" },
  account: ACCOUNT,
  reason: { type: SCALAR, pattern: "^[^\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}]+$" },
  timezone: { pattern: "^[A-Za-z][A-Za-z0-9_+\\-/]*$", default: "UTC" },
  session_table: { type: SCALAR, not: { const: "null" } },
  max_server_duration: {
    ...DURATION,
    examples: ["15m", "1h", "1h30m", "12h"],
  },
  max_duration: { ...DURATION, examples: ["15m", "1h", "4h"] },
  cooldown: { ...DURATION, examples: ["30m"] },
  quota_window: { ...DURATION, examples: ["24h", "168h"] },
  required: { ...COUNT_TO_10, default: "1" },
  max_per_user: COUNT_TO_1000,
  max_per_profile: COUNT_TO_1000,
  escalation_threshold: COUNT_TO_1000,
  allow_minimum: { type: ["string", "boolean"], enum: ["true", "false", true, false] },
};

/** The key for one value of a key for several; an approver is named as a user is. */
const SINGULAR: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(SINGULAR_KEYS).map(([one, several]) => [several, one])),
  approvers: "user",
};

/** The schema, as data. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(POLICY_DOCUMENT) as Node;
  return {
    $schema,
    title: "Sentinel policy",
    description: "Who may use which AWS profile, when and how. The first rule that matches " +
      "decides; when none does, the answer is deny.",
    ...explain(schema),
  };
}

/** `node` with explanations and constraints at all of its keys. */
function explain(node: Node): Node {
  const { properties, items, anyOf, ...rest } = node;
  return {
    ...rest,
    ...properties !== undefined && { properties: explainKeys(properties) },
    ...properties?.["profile"] !== undefined && { allOf: eitherOneOrSeveral() },
    ...items !== undefined && { items: explain(items) },
    ...anyOf !== undefined && { anyOf: anyOf.map(explain) },
  };
}

function explainKeys(properties: Readonly<Record<string, Node>>): Record<string, Node> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, node]) => [key, explainKey(key, node)]),
  );
}

function explainKey(key: string, node: Node): Node {
  const meaning = MEANINGS[key]!;
  const explained = explain(node);
  const one = CONSTRAINTS[SINGULAR[key] ?? ""];
  return {
    description: meaning.replaceAll("`", ""),
    markdownDescription: meaning,
    ...explained,
    ...CONSTRAINTS[key],
    ...one !== undefined && { items: { ...explained.items, ...one } },
    ...key === "effect" &&
      { markdownEnumDescriptions: node.enum!.map((word) => EFFECTS[word as RuleEffect]) },
    ...key === "mode" && { anyOf: explained.anyOf!.map(explainModes) },
  };
}

function explainModes(node: Node): Node {
  if (node.items !== undefined) return { ...node, items: explainModes(node.items) };
  const words = node.enum as readonly CredentialMode[];
  return { ...node, markdownEnumDescriptions: words.map((word) => MODES[word]) };
}

/** Of `profile` and `profiles` only one may stand in a match. */
function eitherOneOrSeveral(): Node[] {
  return Object.entries(SINGULAR_KEYS).map(([one, several]) => ({
    not: { required: [one, several] },
  }));
}
