/**
 * `sentinel cancel`: withdraws a request, or ends the access that it was approved for.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { openAnnouncer } from "../announcer.ts";
import { REQUEST_COLUMNS, requestDetail, requestRow } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import { type CANCEL_FLAGS, description } from "../descriptions/cancel.ts";
import type { Host } from "../host.ts";
import { openOwner, requireRecordId } from "../override_access.ts";
import { print } from "../record_output.ts";
import { findRequest } from "../request_decision.ts";
import { endOwnRequest } from "../request_ending.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof CANCEL_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireRecordId(description, operands[0]!);
  await using announcer = openAnnouncer(flags, host);
  const owner = await openOwner(flags, host);
  await using store = await owner.openRequests(flags.requestTable);
  const request = await findRequest(store, id);
  const by = await owner.identity();
  const ended = await endOwnRequest(request, { by, verb: "cancel", store, announcer });
  const now = systemClock.now();
  print(
    {
      human: () => `Request ${id} is ${ended.status}.\n`,
      json: () => requestDetail(ended, now),
      columns: REQUEST_COLUMNS,
      rows: () => [requestRow(ended, now)],
    },
    { output: flags.output, terminal: host.terminal },
  );
  return 0;
}
