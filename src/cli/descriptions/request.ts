/**
 * What `sentinel request` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { AWS_PROFILE, POLICY, POLICY_PARAMETER, PROFILE, REGION } from "./access_flags.ts";
import { OUTPUT } from "./administration_flags.ts";
import {
  EVENT_LOG,
  EVENT_LOG_STDERR,
  JUSTIFICATION,
  REQUEST_BOUNDS,
  REQUESTS,
} from "./approval_flags.ts";
import { AUTO_LOGIN } from "./sign_in_flags.ts";

/** Flags of `sentinel request`. */
export const REQUEST_FLAGS = [
  { ...PROFILE, summary: "Profile of the AWS configuration whose credentials are needed" },
  { ...JUSTIFICATION, required: true },
  {
    kind: "duration",
    name: "duration",
    short: "d",
    valueName: "TIME",
    ...REQUEST_BOUNDS,
    default: 3600,
    summary: "How long the access lasts, from its approval on",
  },
  REQUESTS,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  EVENT_LOG,
  EVENT_LOG_STDERR,
  AWS_PROFILE,
  AUTO_LOGIN,
] as const satisfies readonly Flag[];

/** `sentinel request`. */
export const description: CommandDescription<typeof REQUEST_FLAGS> = {
  name: "request",
  summary: "Ask for an approval to use a profile",
  description: [
    "Asks the policy first: access that it allows needs no approval, and what it denies no approval " +
    "can lift. Otherwise files a request, prints its id and the command for the approver, and ends: " +
    "sentinel exec --wait also waits. What was asked for already, and still holds, is shown instead.",
    "The request is yours as the credentials behind the profile name you, and counts only for you, " +
    "this profile, its role and account. The access begins when it is approved.",
  ],
  flags: REQUEST_FLAGS,
  examples: [
    {
      text: "Ask for an hour",
      command: "sentinel request --profile prod --justification restart-the-stuck-importer",
    },
    {
      text: "Ask for half an hour, for a script",
      command: "sentinel request --profile prod --justification fix-4711-now -d 30m -o json",
    },
  ],
  load: () => import("../commands/request.ts"),
};
