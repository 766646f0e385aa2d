/**
 * The shape of `config.yaml`, declared once: which settings there are, and what each may be. It
 * sees text as it stands in the document; every message is the end of a sentence that begins with
 * the value.
 *
 * @module
 */
import * as z from "zod/mini";
import { isParameterSource, parseParameterSource } from "../aws/parameter_name.ts";
import { isRegion, REGION_RULE } from "../aws/region.ts";
import { asSentinelError } from "../errors.ts";
import { parseTableName } from "../store/open.ts";
import { parseDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";

/** Shortest and longest `policy_refresh`, in seconds. */
export const REFRESH_BOUNDS = { minSeconds: 5, maxSeconds: 300 } as const;

const text = z.string().check(
  z.minLength(1, "is empty"),
  z.maxLength(1024, "is longer than 1024 characters"),
  z.refine((text) => printable(text) === text, "has a character that cannot be seen"),
);

/** The same file from wherever a command is started. */
function isAbsolute(path: string): boolean {
  return /^(?:~?\/|~\\|[A-Za-z]:[\\/]|\\\\)/.test(path);
}

const path = text.check(
  z.refine(isAbsolute, 'is not an absolute path: begin it with "/" or "~/"'),
);

const policy = text.check(
  z.refine((text) => policyProblem(text) === null, {
    error: ({ input }) => policyProblem(String(input)) ?? "cannot be used",
  }),
);

/** What is wrong with the name of a policy, or `null`. */
function policyProblem(text: string): string | null {
  if (!isParameterSource(text)) {
    return isAbsolute(text)
      ? null
      : 'is neither an absolute path (beginning with "/" or "~/") nor ssm:/NAME';
  }
  try {
    parseParameterSource(text);
    return null;
  } catch (thrown) {
    return `cannot be used: ${asSentinelError(thrown).details["reason"]}`;
  }
}

const table = text.check(
  z.refine(
    (text) =>
      accepts(parseTableName, text) &&
      (!text.startsWith("sqlite:") || isAbsolute(text.slice("sqlite:".length))),
    "is neither the name of a DynamoDB table nor sqlite: with an absolute path",
  ),
);

const refresh = text.check(
  z.refine((text) => {
    const seconds = parseDuration(text);
    return seconds !== null && seconds >= REFRESH_BOUNDS.minSeconds &&
      seconds <= REFRESH_BOUNDS.maxSeconds;
  }, "is not a duration from 5s to 5m, such as 30s"),
);

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What can be set. */
export const SETTINGS = z.strictObject({
  policy: z.optional(policy),
  policy_refresh: z.optional(refresh),
  session_table: z.optional(table),
  request_table: z.optional(table),
  breakglass_table: z.optional(table),
  region: z.optional(text.check(z.refine(isRegion, `is not ${REGION_RULE}`))),
  server: z.optional(z.enum(["true", "false"])),
  log_file: z.optional(path),
});

/** A `config.yaml`. */
export const CONFIG = z.strictObject({
  version: z.optional(z.enum(["1"])),
  defaults: z.optional(SETTINGS),
  profiles: z.optional(z.record(z.string(), SETTINGS)),
  pin: z.optional(SETTINGS),
});
