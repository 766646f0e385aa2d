/**
 * Faults of the file system in plain words: the system's own text repeats paths and differs from
 * one platform to the next.
 *
 * @module
 */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a directory",
  ELOOP: "its links form a loop",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENFILE: "too many files are open",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of its path is not a directory",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

/** The reason of a file fault. Printable. */
export function describeFault(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "this program was started without access to it";
  }
  if (!(error instanceof Error)) return "unknown fault";
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string" && /^\w+$/.test(code)) {
    return REASONS[code] ?? `system error ${code}`;
  }
  // Deno has no code for some, such as a file that may not grow any more.
  const number = /\(os error (\d+)\)$/.exec(error.message)?.[1];
  return number === undefined ? error.name : `system error ${number}`;
}
