/**
 * The shape of a policy document in both its spellings, declared once: what a document may hold,
 * and nothing else. It sees text, lists and maps as they stand in the document; every message is
 * the end of a sentence that begins with the value.
 *
 * @module
 */
import * as z from "zod/mini";
import { formatDuration, parseDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";
import {
  CREDENTIAL_MODES,
  LIFTABLE_REFUSALS,
  REASON_CODES,
  RULE_EFFECTS,
  WEEKDAYS,
} from "./policy.ts";
import { isTimeZone } from "./time_window.ts";

/** Shortest and longest `max_server_duration`: what STS issues. */
const SERVER_SECONDS = { min: 15 * 60, max: 12 * 3600 };
/** Shortest and longest windows of approvals and of break-glass events. */
const APPROVAL_SECONDS = { min: 15 * 60, max: 8 * 3600 };
const BREAK_GLASS_SECONDS = { min: 15 * 60, max: 4 * 3600 };
/** Invocations are remembered for 30 days. */
const COOLDOWN_SECONDS = { min: 60, max: 720 * 3600 };
const QUOTA_SECONDS = { min: 3600, max: 720 * 3600 };

const MAX_APPROVERS = 10;
const MAX_INVOCATIONS = 1000;

/** Longest text: an ARN may have this many characters, and all text ends up in logs. */
const MAX_TEXT_LENGTH = 2048;

const notEmpty = z.minLength(1, "is empty");
const notLong = z.maxLength(MAX_TEXT_LENGTH, `is longer than ${MAX_TEXT_LENGTH} characters`);

/**
 * Text that is compared with other text: what cannot be seen in it would make a rule pass over
 * what its author sees matching.
 */
const plainText = z.string().check(
  notEmpty,
  notLong,
  z.refine((text) => printable(text) === text, "has a character that cannot be seen"),
  z.refine((text) => text.trim() === text, "begins or ends with a space"),
);

/** Text for people, in one line. */
const prose = z.string().check(
  notEmpty,
  notLong,
  z.refine(
    (text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text),
    "has a control character or line break",
  ),
);

const role = plainText.check(
  z.regex(/^arn:/, 'must be an ARN or a pattern of one, beginning with "arn:"'),
);
const account = z.string().check(z.regex(/^[0-9]{12}$/, "is not an account id of twelve digits"));

const sessionTable = z.string().check(
  z.regex(
    /^(?:[a-zA-Z0-9_.-]{3,255}|sqlite:[^\p{C}]+)$/u,
    'is neither a DynamoDB table name (3 to 255 of "a-z A-Z 0-9 _ . -") nor "sqlite:PATH"',
  ),
  // Someone who writes null means no table, and must not get one of that name.
  z.refine((text) => text !== "null", "is not a table: leave the key out to name none"),
);

/** A duration within bounds, in the words of the document. */
function durationFrom({ min, max }: { readonly min: number; readonly max: number }) {
  return z.string().check(z.refine((text) => {
    const seconds = parseDuration(text);
    return seconds !== null && seconds >= min && seconds <= max;
  }, `is not a duration from ${formatDuration(min)} to ${formatDuration(max)}, such as 1h30m`));
}

const serverDuration = durationFrom(SERVER_SECONDS);

function countTo(max: number) {
  return z.string().check(z.refine(
    (text) => /^[1-9][0-9]{0,3}$/.test(text) && Number(text) <= max,
    `is not a whole number from 1 to ${max}`,
  ));
}

const clockTime = z.string().check(
  z.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, "is not a time of day from 00:00 to 23:59 (HH:MM)"),
);

/** Hours `[start, end)`. */
export const HOURS = z.strictObject({ start: clockTime, end: clockTime }).check(
  z.refine(({ start, end }) => start !== end, {
    path: ["end"],
    error: "is also the start: such hours are empty; leave hours out for the whole day",
  }),
);

/** `time:` of a rule. */
export const TIME = z.strictObject({
  days: z.optional(z.array(z.enum(WEEKDAYS))),
  hours: z.optional(HOURS),
  timezone: z.optional(z.string().check(z.refine(isTimeZone, "is not a time zone"))),
});

const modes = z.union([z.enum(CREDENTIAL_MODES), z.array(z.enum(CREDENTIAL_MODES))]);

/** `conditions:` of a rule. */
export const CONDITIONS = z.strictObject({
  profiles: z.optional(z.array(plainText)),
  users: z.optional(z.array(plainText)),
  roles: z.optional(z.array(role)),
  accounts: z.optional(z.array(account)),
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

/** Every scalar of a document is text, this one too. */
const flag = z.enum(["true", "false"]);

/** A list that is not empty: elsewhere an empty one matches anything, here it must not. */
function someOf<T extends z.core.$ZodType>(item: T, empty: string) {
  return z.array(item).check(z.minLength(1, `is empty: ${empty}`));
}

const target = {
  profiles: CONDITIONS.shape.profiles,
  roles: CONDITIONS.shape.roles,
  accounts: CONDITIONS.shape.accounts,
};

/** `auto_approve:` of an approval. */
export const AUTO_APPROVE = z.strictObject({
  users: someOf(plainText, "leave auto_approve out where no request approves itself"),
  time: z.optional(TIME),
  max_duration: z.optional(durationFrom(APPROVAL_SECONDS)),
});

/** One of `approvals:`. */
export const APPROVAL = z.strictObject({
  name: plainText,
  ...target,
  approvers: someOf(plainText, "nobody could approve"),
  required: z.optional(countTo(MAX_APPROVERS)),
  max_duration: z.optional(durationFrom(APPROVAL_SECONDS)),
  auto_approve: z.optional(AUTO_APPROVE),
  allow_minimum: z.optional(flag),
}).check(
  z.refine(
    ({ approvers, required = "1" }) =>
      approvers.some((item) => item.includes("*")) || new Set(approvers).size >= Number(required),
    { path: ["required"], error: "approvers are more than the entry names" },
  ),
  z.refine(
    ({ max_duration: longest, auto_approve: auto }) =>
      (parseDuration(auto?.max_duration ?? "") ?? 0) <= (parseDuration(longest ?? "") ?? Infinity),
    { path: ["auto_approve", "max_duration"], error: "is longer than max_duration of the entry" },
  ),
);

/** `limits:` of a break-glass entry. */
export const LIMITS = z.strictObject({
  cooldown: z.optional(durationFrom(COOLDOWN_SECONDS)),
  max_per_user: z.optional(countTo(MAX_INVOCATIONS)),
  max_per_profile: z.optional(countTo(MAX_INVOCATIONS)),
  quota_window: z.optional(durationFrom(QUOTA_SECONDS)),
  escalation_threshold: z.optional(countTo(MAX_INVOCATIONS)),
});

/** One of `break_glass:`. */
export const BREAK_GLASS = z.strictObject({
  name: plainText,
  ...target,
  users: someOf(plainText, "nobody could break the glass"),
  allowed_reason_codes: z.optional(
    someOf(z.enum(REASON_CODES), "no reason would do; leave it out for all of them"),
  ),
  time: z.optional(TIME),
  max_duration: z.optional(durationFrom(BREAK_GLASS_SECONDS)),
  lifts: z.optional(someOf(z.enum(LIFTABLE_REFUSALS), "it would lift nothing")),
  limits: z.optional(LIMITS),
  allow_minimum: z.optional(flag),
});

const version = z.optional(z.enum(["1"]));

const sections = {
  approvals: z.optional(z.array(APPROVAL)),
  break_glass: z.optional(z.array(BREAK_GLASS)),
};

/** A document in the full spelling. */
export const RULES_DOCUMENT = z.strictObject({ version, rules: z.array(RULE), ...sections });

/** A document in the short spelling. */
export const POLICIES_DOCUMENT = z.strictObject({
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
/** A valid entry of `approvals`. */
export type ApprovalDocument = z.infer<typeof APPROVAL>;
/** A valid entry of `break_glass`. */
export type BreakGlassDocument = z.infer<typeof BREAK_GLASS>;
