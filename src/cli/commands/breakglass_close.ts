/**
 * `sentinel breakglass-close`: ends an emergency access before its time is over.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { closeEvent } from "../../state/break_glass_event.ts";
import { COMMENT } from "../../state/prose.ts";
import { openAnnouncer } from "../announcer.ts";
import { EVENT_COLUMNS, eventRow } from "../approval_view.ts";
import type { Invocation } from "../command.ts";
import { type BREAKGLASS_CLOSE_FLAGS, description } from "../descriptions/breakglass_close.ts";
import { eventCommand, findEvent } from "../event_record.ts";
import type { Host } from "../host.ts";
import { openOwner, requireRecordId } from "../override_access.ts";
import { changeRecord } from "../record_change.ts";
import { print } from "../record_output.ts";
import { requireProse } from "../request_filing.ts";

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof BREAKGLASS_CLOSE_FLAGS>,
  host: Host,
): Promise<number> {
  const id = requireRecordId(description, operands[0]!);
  const { reason, breakglassTable: table } = flags;
  requireProse(reason, { name: "reason", bounds: COMMENT });
  await using announcer = openAnnouncer(flags, host);
  const owner = await openOwner(flags, host);
  await using store = await owner.openEvents(table);
  const by = await owner.identity();
  const event = await findEvent(store, id);
  const closed = await announcer.during(() =>
    changeRecord(event, {
      action: `close break-glass event ${id}`,
      seeAlso: eventCommand("check", { id, table }),
      change: (record) => closeEvent(record, { by, reason, now: systemClock.now() }),
      replace: (from, to) => store.replace(from, to),
      // Ending access is right whatever else somebody has written into the record.
      shown: () => id,
    })
  );
  announcer.announce({
    name: "breakglass.closed",
    at: closed.updatedAt,
    by,
    table,
    comment: reason,
    event: closed,
    escalation: null,
  });
  const now = systemClock.now();
  print(
    {
      human: () => `Break-glass event ${id} is closed.\n`,
      json: () => eventRow(closed, now),
      columns: EVENT_COLUMNS,
      rows: () => [eventRow(closed, now)],
    },
    { output: flags.output, terminal: host.terminal },
  );
  return 0;
}
