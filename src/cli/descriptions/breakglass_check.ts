/**
 * What `sentinel breakglass-check` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { POLICY, POLICY_PARAMETER, REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { EVENTS, EXACT } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel breakglass-check`. */
export const BREAKGLASS_CHECK_FLAGS = [
  EVENTS,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  EXACT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel breakglass-check`. */
export const description: CommandDescription<typeof BREAKGLASS_CHECK_FLAGS> = {
  name: "breakglass-check",
  summary: "Show one break-glass event, and whether it gives access now",
  description: [
    "Shows everything that is known of an event, and whether whoever broke the glass gets access by " +
    "it now, by the policy in force here; where not, why not.",
  ],
  flags: BREAKGLASS_CHECK_FLAGS,
  operands: [{ name: "ID", summary: "Id of the event", required: true }],
  examples: [
    { text: "What happened there?", command: "sentinel breakglass-check 0123456789abcdef" },
  ],
  load: () => import("../commands/breakglass_check.ts"),
};
