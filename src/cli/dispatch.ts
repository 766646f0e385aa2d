/**
 * From arguments to a command: finds it, gives its help, or understands its flags and runs it.
 * A command's code is loaded last, when nothing is wrong with the command line any more.
 *
 * @module
 */
import { ERROR_CATALOGUE, SentinelError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import { asksForHelp } from "./arguments.ts";
import type { CommandDescription, Settings } from "./command.ts";
import { type CommandEntry, COMMANDS, nameOf } from "./command_table.ts";
import { parseFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { shown } from "./usage.ts";

/** What the scripts of `sentinel completion` ask: no command for people, so it is in no list. */
const COMPLETE = "__complete";

/** What the functions below share. */
interface Context {
  readonly host: Host;
  readonly commands: readonly CommandEntry[];
}

/** Runs the command that `argv` names; resolves to the exit status. Throws `SentinelError`. */
export async function dispatch(
  argv: readonly string[],
  { host, commands = COMMANDS }: { readonly host: Host } & Partial<Context>,
): Promise<number> {
  const context: Context = { host, commands };
  const [first, ...others] = argv;
  if (first === undefined) return await tellNoCommand(context);
  if (first === "--help" || first === "-h") return await showProgramHelp(context);
  if (first.startsWith("-")) throw flagBeforeCommand(first);
  if (first === COMPLETE) {
    const { complete } = await import("./complete.ts");
    return await complete(others, context);
  }
  const named = nameOf(argv, commands);
  if (named.kind === "group") return await showGroup(named, { ...context, rest: others });
  const { description } = await named.entry.describe();
  if (asksForHelp(named.rest)) {
    const { formatCommandHelp, helpWidth } = await import("./help.ts");
    host.terminal.out(formatCommandHelp(description, { width: helpWidth(host.terminal) }));
    return 0;
  }
  const settings = await loadSettings(description, host);
  const invocation = parseFlags(description, { argv: named.rest, env: host.env, settings });
  const command = await description.load();
  return await command.run(invocation, host);
}

/** What `config.yaml` says, for a command that takes anything. */
async function loadSettings({ flags }: CommandDescription, host: Host): Promise<Settings | null> {
  if (flags.length === 0) return null;
  const { loadSettings } = await import("../config/settings.ts");
  return await loadSettings(host, host.systemConfig);
}

async function programHelp({ host, commands }: Context): Promise<string> {
  const { formatProgramHelp, helpWidth } = await import("./help.ts");
  return await formatProgramHelp(commands, { width: helpWidth(host.terminal) });
}

async function showProgramHelp(context: Context): Promise<number> {
  context.host.terminal.out(await programHelp(context));
  return 0;
}

/** Help for whoever types nothing; for a script it is a mistake. */
async function tellNoCommand(context: Context): Promise<number> {
  context.host.terminal.err(await programHelp(context));
  return ERROR_CATALOGUE.USAGE.exitStatus;
}

/** The first word of two-word commands alone: with `--help` an answer, else a mistake. */
async function showGroup(
  { word, entries }: { readonly word: string; readonly entries: readonly CommandEntry[] },
  { host, rest }: Context & { readonly rest: readonly string[] },
): Promise<number> {
  if (!asksForHelp(rest)) {
    const seconds = entries.map(({ name }) => name.slice(word.length + 1)).join(", ");
    throw new SentinelError("USAGE", `sentinel ${word} needs one more word: ${seconds}`, {
      suggestion: `See: sentinel ${word} --help`,
    });
  }
  const { formatCommandList, helpWidth } = await import("./help.ts");
  host.terminal.out(await formatCommandList(entries, { width: helpWidth(host.terminal) }));
  return 0;
}

function flagBeforeCommand(flag: string): SentinelError {
  const name = flag.split("=")[0]!;
  const near = nearest(name, ["--help", "--version"]);
  return new SentinelError("USAGE", `flag ${shown(name)} stands before a command`, {
    suggestion: near === null
      ? "Flags follow the command: sentinel COMMAND [flags]"
      : `Did you mean ${near}?`,
  });
}
