/**
 * The shape of a document of policy tests, declared once. Every message is the end of a sentence
 * that begins with the value.
 *
 * @module
 */
import * as z from "zod/mini";
import { parseDuration } from "../text/duration.ts";
import { parseMoment } from "../text/moment_text.ts";
import { CREDENTIAL_MODES } from "./policy.ts";

/** What stands for "no rule matches" where a rule is expected. */
export const NO_RULE = "-";

/** What a refusal may ask for. */
const REQUIREMENTS = ["server", "session"] as const;

const text = z.string().check(z.minLength(1, "is empty"));
const texts = z.array(text).check(z.minLength(1, "is empty: such a test could not fail"));
const account = z.string().check(z.regex(/^[0-9]{12}$/, "is not an account id of twelve digits"));
const accounts = z.array(account).check(z.minLength(1, "is empty: such a test could not fail"));
const mode = z.enum(CREDENTIAL_MODES);
const moment = z.string().check(
  z.refine(
    (text) => parseMoment(text) !== null,
    "is not a time with a zone, such as 2026-01-30T17:45:00+01:00",
  ),
);
const duration = z.string().check(
  z.refine((text) => parseDuration(text) !== null, "is not a duration, such as 1h30m"),
);

/** Keys for one value, and for several that are tried one after the other. */
const PLURALS = { user: "users", profile: "profiles", role: "roles", account: "accounts" } as const;
const NEEDED = ["user", "profile"] as const;

/** One of `tests:`. */
export const TEST = z.strictObject({
  name: text,
  user: z.optional(text),
  users: z.optional(texts),
  profile: z.optional(text),
  profiles: z.optional(texts),
  mode: z.optional(z.union([
    mode,
    z.array(mode).check(z.minLength(1, "is empty: such a test could not fail")),
  ])),
  at: z.optional(z.union([
    moment,
    z.array(moment).check(z.minLength(1, "is empty: such a test could not fail")),
  ])),
  role: z.optional(text),
  roles: z.optional(texts),
  account: z.optional(account),
  accounts: z.optional(accounts),
  arn: z.optional(text),
  session_table: z.optional(text),
  effect: z.enum(["allow", "deny", "require_approval"]),
  rule: z.optional(text),
  requires: z.optional(z.union([z.enum(REQUIREMENTS), z.array(z.enum(REQUIREMENTS))])),
  max_server_duration: z.optional(duration),
}).check(z.check(({ value, issues }) => {
  for (const [one, several] of Object.entries(PLURALS)) {
    if (!(one in value && several in value)) continue;
    const message = `cannot stand beside "${several}": use one of the two`;
    issues.push({ code: "custom", path: [one], message, input: value });
  }
  for (const one of NEEDED) {
    if (one in value || PLURALS[one] in value) continue;
    const message = `has neither "${one}" nor "${PLURALS[one]}"`;
    issues.push({ code: "custom", path: [], message, input: value });
  }
  // Also when something else is wrong with the map, but not when there is no map.
}, { when: ({ value }) => typeof value === "object" && value !== null }));

/** A document, apart from what its tests hold. */
export const TESTS_FRAME = z.strictObject({
  version: z.optional(z.enum(["1"])),
  tests: z.array(z.unknown()).check(z.minLength(1, "is empty: nothing would be tested")),
});

/** The keys of each kind of map, by the last key on the way to it. */
export const TEST_KEYS = {
  "": Object.keys(TESTS_FRAME.shape),
  tests: Object.keys(TEST.shape),
} as const;

/** A valid test as it stands in the document. */
export type TestDocument = z.infer<typeof TEST>;
