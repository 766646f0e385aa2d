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
import { openDecider, requireRecordId } from "../override_access.ts";
import { outputWidth, print } from "../record_output.ts";
import { requestStanding } from "../record_standing.ts";
import { findRequest } from "../request_decision.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof CHECK_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireRecordId(description, operands[0]!);
  const access = openDecider(flags, host);
  await using store = await access.openRequests(flags.requestTable);
  const request = await findRequest(store, id);
  const now = systemClock.now();
  const load = () => access.loadPolicy(flags.policy);
  const standing = await requestStanding(request, { now, load });
  const shown = { now, exact: flags.exact, width: outputWidth(host.terminal) };
  const verdict = { gives_access: standing.givesAccess, reason: standing.reason };
  print(
    {
      human: () => `${formatRequest(request, shown)}\n${standing.reason}\n`,
      json: () => ({ ...requestDetail(request, now), ...verdict }),
      columns: [...REQUEST_COLUMNS, "gives_access", "reason"],
      rows: () => [{
        ...requestRow(request, now),
        ...verdict,
        gives_access: `${verdict.gives_access}`,
      }],
    },
    { output: flags.output, terminal: host.terminal },
  );
  return 0;
}
