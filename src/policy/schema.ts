/**
 * The shape of a policy document in both its spellings, declared once: what a document may hold,
 * and nothing else. It sees text, lists and maps as they stand in the document; every message is
 * the end of a sentence that begins with the value.
 *
 * @module
 */
import * as z from "zod/mini";
import { APPROVAL, BREAK_GLASS } from "./override_schema.ts";
import { CREDENTIAL_MODES, RULE_EFFECTS } from "./policy.ts";
import { account, durationFrom, plainText, prose, role, TARGET, TIME } from "./schema_values.ts";

/** Shortest and longest `max_server_duration`: what STS issues. */
const SERVER_SECONDS = { min: 15 * 60, max: 12 * 3600 };

const sessionTable = z.string().check(
  z.regex(
    /^(?:[a-zA-Z0-9_.-]{3,255}|sqlite:[^\p{C}]+)$/u,
    'is neither a DynamoDB table name (3 to 255 of "a-z A-Z 0-9 _ . -") nor "sqlite:PATH"',
  ),
  // Someone who writes null means no table, and must not get one of that name.
  z.refine((text) => text !== "null", "is not a table: leave the key out to name none"),
);

const serverDuration = durationFrom(SERVER_SECONDS);

const modes = z.union([z.enum(CREDENTIAL_MODES), z.array(z.enum(CREDENTIAL_MODES))]);

/** `conditions:` of a rule. */
export const CONDITIONS = z.strictObject({
  ...TARGET,
  users: z.optional(z.array(plainText)),
  mode: z.optional(modes),
  time: z.optional(TIME),
});

/** Keys of the short spelling for one value, and the key for several. */
export const SINGULAR_KEYS = {
  profile: "profiles",
  user: "users",
  role: "roles",
  account: "accounts",
} as const;

/** `match:` of the short spelling. */
export const MATCH = z.strictObject({
  ...CONDITIONS.shape,
  profile: z.optional(plainText),
  user: z.optional(plainText),
  role: z.optional(role),
  account: z.optional(account),
}).check(z.check(({ value, issues }) => {
  for (const [one, several] of Object.entries(SINGULAR_KEYS)) {
    if (!(one in value && several in value)) continue;
    const message = `cannot stand beside "${several}": use one of the two`;
    issues.push({ code: "custom", path: [one], message, input: value });
  }
  // Also when something else is wrong with the map, but not when there is no map.
}, { when: ({ value }) => typeof value === "object" && value !== null }));

const effectKeys = {
  effect: z.enum(RULE_EFFECTS),
  session_table: z.optional(sessionTable),
  max_server_duration: z.optional(serverDuration),
  reason: z.optional(prose),
};

/** One of `rules:`. */
export const RULE = z.strictObject({
  name: plainText,
  conditions: z.optional(CONDITIONS),
  ...effectKeys,
});

/** One of `policies:`, the short spelling. */
export const ENTRY = z.strictObject({
  name: z.optional(plainText),
  match: z.optional(MATCH),
  ...effectKeys,
});

const version = z.optional(z.enum(["1"]));

const sections = {
  approvals: z.optional(z.array(APPROVAL)),
  break_glass: z.optional(z.array(BREAK_GLASS)),
};

/** A document in the full spelling. */
const RULES_DOCUMENT = z.strictObject({ version, rules: z.array(RULE), ...sections });

/** A document in the short spelling. */
const POLICIES_DOCUMENT = z.strictObject({
  version,
  policies: z.array(ENTRY),
  ...sections,
});

const anySections = {
  approvals: z.optional(z.array(z.unknown())),
  break_glass: z.optional(z.array(z.unknown())),
};

/** A document in the full spelling, apart from what its lists hold. */
export const RULES_FRAME = z.extend(RULES_DOCUMENT, {
  rules: z.array(z.unknown()),
  ...anySections,
});

/** A document in the short spelling, apart from what its lists hold. */
export const POLICIES_FRAME = z.extend(POLICIES_DOCUMENT, {
  policies: z.array(z.unknown()),
  ...anySections,
});

/** Any policy document. */
export const POLICY_DOCUMENT = z.union([RULES_DOCUMENT, POLICIES_DOCUMENT]);

/** Keys of a document, of both spellings. */
export const POLICY_KEYS = ["version", "rules", "policies", "approvals", "break_glass"] as const;

/** A valid rule of the full spelling. */
export type RuleDocument = z.infer<typeof RULE>;
/** A valid entry of the short spelling. */
export type EntryDocument = z.infer<typeof ENTRY>;
/** A valid `match`. */
export type MatchDocument = z.infer<typeof MATCH>;
/** A valid `time`. */
export type TimeDocument = z.infer<typeof TIME>;
/** Valid conditions. */
export type ConditionsDocument = z.infer<typeof CONDITIONS>;
