/**
 * `sentinel check`: all that is known of one request, and what it is worth. It changes nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { formatRequest, REQUEST_COLUMNS, requestDetail, requestRow } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import { type CHECK_FLAGS, description } from "../descriptions/check.ts";
import type { Host } from "../host.ts";
import { loadPolicy, openDecider, requireRecordId } from "../override_access.ts";
import { print } from "../record_output.ts";
import { requestStanding } from "../record_standing.ts";
import { findRequest } from "../request_decision.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof CHECK_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireRecordId(description, operands[0]!);
  await using store = await openDecider(flags, host).openRequests(flags.requestTable);
  const request = await findRequest(store, id);
  const now = systemClock.now();
  const standing = await requestStanding(request, now, () => loadPolicy(flags.policy, host));
  const verdict = { gives_access: standing.givesAccess, reason: standing.reason };
  print(
    {
      human: () => `${formatRequest(request, { now, exact: flags.exact })}\n${standing.reason}\n`,
      json: () => ({ ...requestDetail(request, now), ...verdict }),
      columns: [...REQUEST_COLUMNS, "gives_access", "reason"],
      rows: () => [{
        ...requestRow(request, now),
        ...verdict,
        gives_access: `${verdict.gives_access}`,
      }],
    },
    flags.output,
    host.terminal,
  );
  return 0;
}
