/**
 * What the commands that administer sessions share: the table they work on and who works. A table
 * in a file needs no AWS, and is never created by looking at it.
 *
 * @module
 */
import { type Administration, openAdministration } from "../administration.ts";
import { SentinelError } from "../errors.ts";
import { isRecordId } from "../state/record_value.ts";
import { parseTableName } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { quote } from "../text/printable.ts";
import { DEFAULT_SESSION_TABLE } from "./descriptions/administration_flags.ts";
import type { Host } from "./host.ts";
import { surroundingsOf } from "./surroundings.ts";
import { shown, usageError } from "./usage.ts";

/** Flags of every such command. */
export interface AdministrationFlags {
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
  const table = flags.table ?? (host.env.get("SENTINEL_SESSION_TABLE") || DEFAULT_SESSION_TABLE);
  const name = parseTableName(table);
  if (name.kind === "sqlite") await requireFile(name.path, { table, host });
  const administration = openAdministration(flags, surroundingsOf(host));
  const store = await administration.openSessionStore(table);
  return {
    administration,
    store,
    isEmbedded: name.kind === "sqlite",
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** A mistyped path must not become an empty table that seems to say that nobody is there. */
async function requireFile(
  path: string,
  { table, host }: { readonly table: string; readonly host: Host },
): Promise<void> {
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? "";
  try {
    await Deno.stat(path.startsWith("~/") ? `${home}${path.slice(1)}` : path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) return;
    throw new SentinelError(
      "SESSION_TABLE_INVALID",
      `Cannot open session table ${quote(table)}: there is no such file`,
      { suggestion: "Check the path given with --table." },
    );
  }
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
