/**
 * Finds and reads the two AWS configuration files. A file that is missing is empty; one that
 * cannot be read, or that AWS tools read in different ways, is an error and never an empty file.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { type IniFile, type IniFileKind, parseIni } from "./ini.ts";

/** Where environment variables come from; `Deno.env` is one. */
export interface Environment {
  /** The variable's value, or `undefined`. */
  get(name: string): string | undefined;
}

/** What decides where the files are. */
export interface ConfigFilesOptions {
  readonly env: Environment;
  /** Default: this machine's. */
  readonly os?: typeof Deno.build.os;
}

/** A place in a configuration file. */
export interface ConfigLocation {
  /** Path of the file. */
  readonly file: string;
  /** Line, from 1; 0: `file` is not a file but a variable of the environment. */
  readonly line: number;
}

/** One of the two files. */
export interface ConfigFile {
  readonly kind: IniFileKind;
  readonly path: string;
  readonly ini: IniFile;
}

/** Both files. */
export interface ConfigFiles {
  readonly config: ConfigFile;
  readonly credentials: ConfigFile;
}

const VARIABLES: Readonly<Record<IniFileKind, string>> = {
  config: "AWS_CONFIG_FILE",
  credentials: "AWS_SHARED_CREDENTIALS_FILE",
};

/** Reads both files. Rejects with `CONFIG_INVALID`. */
export async function readConfigFiles(options: ConfigFilesOptions): Promise<ConfigFiles> {
  const [config, credentials] = await Promise.all([
    readConfigFile("config", options),
    readConfigFile("credentials", options),
  ]);
  return { config, credentials };
}

/** `"/home/alice/.aws/config" line 3`, safe to print. */
export function showLocation({ file, line }: ConfigLocation): string {
  return line === 0 ? file : `${quote(file)} line ${line}`;
}

/** Something in a configuration file that cannot be used. `what`: action and object. */
export function configError(what: string, at: ConfigLocation, reason: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `${what}: ${showLocation(at)}: ${reason}`, {
    suggestion: `Mend line ${at.line} of ${quote(at.file)}.`,
    details: { file: at.file, line: at.line },
  });
}

async function readConfigFile(
  kind: IniFileKind,
  options: ConfigFilesOptions,
): Promise<ConfigFile> {
  const path = configPath(kind, options);
  const ini = parseIni(await readText(path), kind);
  if (ini.problem !== null) {
    const { line, reason } = ini.problem;
    throw configError("Cannot use the AWS configuration", { file: path, line }, reason);
  }
  return { kind, path, ini };
}

/** Path of a file. What AWS tools would expand differently is refused. */
function configPath(kind: IniFileKind, options: ConfigFilesOptions): string {
  const variable = VARIABLES[kind];
  const named = options.env.get(variable);
  if (named === undefined) return `${homeDirectory(variable, options)}/.aws/${kind}`;
  if (named === "") {
    throw pathError(variable, "it is empty, which some tools take for no file, others for unset");
  }
  const isExpanded = options.os === "windows" ? /^~|[$%]/ : /^~|\$/;
  const bare = named.startsWith("~/") ? named.slice(1) : named;
  if (isExpanded.test(bare)) {
    throw pathError(variable, "only a leading ~/ is expanded by every tool");
  }
  return bare === named ? named : homeDirectory(variable, options) + bare;
}

function pathError(variable: string, reason: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot use ${variable}: ${reason}`, {
    suggestion: `Unset ${variable}, or set it to the path of a file.`,
  });
}

function homeDirectory(
  variable: string,
  { env, os = Deno.build.os }: ConfigFilesOptions,
): string {
  const [home, userProfile] = [env.get("HOME"), env.get("USERPROFILE")];
  // On Windows botocore goes by USERPROFILE, the JavaScript SDK by HOME where it is set.
  const isOneHome = os !== "windows" || !home || !userProfile || home === userProfile;
  const found = home || userProfile;
  if (found && isOneHome) return found;
  const reason = found ? "HOME and USERPROFILE differ" : "HOME is not set";
  throw new SentinelError("CONFIG_INVALID", `Cannot find ~/.aws: ${reason}`, {
    suggestion: `Name the file in ${variable}.`,
  });
}

async function readText(path: string): Promise<string> {
  // Every tool takes this one for an empty file.
  if (path === "/dev/null") return "";
  const refuse = (reason: string, cause?: unknown) =>
    new SentinelError(
      "CONFIG_INVALID",
      `Cannot read the AWS configuration ${quote(path)}: ${reason}`,
      { suggestion: "Make it a file that you may read.", cause, details: { file: path } },
    );
  try {
    // A pipe would be empty for botocore, and might never end.
    if (!(await Deno.stat(path)).isFile) throw refuse("it is not a regular file");
    // Kept: a byte order mark is a difference between readers, not a detail of the encoding.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    if (cause instanceof SentinelError) throw cause;
    if (cause instanceof Deno.errors.NotFound) return "";
    throw refuse(readFault(cause), cause);
  }
}

function readFault(cause: unknown): string {
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.NotCapable) return "this program was started without access";
  if (cause instanceof Deno.errors.NotADirectory) return "a part of its path is not a directory";
  return cause instanceof Error ? cause.name : "unknown fault";
}
