/**
 * The files of an embedded store belong to one user: they are created so, and a file that anyone
 * else can read, write or replace is refused rather than mended, since nobody knows what
 * happened to it before.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { TableKind } from "./table_kind.ts";

/** What SQLite keeps beside a database: whoever plants one of them writes into the database. */
const COMPANIONS = ["", "-wal", "-shm", "-journal"];

/** Creates `path` (0600) and its directory (0700) where missing, then checks that they are private. */
export async function claimPrivateFile(path: string, kind: TableKind): Promise<void> {
  const directory = directoryOf(path);
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    await checkDirectory(directory, kind);
    // SQLite gives its companions the mode of the database, so nothing is ever readable by others.
    (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
  } catch (thrown) {
    if (thrown instanceof SentinelError) throw thrown;
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw unreachable(path, { kind, thrown });
  }
  await checkPrivateFiles(path, kind);
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  const end = Deno.build.os === "windows" ? Math.max(slash, path.lastIndexOf("\\")) : slash;
  return path.slice(0, end) || "/";
}

/** Rejects unless `path` and SQLite's files beside it are regular files of this user alone. */
export async function checkPrivateFiles(path: string, kind: TableKind): Promise<void> {
  for (const companion of COMPANIONS) await checkFile(path + companion, kind);
}

async function checkFile(path: string, kind: TableKind): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return;
    throw unreachable(path, { kind, thrown });
  }
  if (!info.isFile) {
    throw refused(path, {
      kind,
      reason: "it is not a regular file",
      suggestion: "Name another file.",
    });
  }
  if (info.uid !== null && info.uid !== ownUser(path, kind)) {
    throw refused(path, {
      kind,
      reason: "it belongs to another user",
      suggestion: "Name a file of your own.",
    });
  }
  if (info.mode !== null && (info.mode & 0o077) !== 0) {
    throw refused(path, {
      kind,
      reason: `other users can get at it (mode ${
        (info.mode & 0o777).toString(8).padStart(4, "0")
      })`,
      suggestion: `If you trust what is in it: chmod 600 ${quote(path)}`,
    });
  }
}

async function checkDirectory(directory: string, kind: TableKind): Promise<void> {
  const { mode } = await Deno.stat(directory);
  // In a sticky directory such as /tmp others can add files but not replace ours.
  if (mode !== null && (mode & 0o1002) === 0o0002) {
    throw refused(directory, {
      kind,
      reason: "every user can replace the files in this directory",
      suggestion: "Name a file in a directory of your own.",
    });
  }
}

function ownUser(path: string, kind: TableKind): number | null {
  try {
    return Deno.uid();
  } catch (thrown) {
    throw unreachable(path, { kind, thrown });
  }
}

interface Refusal {
  readonly kind: TableKind;
  readonly reason: string;
  readonly suggestion: string;
}

function refused(path: string, { kind, reason, suggestion }: Refusal): SentinelError {
  return new SentinelError(
    kind.tableInvalid,
    `Cannot keep ${kind.records} in ${quote(path)}: ${reason}`,
    { suggestion },
  );
}

/** The system's refusal in plain words. */
function unreachable(
  path: string,
  { kind, thrown }: { readonly kind: TableKind; readonly thrown: unknown },
): SentinelError {
  const [reason, suggestion] = explain(thrown);
  return new SentinelError(
    kind.unavailable,
    `Cannot open ${quote(path)} for ${kind.records}: ${reason}`,
    { suggestion, cause: thrown },
  );
}

function explain(thrown: unknown): readonly [reason: string, suggestion: string] {
  if (thrown instanceof Deno.errors.NotCapable) {
    return [
      "Deno's permissions forbid it",
      "Allow it: --allow-read and --allow-write of its directory, --allow-sys=uid",
    ];
  }
  if (thrown instanceof Deno.errors.PermissionDenied) {
    return ["permission denied", "Name a file in a directory that you can write to."];
  }
  const reason = thrown instanceof Error ? thrown.name : typeof thrown;
  return [
    reason === "Error" || reason === "TypeError"
      ? "the system refused"
      : `the system says ${reason}`,
    "Name a file in a directory that exists and can be written to.",
  ];
}
