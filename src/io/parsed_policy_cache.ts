/**
 * Parsed policies by the digest of their text, so that a short-lived process starts neither the
 * YAML parser nor the schema validator for a document that was proved valid before.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { Policy, PolicyProblem } from "../policy/policy.ts";
import { quote } from "../text/printable.ts";
import { ensurePrivateDirectory, readPrivateFile, writePrivateFile } from "./private_file.ts";

/** Changes whenever the policy language or the shape of a parsed policy does. */
const FORMAT = 1;
/** As many versions are kept; the oldest go. */
const MAX_KEPT = 32;

/** Where a text stands and where its parsed form may be kept. */
export interface ParsedPolicyOptions {
  /** Hex SHA-256 of the text. */
  readonly digest: string;
  /** Name of the source, for messages. */
  readonly source: string;
  /** Numeric owner of the policy file, or `null` when the platform has none. */
  readonly owner: number | null;
  /** Where parsed policies are kept, or `null`. */
  readonly directory: string | null;
}

/**
 * The policy of `text`: from the cache where its parsed form is there, else parsed and kept.
 * Rejects with `POLICY_INVALID`. A cache that fails is passed over.
 */
export async function loadParsedPolicy(
  text: string,
  options: ParsedPolicyOptions,
): Promise<Policy> {
  const path = cachePath(options);
  if (path !== null) {
    const known = read(path);
    if (known !== null) return known;
  }
  const { parsePolicy } = await import("../policy/parse.ts");
  let policy: Policy;
  try {
    policy = parsePolicy(text);
  } catch (error) {
    throw await withSource(error, options.source);
  }
  if (path !== null) keep(options.directory!, path, policy);
  return policy;
}

/** A fault of the parser with the document's name, and with every problem instead of the first. */
async function withSource(error: unknown, source: string): Promise<unknown> {
  if (!(error instanceof SentinelError) || error.code !== "POLICY_INVALID") return error;
  const problems = error.details["problems"] as readonly PolicyProblem[];
  const { formatProblems } = await import("../policy/problems.ts");
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new SentinelError(
    "POLICY_INVALID",
    `Cannot load policy ${quote(source)}: ${count}\n${formatProblems(problems, source)}`,
    { details: error.details, suggestion: error.suggestion, cause: error },
  );
}

/**
 * INVARIANT: a policy that this user cannot write is not cached where this user can write, or
 * the cache would be a way round it.
 */
function cachePath({ directory, digest, owner }: ParsedPolicyOptions): string | null {
  if (directory === null) return null;
  if (Deno.build.os === "windows" || owner !== Deno.uid()) return null;
  return `${directory}/policies/${digest}.v${FORMAT}.json`;
}

function read(path: string): Policy | null {
  try {
    const text = readPrivateFile(path);
    return text === null ? null : JSON.parse(text) as Policy;
  } catch {
    return null;
  }
}

function keep(directory: string, path: string, policy: Policy): void {
  try {
    ensurePrivateDirectory(directory);
    ensurePrivateDirectory(`${directory}/policies`);
    writePrivateFile(path, JSON.stringify(policy));
    prune(`${directory}/policies`);
  } catch {
    // A cache is a convenience: the next run parses again.
  }
}

function prune(directory: string): void {
  const files = [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`);
  if (files.length <= MAX_KEPT) return;
  const age = (path: string) => Deno.lstatSync(path).mtime?.getTime() ?? 0;
  files.sort((a, b) => age(b) - age(a));
  for (const path of files.slice(MAX_KEPT)) Deno.removeSync(path);
}
