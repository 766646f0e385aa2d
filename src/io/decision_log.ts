/**
 * The decision log: JSON Lines, one write a line, appended. When a log was asked for and a record
 * cannot be written whole, the caller is told, and credentials are withheld (P14).
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { DecisionRecord } from "../gate/decision_record.ts";
import type { DecisionLog } from "../gate/ports.ts";
import type { EventRecord } from "../state/announcement.ts";
import { printableJson, quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import { ownUid } from "./private_file.ts";

/** Longest text of a field, in UTF-16 units: no request can fill the disk, or a line. */
const MAX_TEXT = 2048;
const LINE_FEED = 0x0a;
/** How often, and how far apart, the end of the file is looked at before a line counts as torn. */
const LOOKS = 5;
const LOOK_AGAIN_MS = 1;

/** What stands in a line: a decision, or what happened to an approval or a break-glass event. */
export type LogRecord = DecisionRecord | EventRecord;

/** Takes lines of both kinds; throws `LOG_UNWRITABLE` when it cannot. */
export interface EventLog extends DecisionLog {
  append(record: LogRecord): void;
}

/** A decision log that holds a file open. */
export interface OpenDecisionLog extends EventLog, Disposable {}

/**
 * One line of the log, with its newline. It reads back as the record, long texts apart; JSON
 * escapes the C0 controls only, so what else could move a cursor or reorder a line is escaped too.
 */
export function formatDecisionRecord(record: LogRecord): string {
  const json = JSON.stringify(
    record,
    (_key, value) => typeof value === "string" ? cut(value) : value,
  );
  return `${printableJson(json)}\n`;
}

function cut(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const kept = text.slice(0, MAX_TEXT);
  // Half a character at the end is none.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/**
 * Opens `path` for appending: created 0600; an existing file must be a regular one of this user,
 * and is closed to others. Throws `LOG_UNWRITABLE`.
 */
export function openDecisionLogFile(path: string): OpenDecisionLog {
  const file = attempt(path, () => openLog(path));
  const encoder = new TextEncoder();
  /** Where our last line ended: while the file ends there, it ends with a line. */
  let end = -1;

  function append(record: LogRecord): void {
    const { size, nlink } = file.statSync();
    if (nlink === 0) throw unwritable(path, "it was deleted");
    // INVARIANT: a line that was cut short, by whichever process, does not run into the next one.
    const start = size === end || endsWithLine(file) ? "" : "\n";
    const line = encoder.encode(start + formatDecisionRecord(record));
    const written = file.writeSync(line);
    end = size + written;
    if (written === line.length) return;
    end = -1;
    throw unwritable(path, "the line was cut short (is the disk full?)");
  }

  return {
    append: (record) => attempt(path, () => append(record)),
    [Symbol.dispose]: () => file.close(),
  };
}

function openLog(path: string): Deno.FsFile {
  // Opening a pipe would wait for its reader, for ever when there is none.
  if (!isFileOrNothing(path)) throw unwritable(path, "it is not a regular file");
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
  try {
    const info = file.statSync();
    if (!info.isFile) throw unwritable(path, "it is not a regular file");
    if (info.uid !== null && info.uid !== ownUid()) {
      throw unwritable(path, "it belongs to another user");
    }
    if (info.mode !== null && (info.mode & 0o077) !== 0) Deno.chmodSync(path, 0o600);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Whether a log can be opened at `path`. A directory is left to the system, which says so. */
function isFileOrNothing(path: string): boolean {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return isFile || isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/**
 * Whether the file ends with a line, or is empty. A line of another process that is being written
 * grows a page at a time: it is not cut short unless it stays so.
 */
function endsWithLine(file: Deno.FsFile): boolean {
  for (let looks = 1;; looks++) {
    const { size } = file.statSync();
    if (size === 0 || lastByte(file, size) === LINE_FEED) return true;
    if (looks === LOOKS) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
}

function lastByte(file: Deno.FsFile, size: number): number | null {
  const byte = new Uint8Array(1);
  file.seekSync(size - 1, Deno.SeekMode.Start);
  return file.readSync(byte) === 1 ? byte[0]! : null;
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof SentinelError ? error : unwritable(path, describeFault(error), error);
  }
}

function unwritable(path: string, reason: string, cause?: unknown): SentinelError {
  const message = `Cannot write decision log ${quote(path)}: ${reason}`;
  if (!(cause instanceof Deno.errors.NotFound)) {
    return new SentinelError("LOG_UNWRITABLE", message, { cause });
  }
  // None is made here: a log in an unexpected place is one that nobody reads.
  const directory = quote(path.replace(/[^/\\]*$/, "") || ".");
  return new SentinelError("LOG_UNWRITABLE", message, {
    suggestion: `Make its directory: mkdir -p ${directory}; or name another file with --log-file.`,
    cause,
  });
}

/** A log on a stream such as standard error, written by `write` (all of it, or it throws). */
export function createDecisionLogStream(write: (line: string) => void): EventLog {
  return {
    append(record) {
      try {
        write(formatDecisionRecord(record));
      } catch (error) {
        throw new SentinelError(
          "LOG_UNWRITABLE",
          `Cannot write the decision log to standard error: ${describeFault(error)}`,
          { cause: error },
        );
      }
    },
  };
}

/** All logs at once, or `null` when there is none. Each gets the record; the first fault is thrown. */
export function combineDecisionLogs(logs: readonly EventLog[]): EventLog | null {
  const [first, ...rest] = logs;
  if (first === undefined) return null;
  if (rest.length === 0) return first;
  return {
    append(record) {
      const faults: unknown[] = [];
      for (const log of logs) {
        try {
          log.append(record);
        } catch (error) {
          faults.push(error);
        }
      }
      if (faults.length > 0) throw faults[0];
    },
  };
}
