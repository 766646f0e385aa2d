/**
 * What `sentinel breakglass-list` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, LIMIT, OUTPUT } from "./administration_flags.ts";
import { EVENTS, EXACT, LISTED_PROFILE, LISTED_USER, MINE, SINCE } from "./approval_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel breakglass-list`. */
export const BREAKGLASS_LIST_FLAGS = [
  {
    kind: "choice",
    name: "status",
    valueName: "STATUS",
    choices: ["active", "closed", "over"],
    summary: "Only events that are this now: over ended by itself",
  },
  LISTED_USER,
  LISTED_PROFILE,
  MINE,
  SINCE,
  LIMIT,
  EVENTS,
  REGION,
  OUTPUT,
  EXACT,
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel breakglass-list`. */
export const description: CommandDescription<typeof BREAKGLASS_LIST_FLAGS> = {
  name: "breakglass-list",
  summary: "List break-glass events",
  description: [
    "Lists who broke the glass, newest first. All conditions hold together. Records stay for 30 " +
    "days after the access they are about.",
  ],
  flags: BREAKGLASS_LIST_FLAGS,
  examples: [
    { text: "Who has emergency access now?", command: "sentinel breakglass-list --status active" },
    {
      text: "For the review of the week, as a spreadsheet",
      command: "sentinel breakglass-list --since 7d --output csv",
    },
  ],
  load: () => import("../commands/breakglass_list.ts"),
};
