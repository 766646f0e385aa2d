/**
 * What `sentinel server-revoke` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel server-revoke`. */
export const SERVER_REVOKE_FLAGS = [
  {
    kind: "string",
    name: "reason",
    short: "r",
    valueName: "TEXT",
    required: true,
    summary: "Why, for whoever reads the record later: 1 to 500 characters",
  },
  TABLE,
  REGION,
  {
    kind: "string",
    name: "user",
    short: "u",
    valueName: "NAME",
    summary: "Every active session of this policy username",
  },
  {
    kind: "string",
    name: "profile",
    valueName: "NAME",
    summary: "Every active session that serves this profile",
  },
  {
    kind: "boolean",
    name: "all",
    summary: "Every active session of the table",
  },
  {
    kind: "boolean",
    name: "yes",
    short: "y",
    summary: "Do not ask",
  },
  {
    kind: "boolean",
    name: "deny-policy",
    summary: "Print the IAM policy that makes AWS refuse what was handed out already",
  },
  {
    kind: "boolean",
    name: "apply",
    summary: "Write that policy to the role of --role, as its inline policy SentinelRevocations",
  },
  {
    kind: "string",
    name: "role",
    valueName: "NAME",
    summary: "Role whose credentials were handed out",
    requires: {
      flag: "apply",
      reason: "a role is named to be changed",
      suggestion: "Add --apply.",
    },
  },
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel server-revoke`. */
export const description: CommandDescription<typeof SERVER_REVOKE_FLAGS> = {
  name: "server-revoke",
  summary: "Stop sessions: they get no more credentials",
  description: [
    "Stops one session, or all active ones of a user, of a profile (with --user: of that user and " +
    "profile) or of the table. A stopped session gets no credentials from the first request that " +
    "begins more than a second later. Stopping it again is harmless.",
    "What was handed out already stays valid until it expires, which is told; with --deny-policy or " +
    "--apply AWS itself refuses it, seconds to minutes later. Then the report goes to standard " +
    "error. What to stop is taken from the command line only, never from the environment.",
    "The exit status is 0 only if every session that was meant is stopped.",
  ],
  flags: SERVER_REVOKE_FLAGS,
  operands: [{ name: "ID", summary: "Id of the session to stop" }],
  examples: [
    {
      text: "Stop one session",
      command: "sentinel server-revoke 0123456789abcdef --reason laptop-lost",
    },
    {
      text: "Stop everything of a user, in a script",
      command: "sentinel server-revoke --user mallory --reason incident-4711 --yes",
    },
    {
      text: "Have AWS refuse what it handed out, too",
      command: "sentinel server-revoke 0123456789abcdef -r laptop-lost --apply --role Prod",
    },
  ],
  load: () => import("../commands/server_revoke.ts"),
};
