/**
 * What goes to the terminal: stdout is for machines and is never lost silently; stderr is for
 * people and never stops the program. Text from outside is never printed raw, and colours go to
 * terminals only.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { printable } from "../text/printable.ts";

/** Where a command's output goes. */
export interface Terminal {
  /** Writes `text` to stdout, all of it. Throws `OUTPUT_FAILED`. */
  out(text: string): void;
  /** Writes `text` to stderr as far as it can. Never throws. */
  err(text: string): void;
  /** Writes `text` to stderr, all of it: for decision records. Throws `LOG_UNWRITABLE`. */
  log(text: string): void;
  /** Whether stdin is a terminal, so that a person can be asked. */
  readonly stdinIsTerminal: boolean;
  /** Whether stdout is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** Whether stderr is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** Whether stderr may be coloured. */
  readonly colour: boolean;
  /** Width of the terminal; 80 when there is none. */
  readonly columns: number;
  /** Height of the terminal; 24 when there is none. */
  readonly rows: number;
}

/** A stream as {@linkcode createTerminal} writes to it: `Deno.stdout`, `Deno.stderr`. */
export interface OutputStream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** What {@linkcode createTerminal} closes over. */
export interface TerminalOptions {
  readonly stdin: { isTerminal(): boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: { get(name: string): string | undefined };
  /** Width of the terminal; may throw when there is none. */
  readonly columns: () => number;
  /** Height of the terminal; may throw when there is none. Default: there is none. */
  readonly rows?: () => number;
  /** How long a stream may take nothing before it counts as stuck, in ms. Default 10,000. */
  readonly stuckAfterMs?: number;
}

/** Pause between two attempts on a stream that takes nothing right now. */
const RETRY_MS = 5;

/** Why a write failed, in our own words: the system's may name paths. */
function writeFailure(thrown: unknown): string {
  if (thrown instanceof Deno.errors.BrokenPipe) return "the reader has closed the pipe";
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === "ENOSPC") return "the disk is full";
  return typeof code === "string" ? printable(code) : "the system refused";
}

/** Another program that shares the stream may have made it non-blocking. */
function isTransient(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.WouldBlock || thrown instanceof Deno.errors.Interrupted;
}

/** Writes every byte, waiting for a slow reader; returns why it could not, or `null`. */
function writeAll(stream: OutputStream, bytes: Uint8Array, stuckAfterMs: number): string | null {
  let offset = 0;
  let waitedMs = 0;
  while (offset < bytes.length) {
    let written = 0;
    try {
      written = stream.writeSync(bytes.subarray(offset));
    } catch (thrown) {
      if (!isTransient(thrown)) return writeFailure(thrown);
    }
    offset += written;
    if (written > 0) {
      waitedMs = 0;
    } else {
      if (waitedMs >= stuckAfterMs) return "its reader takes nothing";
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      waitedMs += RETRY_MS;
    }
  }
  return null;
}

/** Colours are wanted: https://no-color.org, and terminals that say they have none. */
function wantsColour(env: TerminalOptions["env"]): boolean {
  try {
    return !env.get("NO_COLOR") && env.get("TERM") !== "dumb";
  } catch {
    return false;
  }
}

/** A terminal over the given streams. Writes are synchronous: nothing is lost at exit. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { stdin, stdout, stderr, env, stuckAfterMs = 10_000 } = options;
  const encoder = new TextEncoder();
  return {
    out(text) {
      const failure = writeAll(stdout, encoder.encode(text), stuckAfterMs);
      if (failure === null) return;
      throw new SentinelError("OUTPUT_FAILED", `Cannot write to standard output: ${failure}`);
    },
    err(text) {
      writeAll(stderr, encoder.encode(text), stuckAfterMs);
    },
    log(text) {
      const failure = writeAll(stderr, encoder.encode(text), stuckAfterMs);
      if (failure === null) return;
      throw new SentinelError(
        "LOG_UNWRITABLE",
        `Cannot write the decision log to standard error: ${failure}`,
        { suggestion: "Use --log-file, or send standard error where it is read." },
      );
    },
    get stdinIsTerminal() {
      return stdin.isTerminal();
    },
    get stdoutIsTerminal() {
      return stdout.isTerminal();
    },
    get stderrIsTerminal() {
      return stderr.isTerminal();
    },
    get colour() {
      return stderr.isTerminal() && wantsColour(env);
    },
    get columns() {
      try {
        // Nobody has told a terminal of no width how wide it is.
        return options.columns() || 80;
      } catch {
        return 80;
      }
    },
    get rows() {
      try {
        return options.rows?.() || 24;
      } catch {
        return 24;
      }
    },
  };
}

/** The terminal of this process. */
export function processTerminal(env: TerminalOptions["env"]): Terminal {
  return createTerminal({
    stdin: Deno.stdin,
    stdout: Deno.stdout,
    stderr: Deno.stderr,
    env,
    columns: () => Deno.consoleSize().columns,
    rows: () => Deno.consoleSize().rows,
  });
}

/** What a person is told when something is refused or fails. */
export interface Complaint {
  readonly message: string;
  /** What to do next, or `null`. */
  readonly suggestion: string | null;
}

const COLOURS = { error: "\x1b[1;31m", warning: "\x1b[1;33m", hint: "\x1b[1;36m" } as const;

/** `label: text`, with every line of `text` made printable. */
function labelled(terminal: Terminal, label: keyof typeof COLOURS, text: string): string {
  const safe = text.split("\n").map(printable).join("\n");
  const head = terminal.colour ? `${COLOURS[label]}${label}:\x1b[0m` : `${label}:`;
  return `${head} ${safe}\n`;
}

/** Tells why something did not happen, and what to do. One write, so that lines stay together. */
export function tellError(terminal: Terminal, { message, suggestion }: Complaint): void {
  const hint = suggestion === null ? "" : labelled(terminal, "hint", suggestion);
  terminal.err(labelled(terminal, "error", message) + hint);
}

/** Tells what went wrong without stopping anything. */
export function tellWarning(terminal: Terminal, message: string): void {
  terminal.err(labelled(terminal, "warning", message));
}
