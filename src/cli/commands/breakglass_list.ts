/**
 * `sentinel breakglass-list`: who broke the glass, for what. It reads and changes nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { listEvents } from "../../store/override_listing.ts";
import { EVENT_COLUMNS, eventRow, formatEventTable } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import type { BREAKGLASS_LIST_FLAGS } from "../descriptions/breakglass_list.ts";
import type { Host } from "../host.ts";
import { openDecider } from "../override_access.ts";
import { printList } from "../record_output.ts";

/** Runs the command. */
export async function run(
  { flags }: Invocation<typeof BREAKGLASS_LIST_FLAGS>,
  host: Host,
): Promise<number> {
  const { status, profile, sinceSeconds, limit } = flags;
  const access = openDecider(flags, host);
  await using store = await access.openEvents(flags.breakglassTable);
  const user = flags.mine ? (await access.identity()).user : flags.user;
  const now = systemClock.now();
  const since = sinceSeconds === null ? null : now - sinceSeconds * 1000;
  const query = { user, profile, status, since };
  const found = await Array.fromAsync(listEvents(store, query, { now, limit: limit + 1 }));
  printList(found, {
    ...flags,
    now,
    none: "No break-glass events.\n",
    formatTable: formatEventTable,
    columns: EVENT_COLUMNS,
    row: eventRow,
    terminal: host.terminal,
  });
  return 0;
}
