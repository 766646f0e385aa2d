/**
 * What `sentinel init approvals` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import { INIT_ACTIONS, INIT_ROLE, INIT_SETTINGS } from "./table_init_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel init approvals`. */
export const INIT_APPROVALS_FLAGS = [
  {
    kind: "string",
    name: "table",
    setting: "request_table",
    valueName: "TABLE",
    defaultText: "that of --request-table, else sentinel-requests",
    summary: "Table of approval requests: the name of a DynamoDB table, or sqlite:PATH",
  },
  {
    kind: "string",
    name: "request-table",
    valueName: "TABLE",
    summary: "The same, as other commands name it",
  },
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
  ...INIT_ACTIONS,
  {
    ...INIT_ROLE,
    defaultText: "whoever makes the table and cleans up in it",
    summary: "Print the least that a requester, an approver, an auditor or a server needs",
  },
  ...INIT_SETTINGS,
] as const satisfies readonly Flag[];

/** `sentinel init approvals`. */
export const description: CommandDescription<typeof INIT_APPROVALS_FLAGS> = {
  name: "init approvals",
  summary: "Create or repair the table of approval requests",
  description: [
    "Creates the DynamoDB table in which approval requests are kept, with its indexes, or with " +
    "sqlite:PATH a file on this machine. It shows what it will do and asks first. A table that " +
    "exists is compared with what is needed: what is missing is added, and nothing is ever taken " +
    "away. Running it again is safe, also after it was interrupted.",
    "With --generate-iam or --format it only prints a document: the IAM policy for the table, or " +
    "the table as infrastructure code. The policies keep those who ask from writing what approvers " +
    "decide; a file on this machine keeps nobody from anything, and is for trying things out.",
  ],
  flags: INIT_APPROVALS_FLAGS,
  examples: [
    {
      text: "See what would be done, then do it",
      command: "sentinel init approvals --region eu-west-1 --plan",
    },
    {
      text: "Create or repair the table without being asked",
      command: "sentinel init approvals --region eu-west-1 --yes",
    },
    {
      text: "Print what a requester must be allowed to do",
      command: "sentinel init approvals --region eu-west-1 --generate-iam --role requester",
    },
    {
      text: "Put the table into your infrastructure code",
      command: "sentinel init approvals --format terraform",
    },
  ],
  load: () => import("../commands/init_approvals.ts"),
};
