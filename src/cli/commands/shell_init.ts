/**
 * `sentinel shell init`: prints code for a shell. It reads the names of the profiles and nothing
 * else of them.
 *
 * @module
 */
import { SentinelError } from "../../errors.ts";
import { nearest } from "../../text/nearest.ts";
import { printable, quote } from "../../text/printable.ts";
import type { Invocation } from "../command.ts";
import { profileNames } from "../completion_sources.ts";
import type { Shell } from "../completion_scripts.ts";
import { description } from "../descriptions/shell_init.ts";
import type { Host } from "../host.ts";
import { nameFunctions, shellFunctions } from "../shell_functions.ts";
import { readShell } from "../shell_operand.ts";
import { tellWarning } from "../terminal.ts";
import { usageError } from "../usage.ts";

/** Runs the command. */
export async function run(
  { operands }: Invocation<readonly []>,
  host: Host,
): Promise<number> {
  const [name, ...wanted] = operands;
  const shell = name === undefined ? shellOf(host) : readShell(description, name);
  const known = await profileNames(host);
  requireAll(wanted, known);
  const profiles = [...new Set(wanted.length > 0 ? wanted : known)];
  const safe = profiles.filter((profile) => printable(profile) === profile);
  if (safe.length < profiles.length) {
    const left = profiles.length - safe.length;
    tellWarning(
      host.terminal,
      `${left === 1 ? "1 profile has" : `${left} profiles have`} characters in their name that ` +
        "cannot be seen: left out",
    );
  }
  host.terminal.out(shellFunctions(await nameFunctions(safe, shell), shell));
  return 0;
}

/** The shell of `SHELL`. Throws `USAGE` when it is none that can be served. */
function shellOf({ env, os }: Host): Shell {
  const name = (env.get("SHELL") ?? "").split("/").at(-1)!;
  if (name === "" && os === "windows") return "powershell";
  if (name !== "") return readShell(description, name);
  throw usageError(description, "SHELL is not set", "Name your shell: sentinel shell init bash");
}

/** A mistyped name must not become a function that always fails. */
function requireAll(wanted: readonly string[], known: readonly string[]): void {
  const missing = wanted.find((profile) => !known.includes(profile));
  if (missing === undefined) return;
  const near = nearest(missing, known);
  throw new SentinelError(
    "PROFILE_NOT_FOUND",
    `Cannot make a function for profile ${quote(missing)}: there is no such profile`,
    near === null ? {} : { suggestion: `Did you mean ${quote(near)}?` },
  );
}
