/**
 * The `config.yaml` of this user and that of the machine, where they are. Most machines have none,
 * and then nothing is loaded. A file that others could have written is not believed: what it says
 * decides which policy counts.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { describeFault } from "../io/file_fault.ts";
import { type PlatformOptions, userConfigPath } from "../io/platform_paths.ts";
import { ownUid, readBytes } from "../io/private_file.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import { findExposure } from "./administered_path.ts";

/** Larger files are refused, in bytes. */
const MAX_BYTES = 1024 * 1024;

/** The file of the whole machine, and who must own it. */
export interface SystemConfig {
  /** `null`: this platform has none. */
  readonly path: string | null;
  /** Numeric id: 0. */
  readonly owner: number;
}

/** A file that is there. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
  /** It belongs to this user. */
  readonly isOwn: boolean;
}

/** The files that are there. */
export interface ConfigTexts {
  readonly user: ConfigText | null;
  readonly system: ConfigText | null;
}

/** Reads the files that are there. Throws `CONFIG_INVALID` for one that cannot be believed. */
export function readConfigTexts(platform: PlatformOptions, system: SystemConfig): ConfigTexts {
  return {
    user: readUserConfig(platform),
    system: system.path === null ? null : readSystemConfig(system.path, system.owner),
  };
}

/** The path of the user's file, or `null` where there is no home to have it in. */
export function findUserConfig(platform: PlatformOptions): string | null {
  try {
    return userConfigPath(platform);
  } catch (error) {
    // Whatever needs a home directory says so itself.
    if (error instanceof SentinelError) return null;
    throw error;
  }
}

function readUserConfig(platform: PlatformOptions): ConfigText | null {
  const path = findUserConfig(platform);
  return path === null ? null : readText(path, (info) => {
    const isWritable = Deno.build.os !== "windows" && ((info.mode ?? 0) & 0o002) !== 0;
    if (isWritable) return "every user of this machine may write it";
    const isTheirs = info.uid === null || info.uid === ownUid() || info.uid === 0;
    return isTheirs ? null : "it belongs to another user";
  });
}

function readSystemConfig(path: string, owner: number): ConfigText | null {
  const exposure = findExposure(path, owner);
  if (exposure !== null) throw untrusted(path, exposure.reason, `Run as root: ${exposure.mend}`);
  // What nobody else can replace is still the same when it is opened.
  return readText(path, () => null);
}

/**
 * Throws `CONFIG_INVALID` unless the policy file at `path` is `owner`'s alone: pinned to a file that
 * users can edit, a machine would follow a policy of theirs.
 */
export function requirePinnable(path: string, owner: number): void {
  const exposure = findExposure(path, owner);
  if (exposure === null) return;
  throw new SentinelError(
    "CONFIG_INVALID",
    `Cannot trust the pinned policy ${quote(path)}: ${exposure.reason}`,
    {
      suggestion: exposure.isOnTheWay
        ? "Keep it where only root may write, such as in /etc/sentinel."
        : `Run as root: ${exposure.mend}`,
    },
  );
}

/** The text at `path` unless `judge` objects to the file; `null` when there is none. */
function readText(
  path: string,
  judge: (info: Deno.FileInfo) => string | null,
): ConfigText | null {
  try {
    // A pipe would never open.
    if (!Deno.statSync(path).isFile) throw untrusted(path, "it is not a regular file");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error instanceof SentinelError ? error : unreadable(path, describeFault(error), error);
  }
  using file = attempt(path, () => Deno.openSync(path, { read: true }));
  const info = attempt(path, () => file.statSync());
  const reason = info.isFile ? judge(info) : "it is not a regular file";
  if (reason !== null) throw untrusted(path, reason);
  if (info.size > MAX_BYTES) throw unreadable(path, `it is larger than ${MAX_BYTES / 2 ** 20} MiB`);
  const bytes = attempt(path, () => readBytes(file, info.size + 1));
  // INVARIANT: half of a file could lack the pin at its end.
  if (bytes.length !== info.size) throw unreadable(path, "it is being written at this moment");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { path, text, isOwn: info.uid !== null && info.uid === ownUid() };
  } catch (error) {
    throw unreadable(path, "it is not UTF-8", error);
  }
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(path, describeFault(error), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): SentinelError {
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot read the configuration ${quote(path)}: ${reason}`,
    { suggestion: "Mend or remove the file.", cause },
  );
}

function untrusted(
  path: string,
  reason: string,
  suggestion = `Check owner and mode: ls -ld ${shellWord(path)}`,
): SentinelError {
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot trust the configuration ${quote(path)}: ${reason}`,
    { suggestion },
  );
}
