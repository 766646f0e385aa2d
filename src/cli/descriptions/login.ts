/**
 * What `sentinel login` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { PROFILE } from "./access_flags.ts";

/** Flags of `sentinel login`. */
export const LOGIN_FLAGS = [
  { ...PROFILE, summary: "Profile of the AWS configuration whose base credentials need a sign-in" },
  {
    kind: "boolean",
    name: "stdout",
    summary: "Print the address of the sign-in page instead of opening a browser",
  },
  {
    kind: "boolean",
    name: "device",
    summary: "Confirm a code on any device: for machines that your browser cannot reach",
  },
] as const satisfies readonly Flag[];

/** `sentinel login`. */
export const description: CommandDescription<typeof LOGIN_FLAGS> = {
  name: "login",
  summary: "Sign in to IAM Identity Center for a profile",
  description: [
    "Opens the sign-in page in your browser and waits, for five minutes at most. The token is kept " +
    "where the aws command keeps its own: one sign-in serves both, and every running " +
    "sentinel exec --server that waits for it.",
    "It grants nothing by itself: the policy is asked when credentials are.",
  ],
  flags: LOGIN_FLAGS,
  examples: [
    { text: "Sign in", command: "sentinel login --profile dev" },
    {
      text: "On a machine without a browser: open the address elsewhere, compare the code",
      command: "sentinel login --profile dev --device --stdout",
    },
  ],
  load: () => import("../commands/login.ts"),
};
