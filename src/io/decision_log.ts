/**
 * The decision log: JSON Lines, one write a line, appended. When a log was asked for and a record
 * cannot be written whole, the caller is told, and credentials are withheld (P14).
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { DecisionRecord } from "../gate/decision_record.ts";
import type { DecisionLog } from "../gate/ports.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";

/** Longest text of a field: lines stay small enough to be written in one piece. */
const MAX_TEXT = 2048;

/** A decision log that holds a file open. */
export interface OpenDecisionLog extends DecisionLog, Disposable {}

// JSON escapes C0 only: what could move a cursor or reorder a line in a viewer is escaped too.
const UNSAFE =
  /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]|\udb40[\udc00-\udfff]/g;

/** One line of the log, with its newline: ASCII control and direction characters are escaped. */
export function formatDecisionRecord(record: DecisionRecord): string {
  const json = JSON.stringify(
    record,
    (_key, value) =>
      typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value,
  );
  const safe = json.replace(UNSAFE, (match) => {
    let escaped = "";
    for (let i = 0; i < match.length; i++) {
      escaped += `\\u${match.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
  return `${safe}\n`;
}

/** Opens `path` for appending: created 0600; an existing file must be a regular one of this user. */
export function openDecisionLogFile(path: string): OpenDecisionLog {
  const unwritable = (reason: string, cause?: unknown) =>
    new SentinelError("LOG_UNWRITABLE", `Cannot write decision log ${quote(path)}: ${reason}`, {
      cause,
    });
  let file: Deno.FsFile;
  try {
    // Opening a pipe would wait for its reader, for ever when there is none.
    if (!isFileOrNothing(path)) throw unwritable("it is not a regular file");
    file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  } catch (error) {
    throw error instanceof SentinelError ? error : unwritable(describeFault(error), error);
  }
  const encoder = new TextEncoder();
  /** A line that was cut short (a full disk) must not run into the next one. */
  let torn = false;
  try {
    const info = file.statSync();
    if (!info.isFile) throw unwritable("it is not a regular file");
    if (info.mode !== null && (info.mode & 0o077) !== 0) {
      if (info.uid !== Deno.uid()) throw unwritable("it belongs to another user");
      Deno.chmodSync(path, 0o600);
    }
  } catch (error) {
    file.close();
    throw error instanceof SentinelError ? error : unwritable(describeFault(error), error);
  }

  return {
    append(record) {
      const line = encoder.encode(`${torn ? "\n" : ""}${formatDecisionRecord(record)}`);
      let written = 0;
      try {
        if (file.statSync().nlink === 0) throw unwritable("it was deleted");
        written = file.writeSync(line);
      } catch (error) {
        throw error instanceof SentinelError ? error : unwritable(describeFault(error), error);
      }
      torn = written > 0 && written < line.length;
      if (written !== line.length) throw unwritable("the line was cut short (is the disk full?)");
    },
    [Symbol.dispose]() {
      file.close();
    },
  };
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

/** A log on a stream such as standard error, written by `write` (all of it, or it throws). */
export function createDecisionLogStream(write: (line: string) => void): DecisionLog {
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

/** Both logs at once: a record that one of them cannot take is not written at all by the caller. */
export function combineDecisionLogs(logs: readonly DecisionLog[]): DecisionLog | null {
  const [first, ...rest] = logs;
  if (first === undefined) return null;
  if (rest.length === 0) return first;
  return {
    append(record) {
      for (const log of logs) log.append(record);
    },
  };
}
