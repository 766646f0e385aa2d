/**
 * Policy documents that a command line names: files, or `-` for standard input. A file is read by
 * the rules of the gate, so that what is found right here is also read there.
 *
 * @module
 */
import { isParameterSource } from "../aws/parameter_name.ts";
import { asSentinelError, SentinelError } from "../errors.ts";
import { decodePolicyText, MAX_POLICY_BYTES, readPolicyText } from "../io/policy_text.ts";
import type { PolicyProblem } from "../policy/policy.ts";
import { printable, quote } from "../text/printable.ts";
import type { Host } from "./host.ts";
import { tellError } from "./terminal.ts";
import { usageError } from "./usage.ts";

/** How a command line names standard input. */
const STANDARD_INPUT = "-";

/** What a document is called in messages. */
export function sourceOf(path: string): string {
  return path === STANDARD_INPUT ? "<stdin>" : path;
}

/** A document that was read. */
export interface PolicyInput {
  /** Its name, for messages. */
  readonly source: string;
  readonly text: string;
}

/**
 * Reads the document that `path` names. Rejects with `POLICY_UNREADABLE`, or with `POLICY_INVALID`
 * when it is not text.
 */
export async function readPolicyInput(path: string, host: Host): Promise<PolicyInput> {
  try {
    if (path !== STANDARD_INPUT) return { source: path, text: readPolicyText(path).text };
    const source = sourceOf(path);
    const bytes = await host.readInput(MAX_POLICY_BYTES);
    return { source, text: decodePolicyText(bytes, source) };
  } catch (thrown) {
    if (!(thrown instanceof SentinelError) || thrown.code !== "POLICY_UNREADABLE") throw thrown;
    // The catalogue's suggestion is for the policy in force; this one stands on the command line.
    throw new SentinelError(thrown.code, thrown.message, {
      suggestion: isParameterSource(path)
        ? `A file is wanted here. Fetch it: sentinel policy pull ${printable(path)} --to FILE`
        : "Check the path and its permissions.",
      cause: thrown,
    });
  }
}

/** Refuses a command line that names standard input twice: there is only one of it. */
export function checkPolicyPaths(
  command: { readonly name: string },
  paths: readonly string[],
): void {
  if (paths.indexOf(STANDARD_INPUT) === paths.lastIndexOf(STANDARD_INPUT)) return;
  throw usageError(command, "standard input (-) is named twice");
}

/** The problems that a fault of reading or parsing tells of, or `null` when it is another fault. */
export function problemsOf(error: SentinelError): readonly PolicyProblem[] | null {
  if (error.code !== "POLICY_INVALID") return null;
  return error.details["problems"] as readonly PolicyProblem[];
}

/** What `attempt` gives, or the error of the catalogue with which it fails. A defect is thrown. */
export async function orFault<T>(attempt: () => T | Promise<T>): Promise<T | SentinelError> {
  try {
    return await attempt();
  } catch (thrown) {
    const error = asSentinelError(thrown);
    if (error.code === "POLICY_INVALID" || error.code === "POLICY_UNREADABLE") return error;
    throw thrown;
  }
}

/** Tells that a document could not be read. */
export function tellUnreadable({ message, suggestion }: SentinelError, { terminal }: Host): void {
  tellError(terminal, { message, suggestion });
}

/** Where a fault of a document is told, for commands whose output is something else. */
export interface InvalidOptions {
  readonly source: string;
  /** The document, where it could be read. */
  readonly text?: string;
  readonly host: Host;
}

/** Tells on standard error what is wrong with a document, and gives the fault back. */
export async function tellInvalid(
  fault: SentinelError,
  { source, text, host }: InvalidOptions,
): Promise<SentinelError> {
  const problems = problemsOf(fault);
  if (problems === null) {
    tellUnreadable(fault, host);
    return fault;
  }
  const { formatProblemsIn } = await import("../policy/excerpt.ts");
  const told = formatProblemsIn(problems, { source, text, width: host.terminal.columns });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  tellError(host.terminal, {
    message: `Cannot load policy ${quote(source)}: ${count}\n${told}`,
    suggestion: fault.suggestion,
  });
  return fault;
}

/** All of `input`, but at most `maxBytes` and one byte more: enough to know that it is too much. */
export async function readInput(
  input: { read(buffer: Uint8Array): Promise<number | null> },
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const buffer = new Uint8Array(Math.min(1 << 16, maxBytes + 1 - length));
    const count = await input.read(buffer);
    if (count === null) break;
    chunks.push(buffer.subarray(0, count));
    length += count;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
