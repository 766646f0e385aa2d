/**
 * What `sentinel server-session` takes.
 *
 * @module
 */
import type { CommandDescription, Flag } from "../command.ts";
import { REGION } from "./access_flags.ts";
import { ADMINISTRATOR_PROFILE, OUTPUT, TABLE } from "./administration_flags.ts";
import { SIGN_IN_FLAGS } from "./sign_in_flags.ts";

/** Flags of `sentinel server-session`. */
export const SERVER_SESSION_FLAGS = [
  TABLE,
  REGION,
  OUTPUT,
  {
    kind: "boolean",
    name: "exact",
    summary: "Show times exactly instead of relative to now",
  },
  ADMINISTRATOR_PROFILE,
  ...SIGN_IN_FLAGS,
] as const satisfies readonly Flag[];

/** `sentinel server-session`. */
export const description: CommandDescription<typeof SERVER_SESSION_FLAGS> = {
  name: "server-session",
  summary: "Show one session, and what it still allows",
  description: [
    "Shows all that is known of a session, and until when credentials that it handed out remain " +
    "valid: AWS cannot take them back.",
  ],
  flags: SERVER_SESSION_FLAGS,
  operands: [{ name: "ID", summary: "Id of the session", required: true }],
  examples: [{
    text: "Show a session with exact times",
    command: "sentinel server-session 0123456789abcdef --exact",
  }],
  load: () => import("../commands/server_session.ts"),
};
