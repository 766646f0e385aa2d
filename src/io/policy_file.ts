/**
 * The policy from a file. Every request sees the file as it is at that moment: an unchanged one
 * is not read again, a changed one decides at once, a broken one refuses.
 *
 * @module
 */
import { asSentinelError } from "../errors.ts";
import type { LoadedPolicy, PolicySource } from "../gate/ports.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { evaluate } from "../policy/evaluate.ts";
import { loadParsedPolicy } from "./parsed_policy_cache.ts";
import { isUnchanged, lookAtPolicy, type PolicyText, readPolicyText } from "./policy_text.ts";

/** How a policy file is read. */
export interface PolicyFileOptions {
  /** Where parsed policies are kept between runs, or `null` to parse every time. */
  readonly cacheDirectory: string | null;
}

/** A text of the file, and its policy; a broken text keeps its fault. */
interface Version extends PolicyText {
  readonly loaded: LoadedPolicy | Promise<LoadedPolicy>;
}

/** A policy source over the file at `path`. */
export function createPolicyFile(path: string, options: PolicyFileOptions): PolicySource {
  let current: Version | null = null;

  async function prepare({ text, owner }: PolicyText): Promise<LoadedPolicy> {
    const digest = await sha256Hex(text);
    const policy = await loadParsedPolicy(text, {
      digest,
      source: path,
      owner,
      directory: options.cacheDirectory,
    });
    return {
      source: path,
      digest: `sha256:${digest}`,
      evaluate: (request) => evaluate(policy, request),
    };
  }

  function use(read: PolicyText): Promise<LoadedPolicy> {
    const loaded = prepare(read);
    current = { ...read, loaded };
    loaded.then((policy) => {
      if (current?.loaded === loaded) current = { ...current, loaded: policy };
    }, (error) => {
      // The fault of a text is kept with it: a thousand requests do not parse it a thousand times.
      if (asSentinelError(error).code === "POLICY_INVALID") return;
      if (current?.loaded === loaded) current = null;
    });
    return loaded;
  }

  return {
    load() {
      if (current !== null && isUnchanged(current.snapshot, lookAtPolicy(path))) {
        return current.loaded;
      }
      const read = readPolicyText(path);
      // INVARIANT: only the very text that is in the file now answers.
      if (current === null || current.text !== read.text) return use(read);
      current = { ...read, loaded: current.loaded };
      return current.loaded;
    },
  };
}
