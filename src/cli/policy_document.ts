/**
 * A policy that a command line names, for commands that ask it and never the AWS behind it.
 *
 * @module
 */
import { loadParsedPolicy } from "../io/parsed_policy_cache.ts";
import type { Policy } from "../policy/policy.ts";
import type { Host } from "./host.ts";
import { readPolicyInput } from "./policy_input.ts";

/**
 * The policy in the file `path`, or on standard input for `-`. Rejects with `POLICY_UNREADABLE`, or
 * with `POLICY_INVALID` and all that is wrong with it.
 */
export async function loadPolicyDocument(path: string, host: Host): Promise<Policy> {
  const { source, text } = await readPolicyInput(path, host);
  // Parsed anew: these commands are asked about documents that nobody uses yet.
  return await loadParsedPolicy(text, { source, digest: "", owner: null, directory: null });
}
