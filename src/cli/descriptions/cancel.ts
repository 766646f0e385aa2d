/**
 * What `sentinel cancel` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { EVENT_LOG, EVENT_LOG_STDERR, OWNER_PROFILE, REQUESTS } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel cancel`. */
export const CANCEL_FLAGS = [
  OWNER_PROFILE,
  REQUESTS,
  REGION,
  OUTPUT,
  EVENT_LOG,
  EVENT_LOG_STDERR,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel cancel`. */
export const description: CommandDescription<typeof CANCEL_FLAGS> = {
  name: "cancel",
  summary: "Withdraw your request, or end the access that it was approved for",
  description: [
    "Withdraws a request of yours that waits; one that was approved is ended. Only who filed it " +
    "can: name its profile with --profile, unless your administrative credentials are the same.",
  ],
  flags: CANCEL_FLAGS,
  operands: [{ name: "ID", summary: "Id of the request", required: true }],
  examples: [
    {
      text: "Withdraw a request",
      command: "sentinel cancel 0123456789abcdef --profile prod",
    },
  ],
  load: () => import("../commands/cancel.ts"),
};
