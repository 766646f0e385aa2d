/**
 * The text of a policy file, and what tells whether the file is still the one that was read. A
 * file that others may write, that is not a regular one or not UTF-8 gives no text, and neither
 * does one that is being written at this moment.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { PolicyProblem } from "../policy/policy.ts";
import { printable, quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import { readBytes } from "./private_file.ts";

/** Larger documents are refused, in bytes. */
export const MAX_POLICY_BYTES = 10 * 2 ** 20;
/** How often a file that changes while it is read is read again. */
const ATTEMPTS = 3;
/**
 * Deno reports the time of the last change of status (`ctime`) in whole seconds only: a file that
 * changed less than this before it was read may change again without looking different.
 */
const UNSETTLED_MS = 2500;

/** What tells that a file is the one that was read. */
export interface PolicySnapshot {
  readonly dev: number;
  readonly ino: number | null;
  readonly size: number;
  readonly mtime: number | null;
  readonly ctime: number | null;
  /** The file had been left alone long enough for these to be proof. */
  readonly settled: boolean;
}

/** A text, and the file that held it. */
export interface PolicyText {
  readonly text: string;
  readonly snapshot: PolicySnapshot;
  /** Numeric owner of the file, or `null` where the platform has none. */
  readonly owner: number | null;
}

/** Whether a file that now looks like `now` still holds what it held when it looked like `then`. */
export function isUnchanged(then: PolicySnapshot, now: PolicySnapshot): boolean {
  return then.settled && looksAlike(then, now);
}

/** What the file at `path` looks like. Throws `POLICY_UNREADABLE` when it may not be read. */
export function lookAtPolicy(path: string): PolicySnapshot {
  const now = Date.now();
  return snapshot(attempt(path, () => Deno.statSync(path)), { path, now });
}

/** Reads the file at `path`. Throws `POLICY_UNREADABLE`, or `POLICY_INVALID` when it is not text. */
export function readPolicyText(path: string): PolicyText {
  // Opening a pipe would block: look first, and judge what was opened afterwards.
  lookAtPolicy(path);
  for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
    const now = Date.now();
    using file = attempt(path, () => Deno.openSync(path, { read: true }));
    const info = attempt(path, () => file.statSync());
    const before = snapshot(info, { path, now });
    if (info.size > MAX_POLICY_BYTES) throw tooLarge(path);
    const bytes = attempt(path, () => readBytes(file, info.size + 1));
    const after = snapshot(attempt(path, () => file.statSync()), { path, now });
    // INVARIANT: half of a policy is not a policy, though it may look like one.
    if (bytes.length === info.size && looksAlike(before, after)) {
      return { text: decodePolicyText(bytes, path), snapshot: before, owner: info.uid };
    }
  }
  throw unreadable(path, "it is being written at this moment");
}

function looksAlike(a: PolicySnapshot, b: PolicySnapshot): boolean {
  return a.ino === b.ino && a.mtime === b.mtime && a.ctime === b.ctime && a.size === b.size &&
    a.dev === b.dev;
}

function snapshot(
  info: Deno.FileInfo,
  { path, now }: { readonly path: string; readonly now: number },
): PolicySnapshot {
  if (!info.isFile) throw unreadable(path, "it is not a regular file");
  if (Deno.build.os !== "windows" && ((info.mode ?? 0) & 0o002) !== 0) {
    throw unreadable(
      path,
      `every user of this machine may write it; run: chmod o-w ${quote(path)}`,
    );
  }
  const mtime = info.mtime?.getTime() ?? null;
  const ctime = info.ctime?.getTime() ?? null;
  // Without a time of the last change of status nothing is proof.
  const settled = ctime !== null && now - Math.max(mtime ?? Infinity, ctime) > UNSETTLED_MS;
  return { dev: info.dev, ino: info.ino, size: info.size, mtime, ctime, settled };
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(path, describeFault(error), error);
  }
}

/** The fault of a policy file that cannot be read for `reason`. */
export function unreadable(path: string, reason: string, cause?: unknown): SentinelError {
  return new SentinelError("POLICY_UNREADABLE", `Cannot read policy ${quote(path)}: ${reason}`, {
    cause,
  });
}

function tooLarge(source: string): SentinelError {
  return unreadable(source, `it is larger than ${MAX_POLICY_BYTES / 2 ** 20} MiB`);
}

/**
 * The text of a policy document that came as `bytes` from `source`. Throws `POLICY_UNREADABLE` when
 * it is too large, `POLICY_INVALID` when it is not UTF-8.
 *
 * INVARIANT: a byte that is not text must not turn into a character that may match something.
 */
export function decodePolicyText(bytes: Uint8Array, source: string): string {
  if (bytes.length > MAX_POLICY_BYTES) throw tooLarge(source);
  try {
    // The byte order mark stays, so that the text's digest is the file's.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const { line, column } = placeOfBadByte(bytes);
    const problem: PolicyProblem = { path: "", line, column, message: "is not UTF-8" };
    throw new SentinelError(
      "POLICY_INVALID",
      `Cannot load policy ${quote(source)}: 1 problem\n` +
        `${printable(source)}:${line}:${column}: ${problem.message}`,
      { details: { problems: [problem] }, cause: error },
    );
  }
}

/** Line and column, from 1, of the first byte that is not part of a character. */
function placeOfBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let line = 1;
  let lineLength = 0;
  for (let index = 0; index <= bytes.length; index++) {
    let character: string;
    try {
      // The last round finds a character that was begun and not finished.
      const stream = index < bytes.length;
      character = decoder.decode(bytes.subarray(index, index + 1), { stream });
    } catch {
      break;
    }
    lineLength += character.length;
    if (character === "\n") {
      line++;
      lineLength = 0;
    }
  }
  return { line, column: lineLength + 1 };
}
