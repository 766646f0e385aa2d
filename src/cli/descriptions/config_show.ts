/**
 * What `sentinel config show` takes: the flags whose values it explains.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import {
  BREAKGLASS_TABLE,
  LOG_FILE,
  POLICY,
  POLICY_PARAMETER,
  POLICY_REFRESH,
  REGION,
  REQUEST_TABLE,
} from "./access_flags.ts";
import { OUTPUT } from "./administration_flags.ts";

/** Flags of `sentinel config show`. */
export const CONFIG_SHOW_FLAGS = [
  {
    kind: "string",
    name: "profile",
    valueName: "NAME",
    summary: "Profile whose values are shown; without one, those of a profile without a section",
  },
  POLICY,
  POLICY_PARAMETER,
  POLICY_REFRESH,
  {
    kind: "string",
    name: "session-table",
    valueName: "TABLE",
    summary: "Session table of a server",
  },
  REQUEST_TABLE,
  BREAKGLASS_TABLE,
  REGION,
  {
    kind: "boolean",
    name: "server",
    short: "s",
    negatable: true,
    summary: "Whether exec serves credentials instead of handing them over",
  },
  LOG_FILE,
  OUTPUT,
] as const satisfies readonly Flag[];

/** `sentinel config show`. */
export const description: CommandDescription<typeof CONFIG_SHOW_FLAGS> = {
  name: "config show",
  summary: "Show each setting that counts, and where it comes from",
  description: [
    "Shows the values with which exec and credentials would work for a profile, and for each " +
    "whether it comes from a flag, an environment variable, your config.yaml, that of the machine, " +
    "or nowhere. A value that the machine's file pins cannot be changed by any of the others.",
    "It calls nothing, and fails where the other commands would: every mistake of the files is " +
    "told with line and column.",
  ],
  flags: CONFIG_SHOW_FLAGS,
  examples: [
    {
      text: "Which policy decides about production, and who says so?",
      command: "sentinel config show --profile prod",
    },
    {
      text: "For a script",
      command: "sentinel config show --profile prod --output json",
    },
  ],
  load: () => import("../commands/config_show.ts"),
};
