/**
 * `sentinel deny`: keeps somebody out, or ends the access that was approved.
 *
 * @module
 */
import type { Invocation } from "../command.ts";
import type { DECISION_FLAGS } from "../descriptions/approve.ts";
import type { Host } from "../host.ts";
import { runDecision } from "../request_decision.ts";

/** Runs the command. */
export async function run(
  invocation: Invocation<typeof DECISION_FLAGS>,
  host: Host,
): Promise<number> {
  return await runDecision(invocation, { verb: "deny", host });
}
