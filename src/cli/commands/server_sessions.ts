/**
 * `sentinel server-sessions`: who is serving which profile. It reads and changes nothing.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { assertNever } from "../../errors.ts";
import type { SessionRecord } from "../../state/session.ts";
import type { SessionQuery } from "../../state/session_query.ts";
import { listSessions } from "../../store/session_listing.ts";
import { quote } from "../../text/printable.ts";
import type { FlagValues, Invocation } from "../command.ts";
import { description, type SERVER_SESSIONS_FLAGS } from "../descriptions/server_sessions.ts";
import type { Host } from "../host.ts";
import { showLive } from "../live_view.ts";
import { formatCsv, formatJson } from "../output.ts";
import { formatExact } from "../relative_time.ts";
import {
  openSessionAdministration,
  type SessionAdministration,
} from "../session_administration.ts";
import { formatSessionTable, SESSION_COLUMNS, sessionRow } from "../session_table_view.ts";
import type { Terminal } from "../terminal.ts";
import { usageError } from "../usage.ts";

type Flags = FlagValues<typeof SERVER_SESSIONS_FLAGS>;

/** The sessions that were found. */
interface Found {
  readonly records: readonly SessionRecord[];
  /** There are more than were asked for. */
  readonly more: boolean;
  /** The moment at which they were judged, in milliseconds since the epoch. */
  readonly now: number;
}

const WATCH_MS = 2000;

/** Runs the command. */
export async function run(
  { flags }: Invocation<typeof SERVER_SESSIONS_FLAGS>,
  host: Host,
): Promise<number> {
  const { terminal } = host;
  if (flags.watch) requireScreen(flags, terminal);
  await using session = await openSessionAdministration(flags, host);
  const user = await userOf(flags, session);
  const find = () => findSessions(session, flags, user);
  if (flags.watch) {
    const frame = async () => formatFrame(await find(), { flags, terminal, session });
    await showLive({ terminal, frame, pause });
    return 0;
  }
  print(await find(), { flags, terminal, user });
  return 0;
}

function requireScreen({ output }: Flags, { stdoutIsTerminal }: Terminal): void {
  if (output !== "human") {
    throw usageError(description, `--watch cannot be used with --output ${output}`);
  }
  if (!stdoutIsTerminal) {
    throw usageError(
      description,
      "--watch needs a terminal to draw on",
      "Leave out --watch, or send the output to a terminal.",
    );
  }
}

async function pause(): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  return true;
}

/** Whose sessions are listed; `null`: everyone's. */
async function userOf(
  { user, allUsers }: Flags,
  { administration, isEmbedded }: SessionAdministration,
): Promise<string | null> {
  if (user !== null) return user;
  // All sessions of a table in a file are the caller's own.
  if (allUsers || isEmbedded) return null;
  return (await administration.identity()).user;
}

async function findSessions(
  { store }: SessionAdministration,
  flags: Flags,
  user: string | null,
): Promise<Found> {
  const { status, profile, sinceSeconds, limit } = flags;
  const now = systemClock.now();
  const query: SessionQuery = {
    user,
    profile,
    status,
    since: sinceSeconds === null ? null : now - sinceSeconds * 1000,
  };
  const records = await Array.fromAsync(listSessions(store, query, { now, limit: limit + 1 }));
  return { records: records.slice(0, limit), more: records.length > limit, now };
}

function print(
  { records, more, now }: Found,
  { flags, terminal, user }: {
    readonly flags: Flags;
    readonly terminal: Terminal;
    readonly user: string | null;
  },
): void {
  switch (flags.output) {
    case "json":
      terminal.out(formatJson(records.map((record) => sessionRow(record, now))));
      break;
    case "csv":
      terminal.out(formatCsv(SESSION_COLUMNS, records.map((record) => sessionRow(record, now))));
      break;
    case "human":
      if (records.length === 0) tellNone(terminal, user);
      else {terminal.out(
          formatSessionTable(records, { now, exact: flags.exact, width: widthOf(terminal) }),
        );}
      break;
    default:
      assertNever(flags.output);
  }
  if (more) {
    terminal.err(`Only the newest ${flags.limit} are shown; see more with --limit.\n`);
  }
}

function tellNone(terminal: Terminal, user: string | null): void {
  terminal.err(user === null ? "No sessions.\n" : `No sessions of ${quote(user)}.\n`);
}

function widthOf({ stdoutIsTerminal, columns }: Terminal): number {
  return stdoutIsTerminal ? columns : Infinity;
}

function formatFrame(
  { records, more, now }: Found,
  { flags, terminal, session }: {
    readonly flags: Flags;
    readonly terminal: Terminal;
    readonly session: SessionAdministration;
  },
): string {
  const count = `${records.length}${more ? "+" : ""} ${
    records.length === 1 ? "session" : "sessions"
  }`;
  const head = `${quote(session.store.table)}  ${count}  ${formatExact(now)}`;
  if (records.length === 0) return `${head}\n`;
  const table = formatSessionTable(records, { now, exact: flags.exact, width: terminal.columns });
  return `${head}\n\n${table}`;
}
