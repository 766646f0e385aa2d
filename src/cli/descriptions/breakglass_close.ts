/**
 * What `sentinel breakglass-close` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { EVENT_LOG, EVENT_LOG_STDERR, EVENTS, OWNER_PROFILE } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel breakglass-close`. */
export const BREAKGLASS_CLOSE_FLAGS = [
  {
    kind: "string",
    name: "reason",
    short: "r",
    valueName: "TEXT",
    required: true,
    summary: "Why, for whoever reviews it: 1 to 500 characters",
  },
  OWNER_PROFILE,
  EVENTS,
  REGION,
  OUTPUT,
  EVENT_LOG,
  EVENT_LOG_STDERR,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel breakglass-close`. */
export const description: CommandDescription<typeof BREAKGLASS_CLOSE_FLAGS> = {
  name: "breakglass-close",
  summary: "End an emergency access before its time is over",
  description: [
    "Ends the access of a break-glass event: a running credential server refuses from its next " +
    "request on. Whoever broke the glass can, and everybody whom IAM lets write to the table; the " +
    "record names who did. The invocation goes on to count against the limits.",
  ],
  flags: BREAKGLASS_CLOSE_FLAGS,
  operands: [{ name: "ID", summary: "Id of the event", required: true }],
  examples: [
    {
      text: "The incident is over",
      command: "sentinel breakglass-close 0123456789abcdef --reason resolved",
    },
  ],
  load: () => import("../commands/breakglass_close.ts"),
};
