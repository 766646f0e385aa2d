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
  /** The configuration of the whole machine. Default: this platform has none. */
  readonly systemConfig?: Host["systemConfig"];
  /** Lines that the person types; after them the input ends. */
  readonly lines?: readonly string[];
  /** All of standard input, for commands that read it as a document. */
  readonly input?: string | Uint8Array;
  /** Thrown by every write to stdout. */
  readonly outFails?: Error;
  /** Lines typed at the person's own terminal; by default there is none. */
  readonly personalLines?: readonly string[];
  /** The browser; returns whether it opens. Default: there is none. */
  readonly browse?: (url: string) => boolean;
}

/** A host that remembers. */
export interface FakeHost extends Host {
  readonly stdout: string;
  readonly stderr: string;
  /** What was shown at the person's own terminal. */
  readonly shown: string;
}

/** A host without streams and with only these variables. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const { env = {}, isTerminal = false, columns = 80, os = "linux", input = "", outFails } =
    options;
  const lines = [...options.lines ?? []];
  let stdout = "";
  let stderr = "";
  let shown = "";
  const { personalLines, browse = () => false } = options;
  const personal = [...personalLines ?? []];
  return {
    os,
    systemConfig: options.systemConfig ?? { path: null, owner: 0 },
    env: { get: (name) => env[name], toObject: () => ({ ...env }) },
    readLine: () => Promise.resolve(lines.shift() ?? null),
    readInput: () =>
      Promise.resolve(typeof input === "string" ? new TextEncoder().encode(input) : input),
    openPersonalTerminal: () =>
      Promise.resolve(
        personalLines === undefined ? null : {
          tell: (text) => void (shown += text),
          readLine: () => Promise.resolve(personal.shift() ?? null),
          [Symbol.dispose]() {},
        },
      ),
    openBrowser: (url) => Promise.resolve(browse(url)),
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
    get shown() {
      return shown;
    },
  };
}
