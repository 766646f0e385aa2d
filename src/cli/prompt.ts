/**
 * Asks the person at the terminal. Where nobody can see the question or answer it, it refuses
 * instead of waiting for ever; whatever is not a clear yes is a no.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Host } from "./host.ts";

/** What {@linkcode confirm} asks. */
export interface Confirmation {
  /** Ends with a question mark. */
  readonly question: string;
  /** What to do where nobody can be asked. */
  readonly suggestion: string;
}

/** Throws `USAGE` unless there is somebody to ask: a terminal to read from and one to write to. */
export function requirePerson(host: Host, { question, suggestion }: Confirmation): void {
  if (host.terminal.stdinIsTerminal && host.terminal.stderrIsTerminal) return;
  throw new SentinelError("USAGE", `Cannot ask "${question}": there is no terminal to answer at`, {
    suggestion,
  });
}

/** Asks `QUESTION [y/N]: `; `true` for `y` or `yes` only. Throws `USAGE` without a terminal. */
export async function confirm(host: Host, confirmation: Confirmation): Promise<boolean> {
  requirePerson(host, confirmation);
  host.terminal.err(`${confirmation.question} [y/N]: `);
  const answer = await host.readLine();
  // At the end of the input the cursor still stands behind the question.
  if (answer === null) host.terminal.err("\n");
  return /^\s*y(?:es)?\s*$/i.test(answer ?? "");
}

/** Asks for a line of text; `null` at the end of the input. Throws `USAGE` without a terminal. */
export async function askLine(host: Host, confirmation: Confirmation): Promise<string | null> {
  requirePerson(host, confirmation);
  host.terminal.err(confirmation.question);
  const answer = await host.readLine();
  if (answer === null) host.terminal.err("\n");
  return answer;
}

/** What lines are read from: `Deno.stdin`. */
export interface InputStream {
  read(buffer: Uint8Array): Promise<number | null>;
}

/** What a person types in one line is short. */
const LONGEST_LINE = 4096;

/** One line without its end, or `null` at the end of the input. Never more is kept than a line. */
export async function readLine(input: InputStream): Promise<string | null> {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    const count = await input.read(byte);
    if (count === null && bytes.length === 0) return null;
    if (count === null || byte[0] === 0x0a) break;
    if (count === 1 && bytes.length < LONGEST_LINE) bytes.push(byte[0]!);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\r$/, "");
}
