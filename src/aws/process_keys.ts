/**
 * Gets the keys that the `credential_process` of a profile prints: a whole document, or nothing.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { abbreviate, quote } from "../text/printable.ts";
import type { ProcessCredentials } from "./base_credentials.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { runBounded } from "./bounded_program.ts";
import { type Environment, showLocation } from "./config_files.ts";
import { parseProcessDocument } from "./key_document.ts";

/** As the Go SDK: time for a person to answer a prompt of its own. */
const TIMEOUT_MS = 60_000;
/** A document is a few kilobytes. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** How it is run. */
export interface CredentialProcessOptions {
  readonly env: Environment;
  /** In milliseconds; default: a minute. */
  readonly timeoutMs?: number;
}

/** The keys that the program of `base` prints now. Rejects with `SentinelError`. */
export async function runCredentialProcess(
  base: ProcessCredentials,
  { env, timeoutMs = TIMEOUT_MS }: CredentialProcessOptions,
): Promise<BaseKeysNow> {
  const outcome = await runBounded(base.command, {
    env,
    timeoutMs,
    maxBytes: MAX_OUTPUT_BYTES,
    stderr: "piped",
  });
  switch (outcome.kind) {
    case "not started": {
      const { reason, cause } = outcome;
      throw failure("CONFIG_INVALID", base, `${quote(base.command[0])}: ${reason}`, { cause });
    }
    case "circle":
      throw failure("CREDENTIAL_PROCESS_RECURSION", base, "it leads back to itself");
    case "late":
      throw failure(
        "AWS_UNAVAILABLE",
        base,
        `it did not end within ${timeoutMs / 1000} s, and was stopped`,
        { suggestion: "Run it by hand: it may wait for an answer." },
      );
    case "too long":
      throw failure("CONFIG_INVALID", base, "it printed more than a document of keys", {
        suggestion: BY_HAND,
      });
    case "ended":
      return readOutput(outcome, base);
    default:
      return assertNever(outcome);
  }
}

const BY_HAND = "Run it by hand: it must print one JSON document with Version 1 and the keys.";

function readOutput(
  { status, stdout, stderr }: {
    readonly status: number;
    readonly stdout: string;
    readonly stderr: string;
  },
  base: ProcessCredentials,
): BaseKeysNow {
  if (status !== 0) {
    const said = lastWords(stderr);
    throw failure(
      "AWS_REFUSED",
      base,
      `it ended with status ${status}${said === null ? "" : ` and said: ${said}`}`,
      { suggestion: "Run it by hand, and do what it asks for." },
    );
  }
  const document = parseProcessDocument(stdout);
  switch (document.kind) {
    case "keys":
      return document.keys;
    case "refusal":
      throw failure("AWS_REFUSED", base, "what it printed holds no keys", { suggestion: BY_HAND });
    case "unreadable":
      throw failure("CONFIG_INVALID", base, document.reason, { suggestion: BY_HAND });
    default:
      return assertNever(document);
  }
}

/**
 * The last two lines with words, printable: a program that fails says there why, and perhaps what to
 * do; it prints keys nowhere.
 */
function lastWords(text: string): string | null {
  const lines = text.split(/[\r\n]/).map((line) => line.trim()).filter((line) => line !== "");
  return lines.length === 0 ? null : abbreviate(lines.slice(-2).join("; "), 300);
}

function failure(
  code: SentinelError["code"],
  base: ProcessCredentials,
  reason: string,
  options: { readonly suggestion?: string; readonly cause?: unknown } = {},
): SentinelError {
  return new SentinelError(
    code,
    `Cannot use the credential_process of profile ${quote(base.profile)}: ${
      showLocation(base)
    }: ${reason}`,
    { ...options, details: { file: base.file, line: base.line } },
  );
}
