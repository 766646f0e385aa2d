/**
 * `sentinel version`: prints which program this is.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import type { Host } from "../host.ts";
import { tellVersion } from "../tell_version.ts";

/** Runs the command. */
export function run(_invocation: Invocation<readonly []>, host: Host): Promise<number> {
  return Promise.resolve(tellVersion(host));
}
