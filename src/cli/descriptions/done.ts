/**
 * What `sentinel done` takes.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";
import { CANCEL_FLAGS } from "./cancel.ts";

/** `sentinel done`. */
export const description: CommandDescription<typeof CANCEL_FLAGS> = {
  name: "done",
  summary: "End your approved access, before its time is over",
  description: [
    "Ends the approved access of a request of yours or, without an ID, of every one for --profile. " +
    "A running credential server refuses from its next request on; credentials that were handed " +
    "out end by themselves.",
  ],
  flags: CANCEL_FLAGS,
  operands: [{ name: "ID", summary: "Id of the request; without it, all for --profile" }],
  examples: [
    { text: "The work in production is done", command: "sentinel done --profile prod" },
  ],
  load: () => import("../commands/done.ts"),
};
