/**
 * The policy in force, looked at from outside: where it is, whether it is valid, and how much stands
 * in each of its sections. It decides nothing.
 *
 * @module
 */
import { asSentinelError } from "../errors.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { readPolicyText } from "../io/policy_text.ts";
import type { Policy } from "../policy/policy.ts";

/** What is known of a policy. */
export interface PolicyStatus {
  readonly path: string;
  /** `null` when it is not valid. */
  readonly policy: Policy | null;
  /** `sha256:` and hex digits; `null` when it cannot be read. */
  readonly digest: string | null;
  /** Why it grants nothing, in one line; `null` when it is valid. Printable. */
  readonly problem: string | null;
}

/** Looks at the policy at `path`. Never rejects. */
export async function inspectPolicy(path: string): Promise<PolicyStatus> {
  let digest: string | null = null;
  try {
    const { text } = readPolicyText(path);
    digest = `sha256:${await sha256Hex(text)}`;
    const { parsePolicy } = await import("../policy/parse.ts");
    return { path, policy: parsePolicy(text), digest, problem: null };
  } catch (thrown) {
    const { message } = asSentinelError(thrown);
    return { path, policy: null, digest, problem: message.split("\n")[0]! };
  }
}
