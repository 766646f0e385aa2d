/**
 * What `config.yaml` says of a setting: the user's file before the machine's, the section of a
 * profile before the defaults. It knows nothing of flags and of the environment, which win over
 * all but a pin.
 *
 * @module
 */
import { isParameterSource } from "../aws/parameter_name.ts";
import { cacheDirectory, homeDirectory, type PlatformOptions } from "../io/platform_paths.ts";
import type { ConfigDocument, ConfigSection } from "./config_document.ts";
import {
  type ConfigText,
  type ConfigTexts,
  readConfigTexts,
  requirePinnable,
  type SystemConfig,
} from "./config_file.ts";

/** A value of a file. */
export interface FileValue {
  readonly value: string;
  readonly origin: "user file" | "system file" | "pin";
  /** `PATH:LINE` */
  readonly as: string;
}

/** What the files say. */
export interface FileSettings {
  /** The value of `key` for `profile`, or for any where that is `null`. Pins are not looked at. */
  find(key: string, profile: string | null): FileValue | null;
  /**
   * The value of `key` that nothing may change, or `null`. Throws `CONFIG_INVALID` for a policy file
   * that is not its administrator's alone.
   */
  pinned(key: string): FileValue | null;
}

/** Names of what can be set. Another name is no setting. */
export const SETTING_NAMES = [
  "policy",
  "policy_refresh",
  "session_table",
  "request_table",
  "breakglass_table",
  "region",
  "server",
  "log_file",
] as const;

/** Without the word, and without an escape that could spell it, no document has the key. */
const MAY_BE_PIN = /pin|\\/;

/** A file and what it sets. */
interface ConfigFile {
  readonly path: string;
  readonly document: ConfigDocument;
}

/** Reads the files; `null` when there are none. Rejects with `CONFIG_INVALID`. */
export async function loadSettings(
  platform: PlatformOptions,
  system: SystemConfig,
): Promise<FileSettings | null> {
  const texts = readConfigTexts(platform, system);
  if (texts.user === null && texts.system === null) return null;
  return await understand(texts, { platform, owner: system.owner });
}

async function understand(
  texts: ConfigTexts,
  { platform, owner }: { readonly platform: PlatformOptions; readonly owner: number },
): Promise<FileSettings> {
  const system = texts.system === null
    ? null
    : await open(texts.system, { mayPin: true, platform });
  const user = texts.user === null ? null : await open(texts.user, { mayPin: false, platform });
  const value = (
    file: ConfigFile,
    { section, key, origin }: {
      readonly section: ConfigSection | undefined;
      readonly key: string;
      readonly origin: FileValue["origin"];
    },
  ): FileValue | null => {
    // A section comes from a document: a name like "constructor" is no setting of it.
    if (section === undefined || !Object.hasOwn(section, key)) return null;
    const { value, line } = section[key]!;
    return { value: expand(value, platform), origin, as: `${file.path}:${line}` };
  };
  const findIn = (
    file: ConfigFile | null,
    { key, profile, origin }: {
      readonly key: string;
      readonly profile: string | null;
      readonly origin: "user file" | "system file";
    },
  ): FileValue | null => {
    if (file === null) return null;
    const { defaults, profiles } = file.document;
    const own = profile !== null && Object.hasOwn(profiles, profile)
      ? profiles[profile]
      : undefined;
    return value(file, { section: own, key, origin }) ??
      value(file, { section: defaults, key, origin });
  };
  return {
    find: (key, profile) =>
      findIn(user, { key, profile, origin: "user file" }) ??
        findIn(system, { key, profile, origin: "system file" }),
    pinned(key) {
      if (system === null) return null;
      const pin = value(system, { section: system.document.pin, key, origin: "pin" });
      // Looked at where it counts: other commands do not care who can edit a policy.
      if (key === "policy" && pin !== null && !isParameterSource(pin.value)) {
        requirePinnable(pin.value, owner);
      }
      return pin;
    },
  };
}

async function open(
  { path, text, isOwn }: ConfigText,
  { mayPin, platform }: { readonly mayPin: boolean; readonly platform: PlatformOptions },
): Promise<ConfigFile> {
  // INVARIANT: what the machine pins is read from its own file every time. What it says without a
  // pin may be kept where the user can write: the user may say something else in any case.
  const isCacheable = mayPin ? !MAY_BE_PIN.test(text) : isOwn;
  const parse = async () => {
    const { parseConfig } = await import("./config_document.ts");
    return parseConfig(text, { path, mayPin });
  };
  const directory = isCacheable ? findCache(platform) : null;
  if (directory === null) return { path, document: await parse() };
  const { cachedConfig } = await import("./config_cache.ts");
  return { path, document: await cachedConfig(text, { cacheDirectory: directory, parse }) };
}

function findCache(platform: PlatformOptions): string | null {
  try {
    return cacheDirectory(platform);
  } catch {
    // Without a home there is no cache, and nothing else is the matter.
    return null;
  }
}

/** `~/` at the start of a path, also behind `sqlite:`, as the user's home. */
function expand(value: string, platform: PlatformOptions): string {
  return value.replace(
    /^(sqlite:)?~(?=[\\/])/,
    (_, scheme: string | undefined) => `${scheme ?? ""}${homeDirectory(platform)}`,
  );
}
