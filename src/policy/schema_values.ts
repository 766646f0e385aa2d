/**
 * The values of which a policy document is made, for all of its sections alike: text, patterns,
 * durations, counts and times. Every message is the end of a sentence that begins with the value.
 *
 * @module
 */
import * as z from "zod/mini";
import { formatDuration, parseDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";
import { WEEKDAYS } from "./policy.ts";
import { isTimeZone } from "./time_window.ts";

/** Longest text: an ARN may have this many characters, and all text ends up in logs. */
const MAX_TEXT_LENGTH = 2048;

const notEmpty = z.minLength(1, "is empty");
const notLong = z.maxLength(MAX_TEXT_LENGTH, `is longer than ${MAX_TEXT_LENGTH} characters`);

/**
 * Text that is compared with other text: what cannot be seen in it would make a rule pass over
 * what its author sees matching.
 */
export const plainText = z.string().check(
  notEmpty,
  notLong,
  z.refine((text) => printable(text) === text, "has a character that cannot be seen"),
  z.refine((text) => text.trim() === text, "begins or ends with a space"),
);

/** Text for people, in one line. */
export const prose = z.string().check(
  notEmpty,
  notLong,
  z.refine(
    (text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text),
    "has a control character or line break",
  ),
);

/** A pattern of the ARN of a role. */
export const role = plainText.check(
  z.regex(/^arn:/, 'must be an ARN or a pattern of one, beginning with "arn:"'),
);
/** An account id. */
export const account = z.string().check(
  z.regex(/^[0-9]{12}$/, "is not an account id of twelve digits"),
);

/** A duration within bounds, in the words of the document. */
export function durationFrom({ min, max }: { readonly min: number; readonly max: number }) {
  return z.string().check(z.refine((text) => {
    const seconds = parseDuration(text);
    return seconds !== null && seconds >= min && seconds <= max;
  }, `is not a duration from ${formatDuration(min)} to ${formatDuration(max)}, such as 1h30m`));
}

/** A whole number from 1 to `max`, in the words of the document. */
export function countTo(max: number) {
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

/** What a request is about, in rules and in the other sections. */
export const TARGET = {
  profiles: z.optional(z.array(plainText)),
  roles: z.optional(z.array(role)),
  accounts: z.optional(z.array(account)),
};
