/**
 * Files that only their owner may read: caches of credentials and of what was worked out before.
 * A file is replaced as a whole or not at all, and one that others could have written is not
 * believed.
 *
 * @module
 */

/** Not only ours, or not what it should be: must not be used. */
export class UntrustedFileError extends Error {
  override readonly name = "UntrustedFileError";
}

/** Fails unless `info` belongs to this user and nobody else can read or write it. */
function trust(path: string, info: Deno.FileInfo): void {
  // Windows has neither modes nor numeric owners; its profile directories are private by default.
  if (Deno.build.os === "windows") return;
  const uid = Deno.uid();
  if (info.uid !== null && info.uid !== uid) {
    throw new UntrustedFileError(`${path} belongs to another user`);
  }
  if (info.mode !== null && (info.mode & 0o077) !== 0) {
    throw new UntrustedFileError(`${path} is accessible by other users; run: chmod go= '${path}'`);
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
  if (!info.isDirectory) throw new UntrustedFileError(`${directory} is not a directory`);
  trust(directory, info);
}

/** The text of a private file, or `null` when there is none. */
export function readPrivateFile(path: string): string | null {
  let file: Deno.FsFile;
  try {
    // A link could lead to a file that was put there by somebody else.
    if (Deno.lstatSync(path).isSymlink) throw new UntrustedFileError(`${path} is a link`);
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  try {
    const info = file.statSync();
    if (!info.isFile) throw new UntrustedFileError(`${path} is not a file`);
    trust(path, info);
    const bytes = new Uint8Array(info.size);
    let length = 0;
    while (length < bytes.length) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  } finally {
    file.close();
  }
}

/** Replaces `path` by a 0600 file with `text`, atomically: readers see the old or the new. */
export function writePrivateFile(path: string, text: string): void {
  const unique = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const temporary = `${path}.${unique}.tmp`;
  try {
    Deno.writeTextFileSync(temporary, text, { createNew: true, mode: 0o600 });
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
