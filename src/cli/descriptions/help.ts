/**
 * What `sentinel help` takes: the name of a command.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";

/** `sentinel help`, also `sentinel --help` and `sentinel COMMAND --help`. */
export const description: CommandDescription<readonly []> = {
  name: "help",
  summary: "Explain a command",
  description: [
    "Explains a command, its flags and their environment variables, or, without one, lists all " +
    "commands. The same as sentinel COMMAND --help.",
  ],
  flags: [],
  operands: [{ name: "COMMAND", summary: "Command to explain", many: true }],
  examples: [{ text: "Explain exec", command: "sentinel help exec" }],
  load: () => import("../commands/help.ts"),
};
