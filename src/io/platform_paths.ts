/**
 * Where this platform keeps a user's configuration and caches. Pure: the environment is a
 * parameter.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";

/** What the directories depend on. */
export interface PlatformOptions {
  readonly env: { get(name: string): string | undefined };
  readonly os: typeof Deno.build.os;
}

/** Home directory of the user; `CONFIG_INVALID` when the environment names none. */
export function homeDirectory({ env, os }: PlatformOptions): string {
  const name = os === "windows" ? "USERPROFILE" : "HOME";
  const home = env.get(name) ?? "";
  if (home === "") throw homeless(`${name} is not set`);
  // Relative to the current directory it would be another place, and other files, each time.
  const absolute = os === "windows" ? /^(?:[A-Za-z]:[\\/]|\\\\)/ : /^\//;
  if (!absolute.test(home)) throw homeless(`${name} is not an absolute path`);
  return home;
}

function homeless(reason: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot find the home directory: ${reason}`);
}

/** An XDG directory counts only when it is absolute (XDG base directory specification). */
function xdg(value: string | undefined): string | null {
  return value !== undefined && value.startsWith("/") ? value : null;
}

/** The directory of sentinel's configuration. */
export function configDirectory(options: PlatformOptions): string {
  const { env, os } = options;
  const fromXdg = xdg(env.get("XDG_CONFIG_HOME"));
  if (fromXdg !== null) return `${fromXdg}/sentinel`;
  switch (os) {
    case "windows":
      return `${env.get("APPDATA") || `${homeDirectory(options)}\\AppData\\Roaming`}\\sentinel`;
    case "darwin":
      return `${homeDirectory(options)}/Library/Application Support/sentinel`;
    default:
      return `${homeDirectory(options)}/.config/sentinel`;
  }
}

/** The directory of sentinel's caches. */
export function cacheDirectory(options: PlatformOptions): string {
  const { env, os } = options;
  const fromXdg = xdg(env.get("XDG_CACHE_HOME"));
  if (fromXdg !== null) return `${fromXdg}/sentinel`;
  switch (os) {
    case "windows":
      return `${env.get("LOCALAPPDATA") || `${homeDirectory(options)}\\AppData\\Local`}\\sentinel`;
    case "darwin":
      return `${homeDirectory(options)}/Library/Caches/sentinel`;
    default:
      return `${homeDirectory(options)}/.cache/sentinel`;
  }
}

/** Where a user's `config.yaml` stands. */
export function userConfigPath(options: PlatformOptions): string {
  const separator = options.os === "windows" ? "\\" : "/";
  return `${configDirectory(options)}${separator}config.yaml`;
}

/**
 * Where the `config.yaml` of the whole machine stands: a path that nothing of the environment
 * moves. `null` on Windows, where its owner could not be told.
 */
export function systemConfigPath(os: PlatformOptions["os"]): string | null {
  switch (os) {
    case "windows":
      return null;
    case "darwin":
      return "/Library/Application Support/sentinel/config.yaml";
    default:
      return "/etc/sentinel/config.yaml";
  }
}
