/**
 * Sessions as a person reads them: a table that fits the terminal, and one session in full. What
 * records say is printable here, an id is never cut, and nothing is read or decided.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { credentialsEnd } from "../state/credential_reach.ts";
import { effectiveStatus, type SessionRecord } from "../state/session.ts";
import { printable } from "../text/printable.ts";
import type { OutputRow } from "./output.ts";
import { formatExact } from "./relative_time.ts";
import {
  type Column,
  formatFields,
  formatTable,
  type TableOptions,
  timeFormat,
  type ViewOptions,
} from "./table_layout.ts";

const COLUMNS: readonly Column<SessionRecord>[] = [
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

/** `records` as a table with a header, each line no wider than the terminal. */
export function formatSessionTable(
  records: readonly SessionRecord[],
  options: TableOptions,
): string {
  return formatTable(COLUMNS, records, options);
}

/** Everything that is known of one session, and what it still allows. */
export function formatSession(record: SessionRecord, options: ViewOptions): string {
  const time = timeFormat(options);
  const fields = formatFields([
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
  ]);
  return `${fields}\n${formatReach(record, options.now)}\n`;
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
