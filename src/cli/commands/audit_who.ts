/**
 * `sentinel audit who`: joins decision logs and the session table on a key that CloudTrail or a
 * listing shows. It reads and changes nothing, and opens no table that only a log names.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { asSentinelError, assertNever } from "../../errors.ts";
import type { DecisionRecord } from "../../gate/decision_record.ts";
import { parseSourceIdentity } from "../../gate/source_identity.ts";
import { DecisionLogReader } from "../../io/decision_log_reader.ts";
import { concerns, groupAccesses } from "../../state/audit.ts";
import { isRecordId } from "../../state/record_value.ts";
import type { SessionRecord } from "../../state/session.ts";
import { printable } from "../../text/printable.ts";
import { logPaths, tellUnreadable } from "../audit_logs.ts";
import {
  ACCESS_COLUMNS,
  accessRow,
  formatAccesses,
  type WhoAudit,
  whoDocument,
} from "../audit_view.ts";
import type { Invocation } from "../command.ts";
import { type AUDIT_WHO_FLAGS, description } from "../descriptions/audit_who.ts";
import type { Host } from "../host.ts";
import { formatCsv, formatJson } from "../output.ts";
import { openSessionAdministration } from "../session_administration.ts";
import { formatSession } from "../session_table_view.ts";
import { tellError, tellWarning } from "../terminal.ts";
import { shown, usageError } from "../usage.ts";

const EXIT_NOT_FOUND = 1;

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof AUDIT_WHO_FLAGS>,
  host: Host,
): Promise<number> {
  const [text = "", ...others] = operands;
  const key = understandKey(text);
  const logs = new DecisionLogReader(logPaths(flags.logFile, others));
  const decisions: DecisionRecord[] = [];
  for await (const record of logs.read()) {
    if (concerns(record, key)) decisions.push(record);
  }
  tellUnreadable(host, logs.unreadable);
  const id = sessionOf(key, decisions);
  const session = id === null ? null : await readSession(id, { flags, host, decisions });
  const audit = { key, accesses: groupAccesses(decisions), session, now: systemClock.now() };
  if (audit.accesses.length === 0 && session === null) {
    tellError(host.terminal, {
      message: `Nobody is known by ${shown(key)}: neither the logs nor the session table have it`,
      suggestion:
        "Name the log of the machine it was used on with --log-file, and the table with --table.",
    });
    return EXIT_NOT_FOUND;
  }
  print(audit, flags.output, host);
  return 0;
}

/** An ARN stands for the name of its session, which is the source identity. Throws `USAGE`. */
function understandKey(text: string): string {
  const key = text.startsWith("arn:") ? text.slice(text.lastIndexOf("/") + 1) : text;
  const isKey = /^A[A-Z0-9]{15,127}$/.test(key) || isRecordId(key) ||
    parseSourceIdentity(key) !== null;
  if (isKey) return key;
  throw usageError(
    description,
    `${shown(text)} is neither an access key id, nor a session id, nor a source identity`,
    "Write it as CloudTrail shows it: ASIA…, sentinel=…, or 16 hexadecimal digits.",
  );
}

/** The session to look up: the one that the decisions name, else the one that the key may name. */
function sessionOf(key: string, decisions: readonly DecisionRecord[]): string | null {
  const named = decisions.findLast((decision) => decision.session_id !== undefined)?.session_id;
  if (named !== undefined) return named;
  // What the log knows has no session: it came through another door than the server.
  if (decisions.length > 0) return null;
  return isRecordId(key) ? key : parseSourceIdentity(key)?.id ?? null;
}

/** The session's record, or `null`; where the log has an answer, a table that fails is a warning. */
async function readSession(
  id: string,
  { flags, host, decisions }: {
    readonly flags: Invocation<typeof AUDIT_WHO_FLAGS>["flags"];
    readonly host: Host;
    readonly decisions: readonly DecisionRecord[];
  },
): Promise<SessionRecord | null> {
  try {
    await using session = await openSessionAdministration(flags, host);
    const record = await session.store.get(id);
    const elsewhere = decisions.findLast(({ session_id }) => session_id === id)?.session_table;
    if (record === null && elsewhere !== undefined && elsewhere !== session.store.table) {
      tellWarning(
        host.terminal,
        `the log has session ${id} in another table: --table ${elsewhere}`,
      );
    }
    return record;
  } catch (thrown) {
    if (decisions.length === 0) throw thrown;
    tellWarning(host.terminal, asSentinelError(thrown).message);
    return null;
  }
}

function print(audit: WhoAudit, output: "human" | "json" | "csv", host: Host): void {
  switch (output) {
    case "human": {
      const { session, now } = audit;
      const parts = [
        ...(audit.accesses.length === 0 ? [] : [formatAccesses(audit)]),
        ...(session === null ? [] : [formatSession(session, { now, exact: true })]),
      ];
      host.terminal.out(`${printable(audit.key)}\n\n${parts.join("\n")}`);
      return;
    }
    case "json":
      host.terminal.out(formatJson(whoDocument(audit)));
      return;
    case "csv":
      host.terminal.out(formatCsv(ACCESS_COLUMNS, audit.accesses.map(accessRow)));
      return;
    default:
      assertNever(output);
  }
}
