/**
 * The profiles and session tables that this machine knows of. Read for a person who is typing: it
 * asks neither AWS nor the person, and what cannot be read is as good as not there.
 *
 * @module
 */
import { printable } from "../text/printable.ts";
import type { CompletionSources } from "./completion_words.ts";
import { DEFAULT_SESSION_TABLE } from "./descriptions/administration_flags.ts";
import type { Host } from "./host.ts";

/** Session tables of a policy that are suggested. */
const MAX_TABLES = 100;

/** The names known to `host`. */
export function createCompletionSources(host: Host): CompletionSources {
  return {
    profiles: () => known(() => profileNames(host)),
    sessionTables: () => known(() => sessionTables(host)),
  };
}

/** Names that can be shown; none when they cannot be read. */
async function known(read: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return [...new Set(await read())].filter((name) => name !== "" && printable(name) === name);
  } catch {
    return [];
  }
}

/** Names of the profiles in the AWS configuration, in its order. Rejects with `CONFIG_INVALID`. */
export async function profileNames({ env, os }: Pick<Host, "env" | "os">): Promise<string[]> {
  const { readConfigFiles } = await import("../aws/config_files.ts");
  const { config, credentials } = await readConfigFiles({ env, os });
  const names = [config, credentials].flatMap(({ ini }) =>
    [...ini.sections]
      .filter(([id, { problem }]) => id.startsWith("profile ") && problem === null)
      .map(([id]) => id.slice("profile ".length))
  );
  return [...new Set(names)];
}

async function sessionTables(host: Host): Promise<readonly string[]> {
  const named = host.env.get("SENTINEL_SESSION_TABLE") ?? "";
  return [named, ...await known(() => policyTables(host)), DEFAULT_SESSION_TABLE];
}

/** The tables that the rules of the policy name. */
async function policyTables({ env, os }: Host): Promise<readonly string[]> {
  const { cacheDirectory, configDirectory } = await import("../io/platform_paths.ts");
  const { readPolicyText } = await import("../io/policy_text.ts");
  const { loadParsedPolicy } = await import("../io/parsed_policy_cache.ts");
  const { sha256Hex } = await import("../gate/source_identity.ts");
  const path = env.get("SENTINEL_POLICY") || `${configDirectory({ env, os })}/policy.yaml`;
  const { text, owner } = readPolicyText(path);
  const { rules } = await loadParsedPolicy(text, {
    source: path,
    digest: await sha256Hex(text),
    owner,
    directory: cacheDirectory({ env, os }),
  });
  return [...new Set(rules.flatMap(({ sessionTable }) => sessionTable ?? []))].slice(0, MAX_TABLES);
}
