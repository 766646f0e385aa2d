/**
 * Sessions as a person reads them: a table that fits the terminal, and one session in full. What
 * records say is printable here, an id is never cut, and nothing is read or decided.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { credentialsEnd } from "../state/credential_reach.ts";
import { effectiveStatus, type SessionRecord } from "../state/session.ts";
import { abbreviate, printable } from "../text/printable.ts";
import { textWidth } from "../text/text_width.ts";
import type { OutputRow } from "./output.ts";
import { formatExact, formatRelative } from "./relative_time.ts";

/** How sessions are shown. */
export interface SessionViewOptions {
  /** The moment to which times are relative, in milliseconds since the epoch. */
  readonly now: number;
  /** Whether times are shown exactly. */
  readonly exact: boolean;
}

/** How a table of sessions is shown. */
export interface SessionTableOptions extends SessionViewOptions {
  /** Width of the terminal; `Infinity` where nothing need fit. */
  readonly width: number;
}

interface CellFormats {
  readonly now: number;
  readonly time: (moment: number) => string;
}

interface Column {
  readonly title: string;
  readonly cell: (record: SessionRecord, show: CellFormats) => string;
  /** Its text may be cut down to this width. */
  readonly leastWidth?: number;
  /** Of the columns that do not fit, the one with the highest number goes first. */
  readonly dispensable?: number;
  readonly alignRight?: true;
}

const COLUMNS: readonly Column[] = [
  { title: "ID", cell: (record) => record.id },
  { title: "STATUS", cell: (record, { now }) => effectiveStatus(record, now) },
  { title: "USER", cell: (record) => printable(record.user), leastWidth: 8 },
  {
    title: "PROFILE",
    cell: (record) => printable(record.profile),
    leastWidth: 8,
    dispensable: 1,
  },
  { title: "STARTED", cell: (record, { time }) => time(record.startedAt), dispensable: 2 },
  { title: "LAST USED", cell: (record, { time }) => time(record.lastAccessAt), dispensable: 4 },
  { title: "EXPIRES", cell: (record, { time }) => time(record.expiresAt), dispensable: 3 },
  {
    title: "REQUESTS",
    cell: (record) => String(record.requestCount),
    dispensable: 5,
    alignRight: true,
  },
];
const GAP = "  ";

/** `records` as a table with a header, each line no wider than the terminal. */
export function formatSessionTable(
  records: readonly SessionRecord[],
  options: SessionTableOptions,
): string {
  const formats = { now: options.now, time: timeFormat(options) };
  const cells = COLUMNS.map(({ cell }) => records.map((record) => cell(record, formats)));
  const widest = COLUMNS.map(({ title }, index) =>
    cells[index]!.reduce((width, text) => Math.max(width, textWidth(text)), title.length)
  );
  const shown = fit(widest, options.width);
  const line = (texts: readonly string[]) =>
    shown.map(({ index, width }) => {
      const text = cut(texts[index]!, width);
      const blanks = " ".repeat(width - textWidth(text));
      return COLUMNS[index]!.alignRight ? blanks + text : text + blanks;
    }).join(GAP).trimEnd();
  const rows = records.map((_, row) => line(cells.map((column) => column[row]!)));
  return `${[line(COLUMNS.map(({ title }) => title)), ...rows].join("\n")}\n`;
}

interface ShownColumn {
  readonly index: number;
  readonly width: number;
}

/** Which columns are shown how wide: texts are cut first, then whole columns go. */
function fit(widest: readonly number[], width: number): ShownColumn[] {
  let shown = widest.map((width, index) => ({ index, width }));
  const excess = () =>
    shown.reduce((sum, column) => sum + column.width, GAP.length * (shown.length - 1)) - width;
  const rank = ({ index }: ShownColumn) => COLUMNS[index]!.dispensable ?? 0;
  for (;;) {
    const tooMuch = excess();
    if (tooMuch <= 0) return shown;
    const slack = ({ index, width }: ShownColumn) => width - (COLUMNS[index]!.leastWidth ?? width);
    const most = shown.reduce((sum, column) => sum + Math.max(0, slack(column)), 0);
    if (most >= tooMuch) return shrink(shown, tooMuch);
    const last = Math.max(...shown.map(rank));
    if (last === 0) return shrink(shown, most);
    shown = shown.filter((column) => rank(column) !== last);
  }
}

/** Takes `excess` away from the columns that may be cut, the widest first. */
function shrink(columns: readonly ShownColumn[], excess: number): ShownColumn[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left--) {
    let widest = -1;
    for (const [place, { index }] of columns.entries()) {
      if (widths[place]! <= (COLUMNS[index]!.leastWidth ?? Infinity)) continue;
      if (widest === -1 || widths[place]! > widths[widest]!) widest = place;
    }
    if (widest === -1) break;
    widths[widest]!--;
  }
  return columns.map(({ index }, place) => ({ index, width: widths[place]! }));
}

/** `text` in at most `width` cells. */
function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let length = Math.min(text.length, width);
  while (length > 1 && textWidth(abbreviate(text, length)) > width) length--;
  return abbreviate(text, length);
}

function timeFormat({ now, exact }: SessionViewOptions): (moment: number) => string {
  return exact ? formatExact : (moment) => formatRelative(moment, now);
}

/** Everything that is known of one session, and what it still allows. */
export function formatSession(record: SessionRecord, options: SessionViewOptions): string {
  const time = timeFormat(options);
  const fields: readonly (readonly [string, string | null])[] = [
    ["Session", record.id],
    ["Status", effectiveStatus(record, options.now)],
    ["User", record.user],
    ["Profile", record.profile],
    ["Started", time(record.startedAt)],
    ["Last used", record.requestCount === 0 ? "never" : time(record.lastAccessAt)],
    ["Requests", `${record.requestCount}`],
    ["Expires", time(record.expiresAt)],
    ["Recorded", time(record.createdAt)],
    ["Changed", time(record.updatedAt)],
    ["Server", record.serverInstanceId === "" ? null : record.serverInstanceId],
    ["Source identity", record.sourceIdentity],
    ["Revoked by", record.revokedBy],
    ["Reason", record.revokedReason],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : [`${name.padEnd(16)} ${printable(value)}`]
  );
  return `${lines.join("\n")}\n\n${formatReach(record, options.now)}\n`;
}

/** What a session still allows, in a sentence or two. */
export function formatReach(record: SessionRecord, now: number): string {
  const end = credentialsEnd(record, now);
  const until = formatExact(roundUp(end));
  const status = effectiveStatus(record, now);
  switch (status) {
    case "active":
      return "It may get credentials. Were it revoked now, those handed out so far would remain " +
        `valid until ${until} at the latest.`;
    case "revoked":
    case "expired": {
      if (record.status === "active") {
        return "It has run out: where the policy requires the session it gets no credentials. " +
          "Elsewhere a server whose machine only slept may go on; revoke it to be sure.";
      }
      if (end <= now) return "It gets no credentials, and all that it got have expired.";
      return "It gets no credentials. Those handed out until " +
        `${formatExact(record.updatedAt)} remain valid ` +
        `until ${until} at the latest.`;
    }
    default:
      return assertNever(status);
  }
}

/** Moments are shown to the second: an end must not be shown too early. */
function roundUp(moment: number): number {
  return Math.ceil(moment / 1000) * 1000;
}

/** Columns of {@linkcode sessionRow}: the attributes of the table, and what they amount to. */
export const SESSION_COLUMNS = [
  "id",
  "user",
  "profile",
  "status",
  "started_at",
  "last_access_at",
  "expires_at",
  "created_at",
  "updated_at",
  "request_count",
  "server_instance_id",
  "source_identity",
  "revoked_by",
  "revoked_reason",
  "credentials_valid_until",
] as const;

/** A session for machines. `status` is what it means now; times are RFC 3339. */
export function sessionRow(record: SessionRecord, now: number): OutputRow {
  const moment = (time: number) => new Date(time).toISOString();
  return {
    id: record.id,
    user: record.user,
    profile: record.profile,
    status: effectiveStatus(record, now),
    started_at: moment(record.startedAt),
    last_access_at: moment(record.lastAccessAt),
    expires_at: moment(record.expiresAt),
    created_at: moment(record.createdAt),
    updated_at: moment(record.updatedAt),
    request_count: record.requestCount,
    server_instance_id: record.serverInstanceId === "" ? null : record.serverInstanceId,
    source_identity: record.sourceIdentity,
    revoked_by: record.revokedBy,
    revoked_reason: record.revokedReason,
    credentials_valid_until: moment(roundUp(credentialsEnd(record, now))),
  };
}
