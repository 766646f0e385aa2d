/**
 * Files that only their owner may read: caches of credentials and of what was worked out before.
 * A file is replaced as a whole or not at all, and one that others could have written is not
 * believed.
 *
 * @module
 */
import { quote } from "../text/printable.ts";

/** No cache holds more in one file, in bytes: what is larger was not written by this program. */
const MAX_BYTES = 64 * 2 ** 20;

/** Not only ours, or not what it should be: must not be used. The message is printable. */
export class UntrustedFileError extends Error {
  override readonly name = "UntrustedFileError";
}

let uid: number | null | undefined;

/** Numeric id of this user, or `null` where the platform has none. */
export function ownUid(): number | null {
  // Asked once: a server gives up the permission to ask.
  if (uid === undefined) uid = Deno.uid();
  return uid;
}

/** Whom else a file may be open to. */
export interface TrustOptions {
  /** Others may read it, as other programs write it; never may they write to it. Default: false. */
  readonly readableByOthers?: boolean;
}

/** Fails unless `info` belongs to this user and nobody else can read or write it. */
function trust(
  path: string,
  info: Deno.FileInfo,
  { readableByOthers = false }: TrustOptions = {},
): void {
  // Windows has neither modes nor numeric owners; its profile directories are private by default.
  if (Deno.build.os === "windows") return;
  if (info.uid !== null && info.uid !== ownUid()) {
    throw new UntrustedFileError(`${quote(path)} belongs to another user`);
  }
  if (info.mode !== null && (info.mode & (readableByOthers ? 0o022 : 0o077)) !== 0) {
    throw new UntrustedFileError(
      `${quote(path)} is accessible by other users; run: chmod go= ${quote(path)}`,
    );
  }
}

/** Creates `directory` (0700) where it is missing; fails when others have access to it. */
export function ensurePrivateDirectory(directory: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(directory);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    info = Deno.lstatSync(directory);
  }
  if (!info.isDirectory) throw new UntrustedFileError(`${quote(directory)} is not a directory`);
  trust(directory, info);
}

/** The text of a private file, or `null` when there is none, or nothing that is text. */
export function readPrivateFile(path: string, options?: TrustOptions): string | null {
  let file: Deno.FsFile;
  try {
    // A link could lead to a file that was put there by somebody else; a pipe would never open.
    if (!Deno.lstatSync(path).isFile) throw new UntrustedFileError(`${quote(path)} is not a file`);
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    // What was opened is what is judged, whatever stands at the path by now.
    const info = file.statSync();
    if (!info.isFile) throw new UntrustedFileError(`${quote(path)} is not a file`);
    trust(path, info, options);
    return info.size > MAX_BYTES ? null : decode(readBytes(file, info.size));
  } finally {
    file.close();
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Up to `size` bytes from where `file` stands. */
export function readBytes(file: Deno.FsFile, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/**
 * Replaces `path` by a file with `text`, atomically: readers see the old or the new. Its mode is
 * 0600, or 0400 for one that nobody is to write to.
 */
export function writePrivateFile(
  path: string,
  text: string,
  { mode = 0o600 }: { readonly mode?: 0o600 | 0o400 } = {},
): void {
  const unique = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const temporary = `${path}.${unique}.tmp`;
  try {
    Deno.writeTextFileSync(temporary, text, { createNew: true, mode });
    Deno.renameSync(temporary, path);
  } catch (error) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It was never made, or is already in its place.
    }
    throw error;
  }
}

/** Keeps the `count` files of `directory` that were written last. What cannot be removed stays. */
export function keepNewest(directory: string, count: number): void {
  const files = Array.from(Deno.readDirSync(directory), ({ name }) => `${directory}/${name}`);
  if (files.length <= count) return;
  const writtenAt = new Map(files.map((path) => [path, modified(path)]));
  files.sort((a, b) => writtenAt.get(b)! - writtenAt.get(a)!);
  for (const path of files.slice(count)) {
    try {
      Deno.removeSync(path);
    } catch {
      // Another process may have removed it before.
    }
  }
}

function modified(path: string): number {
  try {
    return Deno.lstatSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}
