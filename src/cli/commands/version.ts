/**
 * `sentinel version`: prints which program this is.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import type { Host } from "../host.ts";

/** Version of the program, as in `deno.json`. */
export const VERSION = "0.1.0";

/** Prints `sentinel VERSION`. */
export function run(_invocation: Invocation<readonly []>, { terminal }: Host): Promise<number> {
  terminal.out(`sentinel ${VERSION}\n`);
  return Promise.resolve(0);
}
