/**
 * What the commands that administer sessions share: the table they work on and who works. A table
 * in a file needs no AWS, and is never created by looking at it.
 *
 * @module
 */
import { type Administration, openAdministration } from "../administration.ts";
import { isRecordId } from "../state/record_value.ts";
import { isEmbeddedTable } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { DEFAULT_SESSION_TABLE } from "./descriptions/administration_flags.ts";
import type { Host } from "./host.ts";
import { type InteractionFlags, openInteraction } from "./interaction.ts";
import { surroundingsOf } from "./surroundings.ts";
import { shown, usageError } from "./usage.ts";

/** Flags of every such command. */
export interface AdministrationFlags extends InteractionFlags {
  readonly table: string | null;
  readonly region: string | null;
  readonly awsProfile: string | null;
}

/** An open session table and its administrator. Disposing of it closes the table. */
export interface SessionAdministration extends AsyncDisposable {
  readonly administration: Administration;
  readonly store: SessionStore;
  /** Whether the table is a file, whose owner need not be known to AWS. */
  readonly isEmbedded: boolean;
}

/** Opens the session table that the flags name. Rejects with `SentinelError`. */
export async function openSessionAdministration(
  flags: AdministrationFlags,
  host: Host,
): Promise<SessionAdministration> {
  const table = flags.table ?? DEFAULT_SESSION_TABLE;
  const administration = openAdministration(
    flags,
    surroundingsOf(host, openInteraction(flags, host)),
  );
  const store = await administration.openSessionStore(table);
  return {
    administration,
    store,
    isEmbedded: isEmbeddedTable(table),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Policy username of whoever works; for a table in a file, the name on this machine. */
export async function administratorName(
  { administration, isEmbedded }: SessionAdministration,
  host: Host,
): Promise<string> {
  if (!isEmbedded) return (await administration.identity()).user;
  const names = ["USER", "LOGNAME", "USERNAME"].map((name) => host.env.get(name));
  return `local:${names.find((name) => name !== undefined && name !== "") ?? "unknown"}`;
}

/** `text` as a session id. Throws `USAGE`. */
export function requireSessionId(command: { readonly name: string }, text: string): string {
  if (isRecordId(text)) return text;
  throw usageError(
    command,
    `${shown(text)} is not the id of a session: it has 16 hexadecimal digits, in lower case`,
    "List the sessions: sentinel server-sessions",
  );
}
