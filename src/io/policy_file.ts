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
import { compileOverrideRules, type OverrideRules } from "../policy/override_rules.ts";
import { loadParsedPolicy } from "./parsed_policy_cache.ts";
import {
  isUnchanged,
  lookAtPolicy,
  type PolicyText,
  readPolicyText,
  unreadable,
} from "./policy_text.ts";

/** How a policy file is read. */
export interface PolicyFileOptions {
  /** Where parsed policies are kept between runs, or `null` to parse every time. */
  readonly cacheDirectory: string | null;
}

/** A file that nobody wrote to for this long counts as written to its end, in ms. */
const QUIET_MS = 100;
/** So long a request waits for that: less than the 900 ms within which it is answered. */
const QUIET_WAIT_MS = 700;

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
    let overrides: OverrideRules | null = null;
    return {
      source: path,
      digest: `sha256:${digest}`,
      evaluate: (request) => evaluate(policy, request),
      get overrides() {
        return overrides ??= compileOverrideRules(policy);
      },
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

  function load(deadline?: number): LoadedPolicy | Promise<LoadedPolicy> {
    const now = lookAtPolicy(path);
    if (current !== null && isUnchanged(current.snapshot, now)) return current.loaded;
    if (!isBeingWritten(now)) {
      const found = readPolicyText(path);
      // INVARIANT: only the very text that is in the file now answers.
      if (current !== null && current.text === found.text) {
        current = { ...found, loaded: current.loaded };
        return current.loaded;
      }
      if (!isBeingWritten(found.snapshot)) return use(found);
    }
    return loadWhenQuiet(deadline ?? performance.now() + QUIET_WAIT_MS);
  }

  /** What the file holds when it has been left alone for a moment. */
  async function loadWhenQuiet(deadline: number): Promise<LoadedPolicy> {
    if (performance.now() > deadline) {
      throw unreadable(path, "it is being written at this moment");
    }
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 4));
    return await load(deadline);
  }

  return { load: () => load() };
}

/**
 * Whether the file was written to a moment ago. Half of a document can be a document that allows
 * more: a rule that is cut off before its conditions matches everybody. A new file in the place of
 * the old one is no exception: some editors write it there piece by piece.
 */
function isBeingWritten({ mtime }: PolicyText["snapshot"]): boolean {
  // A time in the future is no sign of a writer.
  const age = mtime === null ? Infinity : Date.now() - mtime;
  return age >= -QUIET_MS && age < QUIET_MS;
}
