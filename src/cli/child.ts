/**
 * Runs the command that gets the credentials: our streams, exactly the environment it is given,
 * its exit status as ours (P11). It must never leave a child behind that was told to end.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { printable, quote } from "../text/printable.ts";
import { listenForSignals, signalExitStatus, type SignalListener } from "./signals.ts";

/** How {@linkcode runChild} runs a command. */
export interface RunChildOptions {
  /** The complete environment; nothing is inherited. Its `PATH` finds the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Who takes signals. Default: listens while the child runs. */
  readonly signals?: SignalListener;
  /** Ends the child: SIGTERM, and SIGKILL after `stopAfterMs`. */
  readonly stop?: AbortSignal;
  /** How long the child may go on after `stop`. Default: `killAfterMs`. */
  readonly stopAfterMs?: number;
  /** How long the child may go on after a SIGTERM that came through here. Default 30,000 ms. */
  readonly killAfterMs?: number;
  /** Told when the child is killed because it went on for that long. */
  readonly onKill?: (afterMs: number) => void;
}

/** How the child ended. */
export interface ChildOutcome {
  /** Exit status to end with: the child's own, or 128 + number of the signal that ended it. */
  readonly exitStatus: number;
  /** The signal that ended it, or `null`. */
  readonly signal: string | null;
}

/** The user's shell: `$SHELL`, else `/bin/sh`; on Windows `%COMSPEC%`, else `cmd.exe`. */
export function defaultShell(
  env: { get(name: string): string | undefined },
  os: typeof Deno.build.os,
): string {
  return os === "windows" ? env.get("COMSPEC") || "cmd.exe" : env.get("SHELL") || "/bin/sh";
}

/** Why an existing file was not run, in words; `null` when it does not exist. */
function whyNotExecutable(command: string, code: unknown): string | null {
  if (code === "E2BIG") return "its arguments and environment are too long";
  if (code === "ENOEXEC") return "it is not a program of this platform";
  // A bare name is searched in PATH; in this directory it means nothing.
  if (!/[/\\]/.test(command)) return code === "ENOENT" ? null : "the system refused";
  try {
    if (Deno.statSync(command).isDirectory) return "it is a directory";
  } catch {
    return code === "EACCES" ? "a directory on the way may not be entered" : null;
  }
  if (code === "ENOENT") return "the interpreter named in its first line does not exist";
  if (code === "EACCES") return "it is not executable";
  return `the system refused (${typeof code === "string" ? printable(code) : "no reason given"})`;
}

/** The error for a command that could not be started. */
function spawnFailure(command: string, thrown: unknown): unknown {
  if (thrown instanceof Deno.errors.NotCapable) return thrown;
  const reason = whyNotExecutable(command, (thrown as { code?: unknown } | null)?.code);
  if (reason === null) {
    const where = /[/\\]/.test(command) ? "no such file" : "not found in PATH";
    return new SentinelError("COMMAND_NOT_FOUND", `Cannot run ${quote(command)}: ${where}`, {
      cause: thrown,
    });
  }
  return new SentinelError("COMMAND_NOT_EXECUTABLE", `Cannot run ${quote(command)}: ${reason}`, {
    cause: thrown,
    ...reason !== "it is not executable" && { suggestion: "Check the command after --." },
  });
}

/** Has a shell ignore `signals` before it becomes the command. */
function ignoring(
  signals: readonly Deno.Signal[],
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  if (signals.length === 0) return command;
  const names = signals.map((signal) => signal.slice("SIG".length)).join(" ");
  return ["/bin/sh", "-c", `trap '' ${names}; exec "$@"`, "sh", ...command];
}

function spawn(command: string, args: readonly string[], env: RunChildOptions["env"]) {
  try {
    return new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (thrown) {
    throw spawnFailure(command, thrown);
  }
}

/** How the child ended; Deno has no name for real-time signals and rejects with their number. */
async function outcomeOf(child: Deno.ChildProcess): Promise<ChildOutcome> {
  try {
    const { code, signal } = await child.status;
    return { exitStatus: code, signal };
  } catch (thrown) {
    const number = /^Invalid signal: (\d+)$/.exec((thrown as Error).message)?.[1];
    if (number === undefined) throw thrown;
    return { exitStatus: 128 + Number(number), signal: number };
  }
}

/**
 * Runs `command` with its arguments and waits for its end. `signals.ts` decides which signals it
 * gets; after a SIGTERM it has `killAfterMs`, while a Ctrl-C may take it as long as it likes.
 * Throws `COMMAND_NOT_FOUND` or `COMMAND_NOT_EXECUTABLE`.
 */
export async function runChild(
  command: readonly [string, ...string[]],
  options: RunChildOptions,
): Promise<ChildOutcome> {
  const { killAfterMs = 30_000, stop } = options;
  const { stopAfterMs = killAfterMs } = options;
  using own = options.signals === undefined ? listenForSignals() : null;
  const signals = options.signals ?? own!;
  if (signals.interrupted.aborted) {
    const signal: Deno.Signal = signals.interrupted.reason;
    return { exitStatus: signalExitStatus(signal), signal };
  }
  const [program, ...args] = ignoring(signals.ignored, command);
  const child = spawn(program, args, options.env);
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  let stopTimer: ReturnType<typeof setTimeout> | undefined;

  function kill(afterMs: number): void {
    options.onKill?.(afterMs);
    send("SIGKILL");
  }

  function send(signal: Deno.Signal): void {
    try {
      child.kill(signal);
    } catch {
      // It has ended already: its status is on the way.
    }
    if (signal === "SIGTERM") killTimer ??= setTimeout(() => kill(killAfterMs), killAfterMs);
  }

  const terminate = () => {
    stopTimer ??= setTimeout(() => kill(stopAfterMs), stopAfterMs);
    send("SIGTERM");
  };
  using _delivery = signals.deliverTo(send);
  stop?.addEventListener("abort", terminate);
  if (stop?.aborted) terminate();
  try {
    return await outcomeOf(child);
  } finally {
    stop?.removeEventListener("abort", terminate);
    clearTimeout(killTimer);
    clearTimeout(stopTimer);
  }
}
