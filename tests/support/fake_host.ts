/**
 * A process in memory: what a command sees of it, and what it said.
 *
 * @module
 */
import type { Host } from "../../src/cli/host.ts";

/** What a {@linkcode fakeHost} is like. */
export interface FakeHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether all three streams are a terminal. Default: none is. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly os?: Host["os"];
  /** Lines that the person types; after them the input ends. */
  readonly lines?: readonly string[];
  /** All of standard input, for commands that read it as a document. */
  readonly input?: string | Uint8Array;
  /** Thrown by every write to stdout. */
  readonly outFails?: Error;
}

/** A host that remembers. */
export interface FakeHost extends Host {
  readonly stdout: string;
  readonly stderr: string;
}

/** A host without streams and with only these variables. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { env = {}, isTerminal = false, columns = 80, os = "linux", input = "", outFails } =
    options;
  const lines = [...options.lines ?? []];
  let stdout = "";
  let stderr = "";
  return {
    os,
    env: { get: (name) => env[name], toObject: () => ({ ...env }) },
    readLine: () => Promise.resolve(lines.shift() ?? null),
    readInput: () =>
      Promise.resolve(typeof input === "string" ? new TextEncoder().encode(input) : input),
    terminal: {
      out(text) {
        if (outFails !== undefined) throw outFails;
        stdout += text;
      },
      err: (text) => void (stderr += text),
      log: (text) => void (stderr += text),
      stdinIsTerminal: isTerminal,
      stdoutIsTerminal: isTerminal,
      stderrIsTerminal: isTerminal,
      colour: false,
      columns,
      rows: 24,
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
  };
}
