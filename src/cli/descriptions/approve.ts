/**
 * What `sentinel approve` and `sentinel deny` take.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { POLICY, POLICY_PARAMETER, REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { COMMENT, EVENT_LOG, EVENT_LOG_STDERR, REQUESTS, YES } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of both. */
export const DECISION_FLAGS = [
  COMMENT,
  YES,
  REQUESTS,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  EVENT_LOG,
  EVENT_LOG_STDERR,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel approve`. */
export const description: CommandDescription<typeof DECISION_FLAGS> = {
  name: "approve",
  summary: "Approve a request",
  description: [
    "Shows what is asked and, on a terminal, asks you. The policy in force must name you as an " +
    "approver, and whoever asked cannot approve, under no other name either. Where the policy wants " +
    "several approvers, each is another person. The access begins with the last approval.",
    "The exit status is 0 if your approval counts, and 77 if the policy does not let you, or " +
    "somebody decided before.",
  ],
  flags: DECISION_FLAGS,
  declinedFlags: [{
    name: "reason",
    reason: "sentinel approve has no --reason: what the requester is told is a comment",
    suggestion: "Use --comment TEXT.",
  }],
  operands: [{ name: "ID", summary: "Id of the request", required: true }],
  examples: [
    { text: "Approve, after a look at it", command: "sentinel approve 0123456789abcdef" },
    {
      text: "Approve in a script, with a comment for the requester",
      command: "sentinel approve 0123456789abcdef --yes --comment agreed-in-stand-up",
    },
  ],
  load: () => import("../commands/approve.ts"),
};
