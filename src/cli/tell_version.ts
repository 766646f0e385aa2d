/**
 * The answer to `sentinel version` and `sentinel --version`.
 *
 * @module
 */
import { VERSION } from "../version.ts";
import type { Host } from "./host.ts";

/** Prints `sentinel VERSION`; returns the exit status. */
export function tellVersion({ terminal }: Host): number {
  terminal.out(`sentinel ${VERSION}\n`);
  return 0;
}
