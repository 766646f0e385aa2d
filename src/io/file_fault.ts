/**
 * Faults of the file system in plain words: the system's own text repeats paths and differs from
 * one platform to the next.
 *
 * @module
 */

/** The reason of a file fault in plain words: the system's own text may repeat paths. */
export function describeFault(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file or directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) {
    return "this program was started without access to it";
  }
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is not a directory";
  if (error instanceof Deno.errors.FilesystemLoop) return "its links form a loop";
  if (error instanceof Error) {
    const os = /\(os error (\d+)\)/.exec(error.message);
    if (os?.[1] === "21") return "it is a directory";
    if (os?.[1] === "28") return "no space left on the device";
    if (os !== null) return `system error ${os[1]}`;
    return error.name;
  }
  return "unknown fault";
}
