/**
 * What `sentinel init sessions` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";
import { INIT_ACTIONS, INIT_ROLE, INIT_SETTINGS } from "./table_init_flags.ts";

/** Flags of `sentinel init sessions`. */
export const INIT_SESSIONS_FLAGS = [
  TABLE,
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
  ...INIT_ACTIONS,
  {
    ...INIT_ROLE,
    defaultText: "whoever makes and administers the table",
    summary: "Print the least that a server, a revoker or an auditor needs",
  },
  ...INIT_SETTINGS,
] as const satisfies readonly Flag[];

/** `sentinel init sessions`. */
export const description: CommandDescription<typeof INIT_SESSIONS_FLAGS> = {
  name: "init sessions",
  summary: "Create or repair the session table",
  description: [
    "Creates the DynamoDB table in which sessions are kept, with its indexes, or with sqlite:PATH a " +
    "file on this machine. It shows what it will do and asks first. A table that exists is " +
    "compared with what is needed: what is missing is added, and nothing is ever taken away. " +
    "Running it again is safe, also after it was interrupted.",
    "With --generate-iam or --format it only prints a document: the IAM policy for the table, or " +
    "the table as infrastructure code.",
  ],
  flags: INIT_SESSIONS_FLAGS,
  examples: [
    {
      text: "See what would be done, then do it",
      command: "sentinel init sessions --region eu-west-1 --plan",
    },
    {
      text: "Create or repair the table without being asked",
      command: "sentinel init sessions --region eu-west-1 --yes",
    },
    {
      text: "Print what a credential server must be allowed to do",
      command: "sentinel init sessions --region eu-west-1 --generate-iam --role server",
    },
    {
      text: "Put the table into your infrastructure code",
      command: "sentinel init sessions --table prod-sessions --format terraform",
    },
    {
      text: "Keep sessions on this machine",
      command: "sentinel init sessions --table sqlite:sessions.db",
    },
  ],
  load: () => import("../commands/init_sessions.ts"),
};
