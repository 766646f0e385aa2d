/**
 * What `sentinel whoami` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { AWS_PROFILE, PROFILE, REGION } from "./access_flags.ts";
import { OUTPUT } from "./administration_flags.ts";
import { AUTO_LOGIN } from "./sign_in_flags.ts";

const { required: _, ...OPTIONAL_PROFILE } = PROFILE;

/** Flags of `sentinel whoami`. */
export const WHOAMI_FLAGS = [
  {
    ...OPTIONAL_PROFILE,
    defaultText: "keys of the environment, else AWS_PROFILE, else default",
    summary: "Profile to look through",
  },
  REGION,
  { ...OUTPUT, choices: ["human", "json"] },
  {
    ...AWS_PROFILE,
    summary: "Where the base credentials come from instead",
  },
  AUTO_LOGIN,
] as const satisfies readonly Flag[];

/** `sentinel whoami`. */
export const description: CommandDescription<typeof WHOAMI_FLAGS> = {
  name: "whoami",
  summary: "Show who you are to the policy",
  description: [
    "Shows whose the base credentials are, before any role is assumed: the name under which the " +
    "policy knows you, and the role and account that the profile leads to. No role is assumed " +
    "and no policy is asked.",
  ],
  flags: WHOAMI_FLAGS,
  examples: [
    { text: "Who the policy sees behind a profile", command: "sentinel whoami --profile prod" },
    {
      text: "The same for a program",
      command: "sentinel whoami --profile prod --output json",
    },
  ],
  load: () => import("../commands/whoami.ts"),
};
