/**
 * `sentinel server-session`: all that is known of one session. It reads and changes nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { assertNever } from "../../errors.ts";
import { sessionNotFound } from "../../store/session_revocation.ts";
import type { Invocation } from "../command.ts";
import { description, type SERVER_SESSION_FLAGS } from "../descriptions/server_session.ts";
import type { Host } from "../host.ts";
import { formatCsv, formatJson } from "../output.ts";
import { openSessionAdministration, requireSessionId } from "../session_administration.ts";
import { formatSession, SESSION_COLUMNS, sessionRow } from "../session_table_view.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof SERVER_SESSION_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireSessionId(description, operands[0]!);
  await using session = await openSessionAdministration(flags, host);
  const record = await session.store.get(id);
  if (record === null) throw sessionNotFound(id, session.store.table);
  const now = systemClock.now();
  switch (flags.output) {
    case "human":
      host.terminal.out(formatSession(record, { now, exact: flags.exact }));
      return 0;
    case "json":
      host.terminal.out(formatJson(sessionRow(record, now)));
      return 0;
    case "csv":
      host.terminal.out(formatCsv(SESSION_COLUMNS, [sessionRow(record, now)]));
      return 0;
    default:
      return assertNever(flags.output);
  }
}
