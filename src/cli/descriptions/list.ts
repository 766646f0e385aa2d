/**
 * What `sentinel list` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, LIMIT, OUTPUT } from "./administration_flags.ts";
import { EXACT, LISTED_PROFILE, LISTED_USER, MINE, REQUESTS, SINCE } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel list`. */
export const LIST_FLAGS = [
  {
    kind: "choice",
    name: "status",
    valueName: "STATUS",
    choices: ["pending", "approved", "denied", "cancelled", "ended", "lapsed", "over"],
    summary: "Only requests that are this now: lapsed waited too long, over was approved",
  },
  LISTED_USER,
  LISTED_PROFILE,
  MINE,
  SINCE,
  LIMIT,
  REQUESTS,
  REGION,
  OUTPUT,
  EXACT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel list`. */
export const description: CommandDescription<typeof LIST_FLAGS> = {
  name: "list",
  summary: "List approval requests",
  description: [
    "Lists requests of everyone, newest first. All conditions hold together. Records stay for 30 " +
    "days after the access they are about.",
  ],
  flags: LIST_FLAGS,
  examples: [
    { text: "What waits for approvers?", command: "sentinel list --status pending" },
    {
      text: "Who had access to production this week, for a spreadsheet",
      command: "sentinel list --profile prod --since 7d --output csv",
    },
    { text: "My own of today", command: "sentinel list --mine --since 1d" },
  ],
  load: () => import("../commands/list.ts"),
};
