/**
 * What a fault of SQLite, of its file or of its lock means, and what to do about it. SQLite's own
 * words are never repeated.
 *
 * @module
 */
import { type ErrorCode, SentinelError } from "../errors.ts";
import type { TableKind } from "./table_kind.ts";

/** Nobody waits for the lock any longer. */
export class GivenUp extends Error {}

/** The path leads to another file than was opened, or to none. */
export class FileGone extends Error {}

/** The database is `whose`; nothing in it was changed. */
export class ForeignDatabase extends Error {
  /** `whose`: completes `it is … database`. */
  constructor(readonly whose: string) {
    super();
  }
}

/** Primary result code of SQLite (https://sqlite.org/rescode.html), or `null`. */
function resultCode(thrown: unknown): number | null {
  const code = (thrown as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : null;
}

/** Whether another process holds the lock. */
export function isLocked(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === 5 || code === 6;
}

/** A fault of SQLite as an error that says what to do. */
export function sqliteFault(
  thrown: unknown,
  { action, kind }: { readonly action: string; readonly kind: TableKind },
): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const fault = (code: ErrorCode) => (reason: string, suggestion: string) =>
    new SentinelError(code, `Cannot ${action}: ${reason}`, { suggestion, cause: thrown });
  const unavailable = fault(kind.unavailable);
  const invalid = fault(kind.tableInvalid);
  const another = "Name another file: sqlite:PATH";
  if (thrown instanceof ForeignDatabase) {
    return invalid(`it is ${thrown.whose} database`, another);
  }
  if (thrown instanceof FileGone) {
    return unavailable("its file was removed or replaced", "Start again, and leave the file be.");
  }
  if (thrown instanceof GivenUp) return unavailable("no answer in time", "Try again.");
  switch (resultCode(thrown)) {
    case 1:
      return invalid(`its tables are not those of a ${kind.name} store`, another);
    case 5:
    case 6:
      return unavailable("another process holds its lock", "End that process, then try again.");
    case 8:
      return unavailable("it can only be read", "Make the file and its directory writable.");
    case 10:
      return unavailable("the disk reports an error", "Check the disk.");
    case 11:
      return invalid("the file is damaged", `Move it away; a new one is made. ${another}`);
    case 13:
      return unavailable("the disk is full", "Make room on the disk.");
    case 26:
      return invalid("the file is not a database", another);
    default:
      return unavailable("SQLite cannot use it", "Check the file and its directory.");
  }
}
