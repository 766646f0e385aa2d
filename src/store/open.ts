/**
 * From the name of a session table to the store behind it. A store's library is loaded only when
 * a table of its kind is opened.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { SessionStore } from "./store.ts";
import type { SessionStoreCredentials, SessionStoreOptions } from "./store_options.ts";
import { isDynamoDbTableName } from "./tables.ts";

export type { SessionStoreCredentials, SessionStoreOptions };

const SQLITE_PREFIX = "sqlite:";

/** The name of a session table, understood. */
export type TableName =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "dynamodb"; readonly name: string };

/**
 * Understands the name of a session table: `sqlite:PATH`, or the name of a DynamoDB table.
 *
 * @param text The name as a person wrote it.
 * @returns What kind of table it is, and its path or name.
 * @throws {SentinelError} `SESSION_TABLE_INVALID` when it is neither.
 *
 * @example
 * ```ts
 * import { parseTableName } from "./open.ts";
 *
 * console.log(parseTableName("sqlite:./sessions.db")); // { kind: "sqlite", path: "./sessions.db" }
 * console.log(parseTableName("prod-sessions")); // { kind: "dynamodb", name: "prod-sessions" }
 * ```
 */
export function parseTableName(text: string): TableName {
  if (text.startsWith(SQLITE_PREFIX)) {
    const path = text.slice(SQLITE_PREFIX.length);
    if (path === "" || path.includes("\0") || /[/\\]$/.test(path)) {
      throw invalidName(text, "no file is named after sqlite:", "Write sqlite:PATH.");
    }
    return { kind: "sqlite", path };
  }
  if (isDynamoDbTableName(text)) return { kind: "dynamodb", name: text };
  if (text.startsWith("arn:")) {
    throw invalidName(text, "it is an ARN", "Write the table's name, without its ARN.");
  }
  throw invalidName(
    text,
    "the name of a DynamoDB table has 3–255 letters, digits, `_`, `.` or `-`",
    "Write such a name, or sqlite:PATH for a file on this machine.",
  );
}

/**
 * Opens a session table. The caller closes it: `await using` or `[Symbol.asyncDispose]()`.
 *
 * A DynamoDB table must exist; nothing is sent to it before the first call. The file of
 * `sqlite:PATH` is created when missing, readable for its owner only (a relative path counts from
 * the working directory). Calls end by themselves after at most ten seconds.
 *
 * @param table The name of a DynamoDB table, or `sqlite:PATH`.
 * @param options Region, endpoint and credentials of a DynamoDB table.
 * @returns The store.
 * @throws {SentinelError} `SESSION_TABLE_INVALID` when the name is wrong, or the file is not a
 * session database or not private; `SESSION_STORE_UNAVAILABLE` when the file cannot be opened;
 * `CONFIG_INVALID` when no region or home directory is known.
 *
 * @example
 * ```ts
 * import { openSessionStore } from "./open.ts";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   await using store = await openSessionStore(`sqlite:${directory}/sessions.db`);
 *   for await (const session of store.listByUser("alice", { limit: 10 })) {
 *     console.log(session.id, session.status);
 *   }
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openSessionStore(
  table: string,
  options: SessionStoreOptions = {},
): Promise<SessionStore> {
  const parsed = parseTableName(table);
  switch (parsed.kind) {
    case "sqlite": {
      const path = sqliteFile(parsed.path, options.homeDirectory);
      const { openSqliteStore } = await import("./sqlite_sessions.ts");
      return openSqliteStore(path, table);
    }
    case "dynamodb": {
      const { openDynamoDbStore } = await import("./dynamodb_sessions.ts");
      return openDynamoDbStore(parsed.name, options);
    }
    default:
      return assertNever(parsed);
  }
}

/**
 * The file of `sqlite:PATH`, from the root. SQLite gives a meaning to `:memory:` and `file:…`; an
 * absolute path is always a file's.
 */
export function sqliteFile(path: string, homeDirectory?: string): string {
  if (path.startsWith("~/")) {
    const home = homeDirectory ?? Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
    if (!home) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot open session table ${quote(`${SQLITE_PREFIX}${path}`)}: HOME is not set`,
        { suggestion: "Set HOME, or write the whole path." },
      );
    }
    return `${home}/${path.slice(2)}`;
  }
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  return `${Deno.cwd()}/${path}`;
}

function invalidName(text: string, reason: string, suggestion: string): SentinelError {
  return new SentinelError(
    "SESSION_TABLE_INVALID",
    `Cannot use ${quote(text)} as a session table: ${reason}`,
    { suggestion },
  );
}
