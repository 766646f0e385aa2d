/**
 * What the commands that audit share: which logs are read, and what is told of lines that are none.
 *
 * @module
 */
import type { Host } from "./host.ts";
import { tellWarning } from "./terminal.ts";

/** Paths of the logs of a command line: the flag's and the operands'. */
export function logPaths(flag: string | null, operands: readonly string[]): string[] {
  return [...(flag === null ? [] : [flag]), ...operands];
}

/** Tells how many lines held no decision: what was torn may have been one. */
export function tellUnreadable(host: Host, lines: number): void {
  if (lines === 0) return;
  const what = lines === 1 ? "1 line of the logs is" : `${lines} lines of the logs are`;
  tellWarning(host.terminal, `${what} no record of a decision; passed over`);
}
