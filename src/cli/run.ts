/**
 * From arguments to an exit status: finds the command, understands its flags, runs it, and tells
 * what went wrong. Whatever is thrown ends here as `error:` and `hint:`; a stack, a cause or a
 * foreign message never reaches the terminal by itself.
 *
 * @module
 */
import { asSentinelError, SentinelError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import { printable } from "../text/printable.ts";
import { asksForHelp } from "./arguments.ts";
import { type CommandEntry, COMMANDS, nameOf } from "./command_table.ts";
import { parseFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { tellError } from "./terminal.ts";
import { shown } from "./usage.ts";

/** What {@linkcode run} can be given besides. */
export interface RunOptions {
  /** Default: all commands of the program. */
  readonly commands?: readonly CommandEntry[];
}

/** Runs `sentinel ARGV...`; resolves to the exit status and never rejects. */
export async function run(
  argv: readonly string[],
  host: Host,
  { commands = COMMANDS }: RunOptions = {},
): Promise<number> {
  try {
    return await dispatch(argv, { host, commands });
  } catch (thrown) {
    return tellFault(thrown, host);
  }
}

/** What the functions below share. */
interface Context {
  readonly host: Host;
  readonly commands: readonly CommandEntry[];
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const [first, ...others] = argv;
  if (first === undefined) return await tellNoCommand(context);
  if (first === "--version") return await dispatch(["version", ...others], context);
  if (first === "--help" || first === "-h") return await showProgramHelp(context);
  if (first.startsWith("-")) throw flagBeforeCommand(first);
  const named = nameOf(argv, context.commands);
  if (named.kind === "group") return await showGroup(named, { ...context, rest: others });
  const { description } = await named.entry.describe();
  if (asksForHelp(named.rest)) {
    const { formatCommandHelp, helpWidth } = await import("./help.ts");
    const { terminal } = context.host;
    terminal.out(formatCommandHelp(description, { width: helpWidth(terminal) }));
    return 0;
  }
  const invocation = parseFlags(description, { argv: named.rest, env: context.host.env });
  const command = await description.load();
  return await command.run(invocation, context.host);
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
  return new SentinelError("USAGE", "no command is given").exitStatus;
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

/** Tells a fault in our own words; resolves to the exit status it calls for. */
function tellFault(thrown: unknown, { terminal, env }: Host): number {
  const error = known(thrown);
  tellError(terminal, error);
  if (error.code === "INTERNAL" && isDebugging(env)) terminal.err(frames(thrown));
  return error.exitStatus;
}

/** A missing permission of the runtime is a setting of the user's, not a defect. */
function known(thrown: unknown): SentinelError {
  if (!(thrown instanceof Deno.errors.NotCapable)) return asSentinelError(thrown);
  return new SentinelError("CONFIG_INVALID", `Deno does not permit this: ${thrown.message}`, {
    suggestion: "Give sentinel the permissions it needs: deno run -A",
    cause: thrown,
  });
}

function isDebugging(env: Host["env"]): boolean {
  try {
    return env.get("SENTINEL_DEBUG") === "1";
  } catch {
    return false;
  }
}

/** Where a fault and its causes happened: frames only, because messages may hold secrets. */
function frames(thrown: unknown): string {
  const lines: string[] = [];
  for (let fault = thrown; fault instanceof Error && lines.length < 100; fault = fault.cause) {
    const { name, message, stack = "" } = fault;
    // A message of several lines stands in the stack too, and could look like frames.
    const start = stack.indexOf(message);
    const afterMessage = start === -1 ? "" : stack.slice(start + message.length);
    lines.push(name, ...afterMessage.split("\n").filter((line) => line.startsWith("    at ")));
  }
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/**
 * From here on a fault that nobody awaited is told like any other and ends nothing: the command
 * that runs still closes its session and brings its own exit status.
 */
export function tellStrayFaults(host: Host): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    tellFault(event.reason, host);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    tellFault(event.error, host);
  });
}
