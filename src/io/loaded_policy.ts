/**
 * From the text of a policy, wherever it came from, to what the gate asks. A text that is not a
 * policy gives none.
 *
 * @module
 */
import type { LoadedPolicy } from "../gate/ports.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { evaluate } from "../policy/evaluate.ts";
import { compileOverrideRules, type OverrideRules } from "../policy/override_rules.ts";
import { loadParsedPolicy, type ParsedPolicyOptions } from "./parsed_policy_cache.ts";

/** Makes the policy in `text` ready to answer. Rejects with `POLICY_INVALID`, every problem told. */
export async function prepareLoadedPolicy(
  text: string,
  options: Omit<ParsedPolicyOptions, "digest">,
): Promise<LoadedPolicy> {
  const digest = await sha256Hex(text);
  const policy = await loadParsedPolicy(text, { ...options, digest });
  let overrides: OverrideRules | null = null;
  return {
    source: options.source,
    digest: `sha256:${digest}`,
    evaluate: (request) => evaluate(policy, request),
    get overrides() {
      return overrides ??= compileOverrideRules(policy);
    },
  };
}
