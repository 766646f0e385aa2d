/**
 * `sentinel version`: prints which program this is.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import { VERSION } from "../../version.ts";
import type { Host } from "../host.ts";

/** Prints `sentinel VERSION`; returns the exit status. */
export function tellVersion({ terminal }: Host): number {
  terminal.out(`sentinel ${VERSION}\n`);
  return 0;
}

/** Runs the command. */
export function run(_invocation: Invocation<readonly []>, host: Host): Promise<number> {
  return Promise.resolve(tellVersion(host));
}
