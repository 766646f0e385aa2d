/**
 * `sentinel breakglass-check`: all that is known of one event, and what it is worth. It changes
 * nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { CountedEvents } from "../../store/counted_events.ts";
import { EVENT_COLUMNS, eventRow, formatEvent } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import { type BREAKGLASS_CHECK_FLAGS, description } from "../descriptions/breakglass_check.ts";
import { findEvent } from "../event_record.ts";
import type { Host } from "../host.ts";
import { openDecider, requireRecordId } from "../override_access.ts";
import { outputWidth, print } from "../record_output.ts";
import { eventStanding } from "../record_standing.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof BREAKGLASS_CHECK_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireRecordId(description, operands[0]!);
  const access = openDecider(flags, host);
  await using store = await access.openEvents(flags.breakglassTable);
  const event = await new CountedEvents(store).count(await findEvent(store, id));
  const now = systemClock.now();
  const load = () => access.loadPolicy(flags.policy);
  const standing = await eventStanding(event, { now, load });
  const shown = { now, exact: flags.exact, width: outputWidth(host.terminal) };
  const verdict = { gives_access: standing.givesAccess, reason: standing.reason };
  print(
    {
      human: () => `${formatEvent(event, shown)}\n${standing.reason}\n`,
      json: () => ({ ...eventRow(event, now), ...verdict }),
      columns: [...EVENT_COLUMNS, "gives_access", "reason"],
      rows:
        () => [{ ...eventRow(event, now), ...verdict, gives_access: `${verdict.gives_access}` }],
    },
    { output: flags.output, terminal: host.terminal },
  );
  return 0;
}
