/**
 * `sentinel list`: who asked for what, and what became of it. It reads and changes nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { listRequests } from "../../store/override_listing.ts";
import {
  formatRequestTable,
  REQUEST_COLUMNS,
  requestDetail,
  requestRow,
} from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import type { LIST_FLAGS } from "../descriptions/list.ts";
import type { Host } from "../host.ts";
import { openDecider } from "../override_access.ts";
import { printList } from "../record_output.ts";

/** Runs the command. */
export async function run({ flags }: Invocation<typeof LIST_FLAGS>, host: Host): Promise<number> {
  const { status, profile, sinceSeconds, limit } = flags;
  const access = openDecider(flags, host);
  await using store = await access.openRequests(flags.requestTable);
  const user = flags.mine ? (await access.identity()).user : flags.user;
  const now = systemClock.now();
  const since = sinceSeconds === null ? null : now - sinceSeconds * 1000;
  const query = { user, profile, status, since };
  const found = await Array.fromAsync(listRequests(store, query, { now, limit: limit + 1 }));
  printList(found, {
    ...flags,
    now,
    none: "No requests.\n",
    formatTable: formatRequestTable,
    columns: REQUEST_COLUMNS,
    row: requestRow,
    detail: requestDetail,
    terminal: host.terminal,
  });
  return 0;
}
