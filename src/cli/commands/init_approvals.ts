/**
 * `sentinel init approvals`: creates the table of approval requests or repairs it.
 *
 * @module
 */
import { REQUEST_TABLE } from "../../store/table_kind.ts";
import type { Invocation } from "../command.ts";
import type { INIT_APPROVALS_FLAGS } from "../descriptions/init_approvals.ts";
import type { Host } from "../host.ts";
import { runTableInit } from "../table_init.ts";

/** Runs the command. */
export function run(
  invocation: Invocation<typeof INIT_APPROVALS_FLAGS>,
  host: Host,
): Promise<number> {
  const { flags, origins } = invocation;
  // Of two variables of the environment the one that names this kind of table is meant.
  const table = origins.table === "flag" ? flags.table : flags.requestTable ?? flags.table;
  return runTableInit({ ...invocation, kind: REQUEST_TABLE, table }, host);
}
