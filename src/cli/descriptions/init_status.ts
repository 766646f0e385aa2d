/**
 * What `sentinel init status` takes.
 *
 * @module
 */
import { SESSION_TABLE } from "../../store/table_kind.ts";
import type { CommandDescription, Flag } from "../command.ts";
import {
  BREAKGLASS_TABLE,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  REQUEST_TABLE,
} from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE } from "./administration_flags.ts";
import { DEFAULT_BREAKGLASS_TABLE, DEFAULT_REQUEST_TABLE } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel init status`. */
export const INIT_STATUS_FLAGS = [
  POLICY,
  POLICY_PARAMETER,
  {
    kind: "string",
    name: "session-table",
    valueName: "TABLE",
    defaultText: SESSION_TABLE.defaultTable,
    summary: "Session table; those that rules name are looked at as well",
  },
  { ...REQUEST_TABLE, defaultText: DEFAULT_REQUEST_TABLE },
  { ...BREAKGLASS_TABLE, defaultText: DEFAULT_BREAKGLASS_TABLE },
  REGION,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
  {
    kind: "string",
    name: "endpoint-url",
    valueName: "URL",
    defaultText: "AWS_ENDPOINT_URL_DYNAMODB, else as the AWS SDKs",
    summary: "URL of DynamoDB",
  },
  {
    kind: "choice",
    name: "output",
    short: "o",
    valueName: "FORMAT",
    choices: ["human", "json"],
    default: "human",
    summary: "Form of the output",
  },
] as const satisfies readonly Flag[];

/** `sentinel init status`. */
export const description: CommandDescription<typeof INIT_STATUS_FLAGS> = {
  name: "init status",
  summary: "Show which policy is in force and which tables exist",
  description: [
    "Reads the policy and looks at the tables of sessions, approval requests and break-glass " +
    "events, and says what is whole, what is missing and which command would make it. It changes " +
    "nothing. Its exit status is 0 when all is whole, and 1 when there is something to do. A table " +
    "that neither the policy asks for nor anybody names is not needed.",
  ],
  flags: INIT_STATUS_FLAGS,
  examples: [
    {
      text: "See what is there",
      command: "sentinel init status --region eu-west-1",
    },
    {
      text: "The same for a script",
      command: "sentinel init status --region eu-west-1 --output json",
    },
  ],
  load: () => import("../commands/init_status.ts"),
};
