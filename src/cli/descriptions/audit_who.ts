/**
 * What `sentinel audit who` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";
import { AUDITED_LOG, LOGS } from "./audit_flags.ts";

/** Flags of `sentinel audit who`. */
export const AUDIT_WHO_FLAGS = [
  AUDITED_LOG,
  TABLE,
  REGION,
  OUTPUT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel audit who`. */
export const description: CommandDescription<typeof AUDIT_WHO_FLAGS> = {
  name: "audit who",
  summary: "Tell who had an access key, a session or a source identity, when and why",
  description: [
    "Takes what CloudTrail shows (an access key id, a source identity, or the ARN of the assumed " +
    "role's session) or the id of a session, and joins the decision logs with the session table: " +
    "who got credentials, when, by which rule, for which command, and what became of the session.",
    "Without a log only the session table is asked. Exits with 1 when nothing is found.",
  ],
  flags: AUDIT_WHO_FLAGS,
  operands: [
    {
      name: "KEY",
      summary:
        "Access key id, source identity, ARN of a role session, or id of a session, an approval or " +
        "a break-glass event",
      required: true,
    },
    LOGS,
  ],
  examples: [
    {
      text: "Whose access key is it that CloudTrail shows?",
      command: "sentinel audit who ASIAIOSFODNN7EXAMPLE --log-file decisions.jsonl",
    },
    {
      text: "Who started a session?",
      command: "sentinel audit who 0123456789abcdef --table sentinel-sessions",
    },
  ],
  load: () => import("../commands/audit_who.ts"),
};
