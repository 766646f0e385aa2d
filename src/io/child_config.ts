/**
 * The AWS configuration files of the child: they hold the profile's settings that are not
 * credentials, so that nothing of the user's own files can outrank what the gate issued. They are
 * named by their content, hold no secret and are left in the cache for the next run.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { quote } from "../text/printable.ts";
import { describeFault } from "./file_fault.ts";
import {
  ensurePrivateDirectory,
  readPrivateFile,
  UntrustedFileError,
  writePrivateFile,
} from "./private_file.ts";

/** Paths of the child's configuration. */
export interface ChildConfigFiles {
  /** For `AWS_CONFIG_FILE`. */
  readonly configFile: string;
  /** For `AWS_SHARED_CREDENTIALS_FILE`: always empty of credentials. */
  readonly credentialsFile: string;
}

const CREDENTIALS_TEXT =
  "# Written by sentinel: the credentials of this process come from its environment.\n";

/**
 * Makes sure that files with exactly `config` exist below `directory`; `CONFIG_INVALID` if not. They
 * cannot be written to: what `aws configure` put there would outrank the credentials of this
 * command and of others that share the files.
 */
export async function writeChildConfig(
  directory: string,
  config: string,
): Promise<ChildConfigFiles> {
  const own = `${directory}/child-config/${(await sha256Hex(config)).slice(0, 32)}`;
  const files = { configFile: `${own}/config`, credentialsFile: `${own}/credentials` };
  try {
    ensurePrivateDirectory(directory);
    ensurePrivateDirectory(`${directory}/child-config`);
    ensurePrivateDirectory(own);
    keep(files.configFile, config);
    keep(files.credentialsFile, CREDENTIALS_TEXT);
  } catch (error) {
    const reason = error instanceof UntrustedFileError ? error.message : describeFault(error);
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot write the child's AWS configuration below ${quote(directory)}: ${reason}`,
      { suggestion: "Set XDG_CACHE_HOME to a directory of your own.", cause: error },
    );
  }
  return files;
}

/** Whether the file is ours alone, read-only, and has exactly `text`. */
function holds(path: string, text: string): boolean {
  try {
    if (readPrivateFile(path) !== text) return false;
    return Deno.build.os === "windows" || ((Deno.lstatSync(path).mode ?? 0) & 0o222) === 0;
  } catch (error) {
    if (error instanceof UntrustedFileError) return false;
    throw error;
  }
}

/** A child may have changed its files all the same: what is not exactly right is replaced. */
function keep(path: string, text: string): void {
  if (!holds(path, text)) writePrivateFile(path, text, { mode: 0o400 });
}
