/**
 * What `sentinel check` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { POLICY, POLICY_PARAMETER, REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { EXACT, REQUESTS } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel check`. */
export const CHECK_FLAGS = [
  REQUESTS,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  EXACT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel check`. */
export const description: CommandDescription<typeof CHECK_FLAGS> = {
  name: "check",
  summary: "Show one request, and whether it gives access now",
  description: [
    "Shows everything that is known of a request, and whether whoever asked would get access by it " +
    "now, by the policy in force here; where not, why not. A record says only what somebody wrote: " +
    "the approvers that it names must be approvers now.",
  ],
  flags: CHECK_FLAGS,
  operands: [{ name: "ID", summary: "Id of the request", required: true }],
  examples: [
    { text: "How does my request stand?", command: "sentinel check 0123456789abcdef" },
    { text: "For a script", command: "sentinel check 0123456789abcdef --output json" },
  ],
  load: () => import("../commands/check.ts"),
};
