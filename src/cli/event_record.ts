/**
 * One break-glass event in every form, and how it is found.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { BreakGlassEvent } from "../state/break_glass_event.ts";
import type { BreakGlassStore } from "../store/override_store.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import { DEFAULT_BREAKGLASS_TABLE } from "./descriptions/approval_flags.ts";

/** The event of this id. Throws `OVERRIDE_NOT_FOUND`. */
export async function findEvent(store: BreakGlassStore, id: string): Promise<BreakGlassEvent> {
  const event = await store.get(id);
  if (event !== null) return event;
  throw new SentinelError(
    "OVERRIDE_NOT_FOUND",
    `There is no event ${id} in break-glass table ${quote(store.table)}`,
    { suggestion: `List what there is: sentinel breakglass-list${tableFlag(store.table)}` },
  );
}

/** The command that shows or closes an event, with its table where it is not the usual one. */
export function eventCommand(
  verb: "check" | "close",
  { id, table }: { readonly id: string; readonly table: string },
): string {
  return `sentinel breakglass-${verb} ${id}${tableFlag(table)}`;
}

function tableFlag(table: string): string {
  return table === DEFAULT_BREAKGLASS_TABLE ? "" : ` --breakglass-table ${shellWord(table)}`;
}
