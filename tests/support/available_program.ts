/**
 * Which foreign programs this machine has: tests against them are ignored where they are missing.
 *
 * @module
 */

/** Whether `command` with `args` can be run here, and succeeds. */
export function runsHere(command: string, ...args: readonly string[]): boolean {
  try {
    const { success } = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success;
  } catch {
    return false;
  }
}
