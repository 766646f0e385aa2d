/**
 * Entries of `approvals` and `break_glass` in a line: who may lift what, and how far. Printable.
 *
 * @module
 */
import type { ApprovalRule, BreakGlassRule } from "../policy/policy.ts";
import { formatDuration } from "../text/duration.ts";
import { printable } from "../text/printable.ts";

/** `approved by 2 of bob, carol, for 8h at most`; `may break the glass, for 1h at most: …`. */
export function describeEntry(entry: ApprovalRule | BreakGlassRule): string {
  const longest = `for ${formatDuration(entry.maxDurationSeconds)} at most`;
  if ("lifts" in entry) return `may break the glass, ${longest}: ${entry.lifts.join(", ")}`;
  const { approvers, required, autoApproval } = entry;
  const who = approvers.map(printable).join(", ");
  const by = required === 1 ? who : `${required} of ${who}`;
  const itself = autoApproval === null
    ? ""
    : `; requests of ${autoApproval.users.map(printable).join(", ")} may approve themselves`;
  return `approved by ${by}, ${longest}${itself}`;
}
