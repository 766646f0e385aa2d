/**
 * What `sentinel deny` takes.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";
import { DECISION_FLAGS } from "./approve.ts";

/** `sentinel deny`. */
export const description: CommandDescription<typeof DECISION_FLAGS> = {
  name: "deny",
  summary: "Deny a request, or end the access that it was approved for",
  description: [
    "Denies a request that waits. One that was approved is ended: a running credential server " +
    "refuses from its next request on. Neither can be taken back; whoever asked may ask again. The " +
    "policy in force must name you as an approver; your own request you cancel.",
    "The exit status is 0 if it is denied or ended by you, and 77 if the policy does not let you, " +
    "or somebody decided before.",
  ],
  flags: DECISION_FLAGS,
  declinedFlags: [{
    name: "reason",
    reason: "sentinel deny has no --reason: what the requester is told is a comment",
    suggestion: "Use --comment TEXT.",
  }],
  operands: [{ name: "ID", summary: "Id of the request", required: true }],
  examples: [
    {
      text: "Deny, and say why",
      command: "sentinel deny 0123456789abcdef --comment use-the-staging-account",
    },
    { text: "End an approved access in a script", command: "sentinel deny 0123456789abcdef -y" },
  ],
  load: () => import("../commands/deny.ts"),
};
