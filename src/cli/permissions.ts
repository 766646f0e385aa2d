/**
 * What a serving process gives up once it serves (P15). It must never make Deno ask the person at
 * the terminal for what was given up: nothing that needs it may be tried afterwards.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";

/** What must be kept. */
export interface RelinquishOptions {
  /** The profile's credentials come from another program, which is run again to renew them. */
  readonly keepRun: boolean;
  /** The embedded store is in use, which makes files beside its own, or sign-ins are renewed. */
  readonly keepWrite: boolean;
}

/**
 * Gives up foreign code and, where nothing needs it, running programs and writing files. Reading stays,
 * because the policy is read again when it changes and Deno cannot narrow a broad grant to one
 * path; open files (the decision log) stay usable.
 */
export function relinquishPermissions({ keepRun, keepWrite }: RelinquishOptions): void {
  for (const name of ["ffi", "import"] as const) Deno.permissions.revokeSync({ name });
  if (!keepRun) Deno.permissions.revokeSync({ name: "run" });
  if (keepWrite) return;
  Deno.permissions.revokeSync({ name: "write" });
  gaveUpWriting = true;
}

let gaveUpWriting = false;

/** Fails when the embedded store at `table` can no longer be opened because writing was given up. */
export function requireWritePermission(table: string): void {
  if (!gaveUpWriting || !table.startsWith("sqlite:")) return;
  throw new SentinelError(
    "SESSION_STORE_UNAVAILABLE",
    `Cannot open session table ${quote(table)}: this server gave up writing files when it started`,
    { suggestion: "Leave this shell and start sentinel exec again." },
  );
}
