/**
 * The profiles and tables that this machine knows of. Read for a person who is typing: it
 * asks neither AWS nor the person, and what cannot be read is as good as not there.
 *
 * @module
 */
import { SESSION_TABLE, type TableKind } from "../store/table_kind.ts";
import { printable } from "../text/printable.ts";
import { type CompletionSources, settingOf } from "./completion_words.ts";
import type { Host } from "./host.ts";

/** Session tables of a policy that are suggested. */
const MAX_TABLES = 100;

/** The names known to `host`. */
export function createCompletionSources(host: Host): CompletionSources {
  return {
    profiles: () => known(() => profileNames(host)),
    tables: (kind) => known(() => tables(kind, host)),
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

/** Tables of one kind, those that somebody named first. */
async function tables(kind: TableKind, host: Host): Promise<readonly string[]> {
  return [
    host.env.get(kind.variable) ?? "",
    ...await known(() => configured(settingOf(kind), host)),
    ...kind === SESSION_TABLE ? await known(() => policyTables(host)) : [],
    kind.defaultTable,
  ];
}

/** What `config.yaml` says of a setting, for whatever profile. */
async function configured(key: string, host: Host): Promise<readonly string[]> {
  const { loadSettings } = await import("../config/settings.ts");
  const settings = await loadSettings(host, host.systemConfig);
  if (settings === null) return [];
  const profiles = await known(() => profileNames(host));
  const found = [null, ...profiles].map((profile) => settings.find(key, profile));
  return [settings.pinned(key), ...found].flatMap((each) => each === null ? [] : [each.value]);
}

/** The tables that the rules of the policy name. */
async function policyTables(host: Host): Promise<readonly string[]> {
  const { env, os } = host;
  const { cacheDirectory, configDirectory } = await import("../io/platform_paths.ts");
  const { readPolicyText } = await import("../io/policy_text.ts");
  const { loadParsedPolicy } = await import("../io/parsed_policy_cache.ts");
  const { sha256Hex } = await import("../gate/source_identity.ts");
  const path = env.get("SENTINEL_POLICY") || (await known(() => configured("policy", host)))[0] ||
    `${configDirectory({ env, os })}/policy.yaml`;
  const { text, owner } = readPolicyText(path);
  const { rules } = await loadParsedPolicy(text, {
    source: path,
    digest: await sha256Hex(text),
    owner,
    directory: cacheDirectory({ env, os }),
  });
  return [...new Set(rules.flatMap(({ sessionTable }) => sessionTable ?? []))].slice(0, MAX_TABLES);
}
