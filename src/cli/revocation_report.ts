/**
 * What a revocation is about to do, what became of each session, and what it did not stop, in
 * words. Pure: what records say is printable here.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { SessionRecord } from "../state/session.ts";
import type { RevocationOutcome } from "../store/session_revocation.ts";
import { printable, quote } from "../text/printable.ts";
import { formatExact } from "./relative_time.ts";
import type { EndedSession, StopResult } from "./revocation.ts";
import { formatSessionTable } from "./session_table_view.ts";

/** How a preview is shown. */
export interface PreviewOptions {
  /** The session table, as the user gave it. */
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Width of the terminal; `Infinity` where nothing need fit. */
  readonly width: number;
}

const PREVIEW_ROWS = 20;

/** Which sessions are about to be stopped; there is at least one. */
export function formatPreview(
  sessions: readonly SessionRecord[],
  { table, now, width }: PreviewOptions,
): string {
  const rows = formatSessionTable(sessions.slice(0, PREVIEW_ROWS), { now, exact: false, width });
  const rest = Math.max(0, sessions.length - PREVIEW_ROWS);
  const count = sessions.length === 1 ? "1 session" : `${sessions.length} sessions`;
  return `${count} of session table ${quote(table)} would be stopped:\n\n` +
    `${rows}${rest === 0 ? "" : `… and ${rest} more\n`}\n`;
}

/** What became of one session, in a line without its end. */
export function formatOutcome(outcome: RevocationOutcome): string {
  switch (outcome.kind) {
    case "stopped":
      return `stopped       ${formatWhich(outcome.record)}`;
    case "over":
      return `already over  ${formatWhich(outcome.record)}  ${formatEnd(outcome.record)}`;
    case "failed":
      return `failed        ${outcome.id}  ${printable(outcome.error.message)}`;
    default:
      return assertNever(outcome);
  }
}

function formatWhich({ id, user, profile }: SessionRecord): string {
  return `${id}  user ${quote(user)}  profile ${quote(profile)}`;
}

/** How a session ended that was over already. */
function formatEnd(record: SessionRecord): string {
  if (record.status !== "revoked") return `ended ${formatExact(record.updatedAt)}`;
  if (record.expiresAt <= record.updatedAt) {
    return `ran out ${formatExact(record.expiresAt)}; marked revoked, so that it stays over`;
  }
  const by = record.revokedBy === null ? "" : ` by ${quote(record.revokedBy)}`;
  const why = record.revokedReason === null ? "" : `: ${quote(record.revokedReason)}`;
  return `revoked ${formatExact(record.updatedAt)}${by}${why}`;
}

/** The counts, and until when what `ended` sessions handed out remains valid. Whole lines. */
export function formatResult(
  { stopped, over, failed, untried }: StopResult,
  { ended, now }: { readonly ended: readonly EndedSession[]; readonly now: number },
): string {
  const nothing = stopped + over + failed + untried.length === 0;
  const counts = nothing ? "No active session was meant: nothing to stop" : [
    `${stopped} stopped`,
    `${over} already over`,
    `${failed} failed`,
    ...untried.length === 0 ? [] : [`${untried.length} not tried`],
  ].join(", ");
  if (ended.length === 0) return `${counts}.\n`;
  const end = ended.reduce((latest, session) => Math.max(latest, session.end), -Infinity);
  const reach = end <= now
    ? "All credentials that were handed out have expired."
    : "Credentials that were handed out already remain valid until " +
      `${formatExact(Math.ceil(end / 1000) * 1000)} at the latest.`;
  return `${counts}.\n${reach}\n`;
}
