/**
 * What `sentinel breakglass` takes.
 *
 * @module
 */
import { REASON_CODES } from "../../policy/policy.ts";
import type { CommandDescription, Flag } from "../command.ts";
import { AWS_PROFILE, POLICY, POLICY_PARAMETER, PROFILE, REGION } from "./access_flags.ts";
import { OUTPUT } from "./administration_flags.ts";
import { BREAK_GLASS_BOUNDS, EVENT_LOG, EVENT_LOG_STDERR, EVENTS, YES } from "./approval_flags.ts";
import { AUTO_LOGIN } from "./sign_in_flags.ts";

/** Flags of `sentinel breakglass`. */
export const BREAKGLASS_FLAGS = [
  { ...PROFILE, summary: "Profile of the AWS configuration whose credentials are needed" },
  {
    kind: "choice",
    name: "reason-code",
    short: "c",
    valueName: "CODE",
    choices: REASON_CODES,
    required: true,
    summary: "What kind of emergency it is",
  },
  {
    kind: "string",
    name: "justification",
    short: "j",
    valueName: "TEXT",
    required: true,
    summary: "What happened, for whoever reviews it: 20 to 1000 characters",
  },
  {
    kind: "duration",
    name: "duration",
    short: "d",
    valueName: "TIME",
    ...BREAK_GLASS_BOUNDS,
    default: 3600,
    summary: "How long the access lasts, from now on",
  },
  YES,
  EVENTS,
  POLICY,
  POLICY_PARAMETER,
  REGION,
  OUTPUT,
  EVENT_LOG,
  EVENT_LOG_STDERR,
  AWS_PROFILE,
  AUTO_LOGIN,
] as const satisfies readonly Flag[];

/** `sentinel breakglass`. */
export const description: CommandDescription<typeof BREAKGLASS_FLAGS> = {
  name: "breakglass",
  summary: "Break the glass: emergency access, within limits and loudly",
  description: [
    "Lifts, for you and this profile, what the policy's break_glass section lets you lift. It is " +
    "counted and recorded before it gives access, announced to the webhook, and counts against your " +
    "limits however early it is closed. An explicit deny, require_server and " +
    "require_server_session are never lifted.",
    "On a terminal you are asked first. The banner on standard error cannot be turned off.",
  ],
  flags: BREAKGLASS_FLAGS,
  examples: [
    {
      text: "In an incident",
      command: "sentinel breakglass --profile prod -c incident -j importer-stopped-INC-4711",
    },
  ],
  load: () => import("../commands/breakglass.ts"),
};
