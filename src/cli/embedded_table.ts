/**
 * Tables in files, as commands name them. A mistyped path must not become an empty table that seems
 * to say that nothing is there.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { parseTableName } from "../store/open.ts";
import type { TableKind } from "../store/table_kind.ts";
import { quote } from "../text/printable.ts";
import type { Host } from "./host.ts";

/** How {@linkcode requireTableFile} complains. */
export interface RequireTableOptions {
  readonly kind: TableKind;
  /** The flag that names the table. */
  readonly flag: string;
  readonly host: Host;
}

/** Throws when `table` can be no table's name, or names a file that does not exist. */
export async function requireTableFile(
  table: string,
  { kind, flag, host }: RequireTableOptions,
): Promise<void> {
  const name = parseTableName(table, kind);
  if (name.kind !== "sqlite") return;
  const home = host.env.get("HOME") ?? host.env.get("USERPROFILE") ?? "";
  try {
    await Deno.stat(name.path.startsWith("~/") ? `${home}${name.path.slice(1)}` : name.path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) return;
    throw new SentinelError(
      kind.tableInvalid,
      `Cannot open ${kind.name} table ${quote(table)}: there is no such file`,
      { suggestion: `Check the path given with --${flag}.` },
    );
  }
}
