/**
 * The shell that a person names, or runs.
 *
 * @module
 */
import { nearest } from "../text/nearest.ts";
import { type Shell, SHELLS } from "./completion_scripts.ts";
import { shown, usageError } from "./usage.ts";

/** `name` as a shell that can be served. Throws `USAGE`. */
export function readShell(command: { readonly name: string }, name: string): Shell {
  const found = SHELLS.find((shell) => shell === name) ?? (name === "pwsh" ? "powershell" : null);
  if (found !== null) return found;
  const near = nearest(name, SHELLS);
  throw usageError(
    command,
    `${shown(name)} is none of ${SHELLS.join(", ")}`,
    near === null ? undefined : `Did you mean ${near}?`,
  );
}
