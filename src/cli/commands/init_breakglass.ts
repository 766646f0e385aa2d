/**
 * `sentinel init breakglass`: creates the table of break-glass events or repairs it.
 *
 * @module
 */
import { BREAKGLASS_TABLE } from "../../store/table_kind.ts";
import type { Invocation } from "../command.ts";
import type { INIT_BREAKGLASS_FLAGS } from "../descriptions/init_breakglass.ts";
import type { Host } from "../host.ts";
import { runTableInit } from "../table_init.ts";

/** Runs the command. */
export function run(
  invocation: Invocation<typeof INIT_BREAKGLASS_FLAGS>,
  host: Host,
): Promise<number> {
  const { flags, origins } = invocation;
  // Of two variables of the environment the one that names this kind of table is meant.
  const table = origins.table === "flag" ? flags.table : flags.breakglassTable ?? flags.table;
  return runTableInit({ ...invocation, kind: BREAKGLASS_TABLE, table }, host);
}
