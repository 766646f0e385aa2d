/**
 * Every command there is, by name. A command's description is loaded when it is asked for, its
 * code when it runs: the start of one never pays for another.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import type { CommandDescription } from "./command.ts";
import { shown } from "./usage.ts";

/** A command that can be asked for. */
export interface CommandEntry {
  /** One word, or two. */
  readonly name: string;
  /** Loads what it takes. */
  readonly describe: () => Promise<{ readonly description: CommandDescription }>;
}

/** All commands, in the order of `sentinel --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: "exec", describe: () => import("./descriptions/exec.ts") },
  { name: "credentials", describe: () => import("./descriptions/credentials.ts") },
  { name: "login", describe: () => import("./descriptions/login.ts") },
  { name: "whoami", describe: () => import("./descriptions/whoami.ts") },
  { name: "request", describe: () => import("./descriptions/request.ts") },
  { name: "list", describe: () => import("./descriptions/list.ts") },
  { name: "check", describe: () => import("./descriptions/check.ts") },
  { name: "approve", describe: () => import("./descriptions/approve.ts") },
  { name: "deny", describe: () => import("./descriptions/deny.ts") },
  { name: "cancel", describe: () => import("./descriptions/cancel.ts") },
  { name: "done", describe: () => import("./descriptions/done.ts") },
  { name: "breakglass", describe: () => import("./descriptions/breakglass.ts") },
  { name: "breakglass-list", describe: () => import("./descriptions/breakglass_list.ts") },
  { name: "breakglass-check", describe: () => import("./descriptions/breakglass_check.ts") },
  { name: "breakglass-close", describe: () => import("./descriptions/breakglass_close.ts") },
  { name: "init sessions", describe: () => import("./descriptions/init_sessions.ts") },
  { name: "init approvals", describe: () => import("./descriptions/init_approvals.ts") },
  { name: "init breakglass", describe: () => import("./descriptions/init_breakglass.ts") },
  { name: "init status", describe: () => import("./descriptions/init_status.ts") },
  { name: "server-sessions", describe: () => import("./descriptions/server_sessions.ts") },
  { name: "server-session", describe: () => import("./descriptions/server_session.ts") },
  { name: "server-revoke", describe: () => import("./descriptions/server_revoke.ts") },
  { name: "audit sessions", describe: () => import("./descriptions/audit_sessions.ts") },
  { name: "audit who", describe: () => import("./descriptions/audit_who.ts") },
  { name: "policy validate", describe: () => import("./descriptions/policy_validate.ts") },
  { name: "policy lint", describe: () => import("./descriptions/policy_lint.ts") },
  { name: "policy schema", describe: () => import("./descriptions/policy_schema.ts") },
  { name: "policy explain", describe: () => import("./descriptions/policy_explain.ts") },
  { name: "policy test", describe: () => import("./descriptions/policy_tests.ts") },
  { name: "policy diff", describe: () => import("./descriptions/policy_diff.ts") },
  { name: "policy pull", describe: () => import("./descriptions/policy_pull.ts") },
  { name: "policy push", describe: () => import("./descriptions/policy_push.ts") },
  { name: "config show", describe: () => import("./descriptions/config_show.ts") },
  { name: "shell init", describe: () => import("./descriptions/shell_init.ts") },
  { name: "completion", describe: () => import("./descriptions/completion.ts") },
  { name: "version", describe: () => import("./descriptions/version.ts") },
  { name: "help", describe: () => import("./descriptions/help.ts") },
];

/** What the first words of a command line name. */
export type Named =
  | {
    readonly kind: "command";
    readonly entry: CommandEntry;
    /** What follows the name. */
    readonly rest: readonly string[];
  }
  /** The first word of two-word commands, and no second. */
  | { readonly kind: "group"; readonly word: string; readonly entries: readonly CommandEntry[] };

/**
 * What `words` begin with: of `init sessions --plan`, the command `init sessions`. Throws `USAGE`
 * with the nearest name when that is nothing.
 */
export function nameOf(
  words: readonly string[],
  commands: readonly CommandEntry[] = COMMANDS,
): Named {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(" ");
    const entry = commands.find((command) => command.name === name);
    if (entry !== undefined) return { kind: "command", entry, rest: words.slice(count) };
  }
  const [word = "", second] = words;
  const entries = commands.filter(({ name }) => name.startsWith(`${word} `));
  if (entries.length > 0 && (second === undefined || second.startsWith("-"))) {
    return { kind: "group", word, entries };
  }
  const typed = entries.length > 0 ? `${word} ${second}` : word;
  const near = nearest(typed, entries.length > 0 ? namesOf(entries) : namesOf(commands));
  throw new SentinelError("USAGE", `unknown command ${shown(typed)}`, {
    suggestion: near === null ? "See: sentinel --help" : `Did you mean sentinel ${near}?`,
  });
}

function namesOf(commands: readonly CommandEntry[]): string[] {
  return commands.flatMap(({ name }) => [name, name.split(" ")[0]!]);
}
