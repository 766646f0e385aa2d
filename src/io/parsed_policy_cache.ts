/**
 * Parsed policies by the digest of their text, so that a short-lived process starts neither the
 * YAML parser nor the schema validator for a document that was proved valid before.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { freezePolicy } from "../policy/frozen_policy.ts";
import type { Policy, PolicyProblem } from "../policy/policy.ts";
import { quote } from "../text/printable.ts";
import { isPolicy } from "./policy_shape.ts";
import {
  ensurePrivateDirectory,
  keepNewest,
  ownUid,
  readPrivateFile,
  writePrivateFile,
} from "./private_file.ts";
import { VERSION } from "../version.ts";

/** Changes whenever the same text may be parsed to another policy than before. */
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
 * The policy of `text`, frozen: from the cache where its parsed form is there, else parsed and
 * kept. Rejects with `POLICY_INVALID`. A cache that fails is passed over.
 */
export async function loadParsedPolicy(
  text: string,
  options: ParsedPolicyOptions,
): Promise<Policy> {
  const directory = cacheDirectory(options);
  const known = directory === null ? null : read(directory, options.digest);
  if (known !== null) return freezePolicy(known);
  const { parsePolicy } = await import("../policy/parse.ts");
  let policy: Policy;
  try {
    policy = parsePolicy(text);
  } catch (error) {
    throw await withSource(error, options.source);
  }
  if (directory !== null) keep(directory, options.digest, policy);
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
function cacheDirectory({ directory, owner }: ParsedPolicyOptions): string | null {
  return Deno.build.os === "windows" || owner !== ownUid() ? null : directory;
}

function cachePath(directory: string, digest: string): string {
  return `${directory}/policies/${digest}.${VERSION}.${FORMAT}.json`;
}

function read(directory: string, digest: string): Policy | null {
  try {
    const kept = JSON.parse(readPrivateFile(cachePath(directory, digest)) ?? "null");
    // INVARIANT: a policy is for the text whose digest stands beside it, wherever it was moved to.
    return kept.digest === digest && isPolicy(kept.policy) ? kept.policy : null;
  } catch {
    // Missing, not to be believed, or broken.
    return null;
  }
}

function keep(directory: string, digest: string, policy: Policy): void {
  try {
    ensurePrivateDirectory(directory);
    ensurePrivateDirectory(`${directory}/policies`);
    writePrivateFile(cachePath(directory, digest), JSON.stringify({ digest, policy }));
    keepNewest(`${directory}/policies`, MAX_KEPT);
  } catch {
    // A cache is a convenience: the next run parses again.
  }
}
