/**
 * What `sentinel init breakglass` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import { INIT_ACTIONS, INIT_ROLE, INIT_SETTINGS } from "./table_init_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel init breakglass`. */
export const INIT_BREAKGLASS_FLAGS = [
  {
    kind: "string",
    name: "table",
    setting: "breakglass_table",
    valueName: "TABLE",
    defaultText: "that of --breakglass-table, else sentinel-breakglass",
    summary: "Table of break-glass events: the name of a DynamoDB table, or sqlite:PATH",
  },
  {
    kind: "string",
    name: "breakglass-table",
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
    summary: "Print the least that an invoker, a closer, an auditor or a server needs",
  },
  ...INIT_SETTINGS,
] as const satisfies readonly Flag[];

/** `sentinel init breakglass`. */
export const description: CommandDescription<typeof INIT_BREAKGLASS_FLAGS> = {
  name: "init breakglass",
  summary: "Create or repair the table of break-glass events",
  description: [
    "Creates the DynamoDB table in which break-glass events are kept, with its indexes, or with " +
    "sqlite:PATH a file on this machine. It shows what it will do and asks first. A table that " +
    "exists is compared with what is needed: what is missing is added, and nothing is ever taken " +
    "away. Running it again is safe, also after it was interrupted.",
    "With --generate-iam or --format it only prints a document: the IAM policy for the table, or " +
    "the table as infrastructure code.",
  ],
  flags: INIT_BREAKGLASS_FLAGS,
  examples: [
    {
      text: "See what would be done, then do it",
      command: "sentinel init breakglass --region eu-west-1 --plan",
    },
    {
      text: "Create or repair the table without being asked",
      command: "sentinel init breakglass --region eu-west-1 --yes",
    },
    {
      text: "Print what whoever breaks the glass must be allowed to do",
      command: "sentinel init breakglass --region eu-west-1 --generate-iam --role invoker",
    },
    {
      text: "Put the table into your infrastructure code",
      command: "sentinel init breakglass --format terraform",
    },
  ],
  load: () => import("../commands/init_breakglass.ts"),
};
