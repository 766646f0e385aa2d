/**
 * Codes of multi-factor devices: what one looks like, and the program of the user's own that prints
 * one. A code is good for one call and is neither kept nor repeated in a message.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { runBounded } from "./bounded_program.ts";
import { splitCommand } from "./command_line.ts";
import type { Environment } from "./config_files.ts";

/** The code in `text`, white space around it aside; `null` when there is none: six digits exactly. */
export function parseMfaCode(text: string): string | null {
  const code = text.trim();
  return /^[0-9]{6}$/.test(code) ? code : null;
}

/** How a program is run that prints a code. */
export interface MfaProcessOptions {
  /** Where it was named, for messages: `--mfa-process`. */
  readonly source: string;
  readonly env: Environment;
  /** Default: a minute, for somebody who has to touch a key. */
  readonly timeoutMs?: number;
}

/** More than this is no code. */
const LONGEST_OUTPUT_BYTES = 1024;

/**
 * Runs the program of `commandLine`, without a shell, and reads the code that it prints. What it
 * says on standard error ("touch your key") is for the person. Rejects with `CONFIG_INVALID`,
 * `CREDENTIAL_PROCESS_RECURSION` or `TIMED_OUT`; no message repeats the line or what was printed.
 */
export async function runMfaProcess(
  commandLine: string,
  { source, env, timeoutMs = 60_000 }: MfaProcessOptions,
): Promise<string> {
  const refuse = (code: SentinelError["code"], reason: string, cause?: unknown) =>
    new SentinelError(code, `Cannot get a code from the program of ${source}: ${reason}`, {
      suggestion: "Run it by hand: it must print six digits and nothing else.",
      cause,
    });
  const split = splitCommand(commandLine);
  if (split.kind === "refused") {
    throw refuse(
      "CONFIG_INVALID",
      "no shell runs it: use plain words, in single quotes where they hold other characters",
    );
  }
  const outcome = await runBounded(split.words, {
    env,
    timeoutMs,
    maxBytes: LONGEST_OUTPUT_BYTES,
    stderr: "inherit",
  });
  switch (outcome.kind) {
    case "not started":
      throw refuse(
        "CONFIG_INVALID",
        `${quote(split.words[0])}: ${outcome.reason}`,
        outcome.cause,
      );
    case "circle":
      throw refuse("CREDENTIAL_PROCESS_RECURSION", "it leads back to itself");
    case "late":
      throw refuse("TIMED_OUT", `it did not end within ${timeoutMs / 1000} s, and was stopped`);
    case "too long":
      throw refuse("CONFIG_INVALID", "it printed something else than six digits");
    case "ended": {
      if (outcome.status !== 0) {
        throw refuse("CONFIG_INVALID", `it ended with status ${outcome.status}`);
      }
      const code = parseMfaCode(outcome.stdout);
      if (code === null) {
        throw refuse("CONFIG_INVALID", "it printed something else than six digits");
      }
      return code;
    }
    default:
      return assertNever(outcome);
  }
}
