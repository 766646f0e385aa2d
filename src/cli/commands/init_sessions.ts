/**
 * `sentinel init sessions`: creates the session table or repairs it.
 *
 * @module
 */
import { SESSION_TABLE } from "../../store/table_kind.ts";
import type { Invocation } from "../command.ts";
import type { INIT_SESSIONS_FLAGS } from "../descriptions/init_sessions.ts";
import type { Host } from "../host.ts";
import { runTableInit } from "../table_init.ts";

/** Runs the command. */
export function run(
  invocation: Invocation<typeof INIT_SESSIONS_FLAGS>,
  host: Host,
): Promise<number> {
  const { table } = invocation.flags;
  return runTableInit({ ...invocation, kind: SESSION_TABLE, table }, host);
}
