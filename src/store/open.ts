/**
 * From the name of a table to the store behind it. A store's library is loaded only when
 * a table of its kind is opened.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { SessionStore } from "./store.ts";
import type { BreakGlassStore, RequestStore } from "./override_store.ts";
import type { SqliteFileState } from "./sqlite.ts";
import type { StoreCredentials, StoreOptions } from "./store_options.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE, SESSION_TABLE, type TableKind } from "./table_kind.ts";
import { isDynamoDbTableName } from "./tables.ts";

export type { StoreCredentials, StoreOptions };
/** The same as {@linkcode StoreCredentials}, by its first name. */
export type SessionStoreCredentials = StoreCredentials;
/** The same as {@linkcode StoreOptions}, by its first name. */
export type SessionStoreOptions = StoreOptions;

const SQLITE_PREFIX = "sqlite:";

/** Whether `table` names a file, which is reached without AWS. */
export function isEmbeddedTable(table: string): boolean {
  return table.startsWith(SQLITE_PREFIX);
}

/** The name of a table, understood. */
export type TableName =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "dynamodb"; readonly name: string };

/**
 * Understands the name of a table: `sqlite:PATH`, or the name of a DynamoDB table.
 *
 * @param text The name as a person wrote it.
 * @param kind What the table is for; default: sessions.
 * @returns What kind of table it is, and its path or name.
 * @throws {SentinelError} `SESSION_TABLE_INVALID`, or its like of the kind, when it is neither.
 *
 * @example
 * ```ts
 * import { parseTableName } from "./open.ts";
 *
 * console.log(parseTableName("sqlite:./sessions.db")); // { kind: "sqlite", path: "./sessions.db" }
 * console.log(parseTableName("prod-sessions")); // { kind: "dynamodb", name: "prod-sessions" }
 * ```
 */
export function parseTableName(text: string, kind: TableKind = SESSION_TABLE): TableName {
  const invalidName = (reason: string, suggestion: string) =>
    new SentinelError(
      kind.tableInvalid,
      `Cannot use ${quote(text)} as a ${kind.name} table: ${reason}`,
      { suggestion },
    );
  if (text.startsWith(SQLITE_PREFIX)) {
    const path = text.slice(SQLITE_PREFIX.length);
    if (path === "" || path.includes("\0") || /[/\\]$/.test(path)) {
      throw invalidName("no file is named after sqlite:", "Write sqlite:PATH.");
    }
    return { kind: "sqlite", path };
  }
  if (isDynamoDbTableName(text)) return { kind: "dynamodb", name: text };
  if (text.startsWith("arn:")) {
    throw invalidName("it is an ARN", "Write the table's name, without its ARN.");
  }
  throw invalidName(
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
  options: StoreOptions = {},
): Promise<SessionStore> {
  return await openAt(await locate(table, SESSION_TABLE, options), {
    sqlite: async (path) => (await import("./sqlite_sessions.ts")).openSqliteStore(path, table),
    dynamodb: async (name) =>
      (await import("./dynamodb_sessions.ts")).openDynamoDbStore(name, options),
  });
}

/**
 * Opens a table of approval requests, as {@linkcode openSessionStore} does one of sessions.
 *
 * A file separates nobody from anybody: whoever owns it can write approvals into it.
 *
 * @param table The name of a DynamoDB table, or `sqlite:PATH`.
 * @param options Region, endpoint and credentials of a DynamoDB table.
 * @returns The store.
 * @throws {SentinelError} `OVERRIDE_TABLE_INVALID` when the name is wrong, or the file is not such a
 * database or not private; `OVERRIDE_STORE_UNAVAILABLE` when the file cannot be opened;
 * `CONFIG_INVALID` when no region or home directory is known.
 *
 * @example
 * ```ts
 * import { openRequestStore } from "./open.ts";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   await using store = await openRequestStore(`sqlite:${directory}/sentinel.db`);
 *   for await (const request of store.listByStatus("pending")) {
 *     console.log(request.id, request.requester.user, request.justification);
 *   }
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openRequestStore(
  table: string,
  options: StoreOptions = {},
): Promise<RequestStore> {
  const { createRequestStore } = await import("./record_store.ts");
  const place = await locate(table, REQUEST_TABLE, options);
  const opened = await openAt(place, {
    sqlite: async (path) => (await import("./sqlite_records.ts")).openSqliteRequests(path),
    dynamodb: async (name) =>
      (await import("./dynamodb_records.ts")).openDynamoDbRequests(name, options),
  });
  return createRequestStore(table, opened);
}

/**
 * Opens a table of break-glass events, as {@linkcode openRequestStore} does one of requests.
 *
 * @param table The name of a DynamoDB table, or `sqlite:PATH`.
 * @param options Region, endpoint and credentials of a DynamoDB table.
 * @returns The store.
 * @throws {SentinelError} As {@linkcode openRequestStore} does.
 *
 * @example
 * ```ts
 * import { openBreakGlassStore } from "./open.ts";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   await using store = await openBreakGlassStore(`sqlite:${directory}/sentinel.db`);
 *   for await (const event of store.listByStatus("active", { limit: 10 })) {
 *     console.log(event.id, event.invoker.user, event.reasonCode);
 *   }
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openBreakGlassStore(
  table: string,
  options: StoreOptions = {},
): Promise<BreakGlassStore> {
  const { createBreakGlassStore } = await import("./record_store.ts");
  const place = await locate(table, BREAKGLASS_TABLE, options);
  const opened = await openAt(place, {
    sqlite: async (path) => (await import("./sqlite_records.ts")).openSqliteBreakGlass(path),
    dynamodb: async (name) =>
      (await import("./dynamodb_records.ts")).openDynamoDbBreakGlass(name, options),
  });
  return createBreakGlassStore(table, opened);
}

/** Opens what a name means, with what is loaded for its kind of store only. */
function openAt<T>(
  place: TableName,
  open: {
    readonly sqlite: (path: string) => Promise<T>;
    readonly dynamodb: (name: string) => Promise<T>;
  },
): Promise<T> {
  switch (place.kind) {
    case "sqlite":
      return open.sqlite(place.path);
    case "dynamodb":
      return open.dynamodb(place.name);
    default:
      return assertNever(place);
  }
}

/** Where a table is; the path of a file from the root. */
async function locate(
  table: string,
  kind: TableKind,
  { homeDirectory, create = true }: StoreOptions,
): Promise<TableName> {
  const parsed = parseTableName(table, kind);
  if (parsed.kind === "dynamodb") return parsed;
  const path = sqliteFile(parsed.path, { kind, homeDirectory });
  if (!create) await requireFile(path, { table, kind });
  return { kind: "sqlite", path };
}

/** Throws where there is no file at `path`. What else may be wrong with it is told later. */
async function requireFile(
  path: string,
  { table, kind }: { readonly table: string; readonly kind: TableKind },
): Promise<void> {
  try {
    await Deno.stat(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) return;
    throw new SentinelError(
      kind.tableInvalid,
      `Cannot open ${kind.name} table ${quote(table)}: there is no such file`,
      {
        suggestion: `Check its path, or make it: sentinel init ${kind.command} --table ${
          shellWord(table)
        }`,
      },
    );
  }
}

/**
 * The file of `sqlite:PATH`, from the root. SQLite gives a meaning to `:memory:` and `file:…`; an
 * absolute path is always a file's.
 */
export function sqliteFile(
  path: string,
  { kind, homeDirectory }: {
    readonly kind: TableKind;
    readonly homeDirectory?: string | undefined;
  },
): string {
  if (path.startsWith("~/")) {
    const home = homeDirectory ?? Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
    if (!home) {
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot open ${kind.name} table ${quote(`${SQLITE_PREFIX}${path}`)}: HOME is not set`,
        { suggestion: "Set HOME, or write the whole path." },
      );
    }
    return `${home}/${path.slice(2)}`;
  }
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  return `${Deno.cwd()}/${path}`;
}

/** Opens a table of any kind, only to make or to prove it. */
export async function openStore(
  kind: TableKind,
  table: string,
  options: StoreOptions = {},
): Promise<AsyncDisposable> {
  switch (kind.name) {
    case "session":
      return await openSessionStore(table, options);
    case "request":
      return await openRequestStore(table, options);
    case "break-glass":
      return await openBreakGlassStore(table, options);
    default:
      return assertNever(kind.name);
  }
}

/** What the file at the absolute `path` holds of such a table. Nothing is made or changed. */
export async function inspectFile(kind: TableKind, path: string): Promise<SqliteFileState> {
  const { inspectSqliteFile } = await import("./sqlite.ts");
  const { sqliteSchemaOf } = await import("./sqlite_schema.ts");
  return await inspectSqliteFile(path, sqliteSchemaOf(kind));
}
