/**
 * What `sentinel audit sessions` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { POLICY, POLICY_PARAMETER, REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";
import { AUDITED_LOG, LOGS, SINCE } from "./audit_flags.ts";

/** Flags of `sentinel audit sessions`. */
export const AUDIT_SESSIONS_FLAGS = [
  SINCE,
  AUDITED_LOG,
  { ...POLICY, summary: "Policy that says what is required: a path, or ssm:/NAME" },
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel audit sessions`. */
export const description: CommandDescription<typeof AUDIT_SESSIONS_FLAGS> = {
  name: "audit sessions",
  summary: "Check that credentials were issued with the sessions that the policy requires",
  description: [
    "Reads decision logs and counts, per profile, the decisions that issued credentials with and " +
    "without a session, against what the policy as it is now requires of each. Needs AWS " +
    "credentials only for a policy in Parameter Store.",
    "Exits with 1 when credentials were issued without a session that the policy requires: by an " +
    "earlier policy, or past Sentinel's. Lines that hold no decision are counted and passed over.",
  ],
  flags: AUDIT_SESSIONS_FLAGS,
  operands: [LOGS],
  examples: [
    {
      text: "Audit a week of one machine",
      command: "sentinel audit sessions --since 7d --log-file decisions.jsonl",
    },
    {
      text: "Audit the logs of a team in a scheduled job",
      command: "sentinel audit sessions --output csv --policy policy.yaml logs/*.jsonl",
    },
  ],
  load: () => import("../commands/audit_sessions.ts"),
};
