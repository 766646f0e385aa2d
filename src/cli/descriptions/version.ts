/**
 * What `sentinel version` takes: nothing.
 *
 * @module
 */
import type { CommandDescription } from "../command.ts";

/** `sentinel version`, also `sentinel --version`. */
export const description: CommandDescription<readonly []> = {
  name: "version",
  summary: "Print the version",
  description: ["Prints the name and the version of this program, also as sentinel --version."],
  flags: [],
  examples: [{ text: "Print the version", command: "sentinel version" }],
  load: () => import("../commands/version.ts"),
};
