/**
 * Flags that mean the same wherever approvals and break-glass events are asked for, decided or
 * looked at.
 *
 * @module
 */
import { MAX_REQUEST_SECONDS } from "../../state/approval_request.ts";
import { MAX_EVENT_SECONDS } from "../../state/break_glass_event.ts";
import { MIN_WINDOW_SECONDS } from "../../state/window_bounds.ts";
import * as kinds from "../../store/table_kind.ts";
import type { Flag } from "../command.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE } from "./access_flags.ts";

const DAY = 86_400;

/** Shortest and longest access that a request may ask for, in seconds. */
export const REQUEST_BOUNDS = {
  minSeconds: MIN_WINDOW_SECONDS,
  maxSeconds: MAX_REQUEST_SECONDS,
} as const;

/** Shortest and longest access that a break-glass gives, in seconds. */
export const BREAK_GLASS_BOUNDS = {
  minSeconds: MIN_WINDOW_SECONDS,
  maxSeconds: MAX_EVENT_SECONDS,
} as const;

/** Table of approval requests when nothing names one. */
export const DEFAULT_REQUEST_TABLE = kinds.REQUEST_TABLE.defaultTable;

/** Table of break-glass events when nothing names one. */
export const DEFAULT_BREAKGLASS_TABLE = kinds.BREAKGLASS_TABLE.defaultTable;

/** `--request-table` of the commands that work on it. */
export const REQUESTS = {
  ...REQUEST_TABLE,
  default: DEFAULT_REQUEST_TABLE,
  defaultText: DEFAULT_REQUEST_TABLE,
} as const satisfies Flag;

/** `--breakglass-table` of the commands that work on it. */
export const EVENTS = {
  ...BREAKGLASS_TABLE,
  default: DEFAULT_BREAKGLASS_TABLE,
  defaultText: DEFAULT_BREAKGLASS_TABLE,
} as const satisfies Flag;

/** `--justification` of a request. */
export const JUSTIFICATION = {
  kind: "string",
  name: "justification",
  short: "j",
  valueName: "TEXT",
  summary: "Why the access is needed, for the approver: 10 to 500 characters",
} as const satisfies Flag;

/** `--comment` of a decision. */
export const COMMENT = {
  kind: "string",
  name: "comment",
  valueName: "TEXT",
  summary: "What the requester is told: 1 to 500 characters",
} as const satisfies Flag;

/** `--yes`: no variable that is set once may let people in, or keep them out, ever after. */
export const YES = {
  kind: "boolean",
  name: "yes",
  short: "y",
  commandLineOnly: true,
  summary: "Do not ask",
} as const satisfies Flag;

/** `--log-file` of commands that decide over access. */
export const EVENT_LOG = {
  kind: "string",
  name: "log-file",
  valueName: "PATH",
  summary: "Append what happens to this decision log as a JSON line",
} as const satisfies Flag;

/** `--log-stderr` of such commands. */
export const EVENT_LOG_STDERR = {
  kind: "boolean",
  name: "log-stderr",
  negatable: true,
  summary: "Write what happens to standard error as a JSON line as well",
} as const satisfies Flag;

/** `--since` of listings. */
export const SINCE = {
  kind: "duration",
  name: "since",
  valueName: "TIME",
  days: true,
  minSeconds: 1,
  maxSeconds: 3650 * DAY,
  summary: "Only those of this time, like 7d",
} as const satisfies Flag;

/** `--exact` of views. */
export const EXACT = {
  kind: "boolean",
  name: "exact",
  summary: "Show times exactly instead of relative to now",
} as const satisfies Flag;

/** `--profile` of commands on a record of one's own. */
export const OWNER_PROFILE = {
  kind: "string",
  name: "profile",
  valueName: "NAME",
  defaultText: "you are whoever --aws-profile names",
  summary: "Profile that it is about: you are whoever its credentials name",
} as const satisfies Flag;

/** `--mine` of listings. */
export const MINE = {
  kind: "boolean",
  name: "mine",
  summary: "Only your own",
} as const satisfies Flag;

/** `--user` of listings. */
export const LISTED_USER = {
  kind: "string",
  name: "user",
  short: "u",
  valueName: "NAME",
  summary: "Only those of this policy username",
  conflictsWith: {
    flag: "mine",
    reason: "one asks for a single user, the other for yourself",
    suggestion: "Give one of them.",
  },
} as const satisfies Flag;

/** `--profile` of listings. */
export const LISTED_PROFILE = {
  kind: "string",
  name: "profile",
  valueName: "NAME",
  summary: "Only those for this profile",
} as const satisfies Flag;
