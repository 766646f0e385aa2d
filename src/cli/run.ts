/**
 * Where every fault ends: runs a command line and tells what went wrong as `error:` and `hint:`
 * with an exit status. A stack, a cause or a foreign message never reaches the terminal by
 * itself.
 *
 * @module
 */
import { asSentinelError, SentinelError } from "../errors.ts";
import { printable } from "../text/printable.ts";
import type { CommandEntry } from "./command_table.ts";
import type { Host } from "./host.ts";
import { tellError } from "./terminal.ts";
import { tellVersion } from "./tell_version.ts";

/** What {@linkcode run} can be given besides. */
export interface RunOptions {
  /** Default: all commands of the program. */
  readonly commands?: readonly CommandEntry[];
}

/** Runs `sentinel ARGV...`; resolves to the exit status and never rejects. */
export async function run(
  argv: readonly string[],
  host: Host,
  options: RunOptions = {},
): Promise<number> {
  try {
    if (argv[0] === "--version") {
      // The one answer that needs neither the table nor the parser, nor a permission.
      return tellVersion(host);
    }
    const { dispatch } = await import("./dispatch.ts");
    return await dispatch(argv, { host, ...options });
  } catch (thrown) {
    return tellFault(thrown, host);
  }
}

/** Tells a fault in our own words; gives the exit status it calls for. */
function tellFault(thrown: unknown, host: Host): number {
  if (thrown instanceof SuppressedError) {
    // Something else failed while what was open was closed: the first fault is the answer.
    const exitStatus = tellFault(thrown.suppressed, host);
    tellFault(thrown.error, host);
    return exitStatus;
  }
  const { terminal, env } = host;
  const error = known(thrown);
  tellError(terminal, error);
  if (error.code === "INTERNAL" && isDebugging(env)) terminal.err(frames(thrown));
  return error.exitStatus;
}

/** A missing permission of the runtime is a setting of the user's, not a defect. */
function known(thrown: unknown): SentinelError {
  // The gate has made a defect of it already: it knows no runtime.
  const fault = thrown instanceof SentinelError && thrown.code === "INTERNAL"
    ? thrown.cause
    : thrown;
  if (!isForbidden(fault)) return asSentinelError(thrown);
  return new SentinelError("CONFIG_INVALID", `Deno does not permit this: ${fault.message}`, {
    suggestion: "Give sentinel the permissions it needs: deno run -A",
    cause: thrown,
  });
}

/** A module that may not be read is told by Deno as one that was not found. */
function isForbidden(fault: unknown): fault is Error {
  return fault instanceof Deno.errors.NotCapable ||
    fault instanceof TypeError && /^Requires \w+ access to /.test(fault.message);
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
