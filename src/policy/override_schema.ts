/**
 * The shape of the sections `approvals` and `break_glass` of a policy document: who may lift a
 * refusal, and how far. Here an empty list never stands for everybody.
 *
 * @module
 */
import * as z from "zod/mini";
import { parseDuration } from "../text/duration.ts";
import { LIFTABLE_REFUSALS, REASON_CODES } from "./policy.ts";
import { countTo, durationFrom, plainText, TARGET, TIME } from "./schema_values.ts";

/** Shortest and longest windows of approvals and of break-glass events. */
const APPROVAL_SECONDS = { min: 15 * 60, max: 8 * 3600 };
const BREAK_GLASS_SECONDS = { min: 15 * 60, max: 4 * 3600 };
/** Invocations are remembered for 30 days. */
const COOLDOWN_SECONDS = { min: 60, max: 720 * 3600 };
const QUOTA_SECONDS = { min: 3600, max: 720 * 3600 };

const MAX_APPROVERS = 10;
const MAX_INVOCATIONS = 1000;

/** Every scalar of a document is text, this one too. */
const flag = z.enum(["true", "false"]);

/** A list that is not empty: elsewhere an empty one matches anything, here it must not. */
function someOf<T extends z.core.$ZodType>(item: T, empty: string) {
  return z.array(item).check(z.minLength(1, `is empty: ${empty}`));
}

/** `auto_approve:` of an approval. */
export const AUTO_APPROVE = z.strictObject({
  users: someOf(plainText, "leave auto_approve out where no request approves itself"),
  time: z.optional(TIME),
  max_duration: z.optional(durationFrom(APPROVAL_SECONDS)),
});

/** One of `approvals:`. */
export const APPROVAL = z.strictObject({
  name: plainText,
  ...TARGET,
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
  ...TARGET,
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

/** A valid entry of `approvals`. */
export type ApprovalDocument = z.infer<typeof APPROVAL>;
/** A valid entry of `break_glass`. */
export type BreakGlassDocument = z.infer<typeof BREAK_GLASS>;
