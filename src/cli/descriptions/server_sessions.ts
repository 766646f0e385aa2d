/**
 * What `sentinel server-sessions` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, LIMIT, OUTPUT, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

const DAY = 86_400;

/** Flags of `sentinel server-sessions`. */
export const SERVER_SESSIONS_FLAGS = [
  TABLE,
  REGION,
  {
    kind: "choice",
    name: "status",
    valueName: "STATUS",
    choices: ["active", "revoked", "expired"],
    summary: "Only sessions that are this now; one past its expiry is expired",
  },
  {
    kind: "string",
    name: "user",
    short: "u",
    valueName: "NAME",
    defaultText: "yourself",
    summary: "Only sessions of this policy username",
    conflictsWith: {
      flag: "all-users",
      reason: "one asks for a single user, the other for everyone",
      suggestion: "Give one of them.",
    },
  },
  {
    kind: "boolean",
    name: "all-users",
    short: "a",
    summary: "Sessions of everyone",
  },
  {
    kind: "string",
    name: "profile",
    valueName: "NAME",
    summary: "Only sessions that serve this profile",
  },
  {
    kind: "duration",
    name: "since",
    valueName: "TIME",
    days: true,
    minSeconds: 1,
    maxSeconds: 3650 * DAY,
    summary: "Only sessions that began within this time, like 7d",
  },
  LIMIT,
  OUTPUT,
  {
    kind: "boolean",
    name: "exact",
    summary: "Show times exactly instead of relative to now",
  },
  {
    kind: "boolean",
    name: "watch",
    short: "w",
    summary: "Show the list anew every two seconds, until Ctrl-C",
  },
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel server-sessions`. */
export const description: CommandDescription<typeof SERVER_SESSIONS_FLAGS> = {
  name: "server-sessions",
  summary: "List the sessions of credential servers",
  description: [
    "Lists who is serving which profile, newest first: your own sessions, or those of everyone with " +
    "--all-users. All conditions hold together. With sqlite:PATH, whose file is one user's, all of " +
    "its sessions are listed, and neither region nor credentials are needed.",
  ],
  flags: SERVER_SESSIONS_FLAGS,
  examples: [
    {
      text: "Who is serving production right now?",
      command: "sentinel server-sessions --all-users --status active --profile prod",
    },
    {
      text: "What did alice do this week, for a spreadsheet",
      command: "sentinel server-sessions --user alice --since 7d --output csv",
    },
    {
      text: "Keep an eye on it",
      command: "sentinel server-sessions --all-users --status active --watch",
    },
  ],
  load: () => import("../commands/server_sessions.ts"),
};
