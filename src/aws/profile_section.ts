/**
 * One profile as both configuration files together describe it: the credentials file wins, key by
 * key. Where the JavaScript SDK and botocore would merge the files differently the profile is
 * refused.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { nearest } from "../text/nearest.ts";
import { quote } from "../text/printable.ts";
import {
  configError,
  type ConfigFile,
  type ConfigFiles,
  type ConfigLocation,
} from "./config_files.ts";
import type { IniFileKind, IniSection } from "./ini.ts";

/** One key of a profile, and where it stands. */
export interface ProfileEntry extends ConfigLocation {
  readonly value: string;
  readonly block: ReadonlyMap<string, string> | null;
  readonly source: IniFileKind;
}

/** A profile of both files. Keys without a value are not there, but for those of the aws command. */
export interface ProfileSection extends ConfigLocation {
  readonly name: string;
  readonly entries: ReadonlyMap<string, ProfileEntry>;
}

/** Keys that decide whose credentials a profile gives. */
const CREDENTIAL_KEYS: ReadonlySet<string> = new Set([
  "role_arn",
  "source_profile",
  "credential_source",
  "external_id",
  "mfa_serial",
  "role_session_name",
  "duration_seconds",
  "aws_access_key_id",
  "aws_secret_access_key",
  "aws_session_token",
  "aws_security_token",
  "web_identity_token_file",
  "credential_process",
  "login_session",
  "sso_session",
  "sso_start_url",
  "sso_region",
  "sso_account_id",
  "sso_role_name",
]);

const NEEDS_VALUE: ReadonlySet<string> = new Set(
  [...CREDENTIAL_KEYS, "services"].filter((key) => key !== "aws_session_token"),
);

/**
 * The profile `name`. Throws `PROFILE_NOT_FOUND`, or `CONFIG_INVALID` where its sections can be
 * read in more than one way. `wantedBy`: the entry that names it, when it is not the user.
 */
export function findProfile(
  files: ConfigFiles,
  name: string,
  wantedBy: ProfileEntry | null = null,
): ProfileSection {
  const found: { file: ConfigFile; section: IniSection }[] = [];
  for (const file of [files.config, files.credentials]) {
    const section = file.ini.sections.get(`profile ${name}`);
    if (section === undefined) continue;
    if (section.problem !== null) {
      const { line, reason } = section.problem;
      throw configError(`Cannot use profile ${quote(name)}`, { file: file.path, line }, reason);
    }
    found.push({ file, section });
  }
  const [first] = found;
  if (first === undefined) throw notFound(files, name, wantedBy);
  const entries = new Map<string, ProfileEntry>();
  for (const { file, section } of found) addEntries(entries, { name, file, section });
  for (const [key, { value, block }] of entries) {
    // `cli_pager =` means "no pager" to the aws command, and nothing to other tools.
    if (value === "" && block === null && !key.startsWith("cli_")) entries.delete(key);
  }
  return { name, file: first.file.path, line: first.section.line, entries };
}

function addEntries(
  entries: Map<string, ProfileEntry>,
  from: { readonly name: string; readonly file: ConfigFile; readonly section: IniSection },
): void {
  const { name, file, section } = from;
  for (const [key, { value, line, block }] of section.entries) {
    const entry = { value, block, file: file.path, line, source: file.kind };
    const refuse = (reason: string) => {
      throw configError(`Cannot use profile ${quote(name)}`, entry, reason);
    };
    // An empty key is there for botocore and not there for JavaScript. For a token both is "none".
    if (value === "" && NEEDS_VALUE.has(key)) refuse(`${key} has no value`);
    const other = entries.get(key);
    if (other !== undefined && !sameForEveryReader(key, { config: other, credentials: entry })) {
      refuse("the config file has the same key with another value, and tools differ in which wins");
    }
    entries.set(key, entry);
  }
}

/** Whether a key that stands in both files has one meaning. */
function sameForEveryReader(
  key: string,
  { config, credentials }: { readonly config: ProfileEntry; readonly credentials: ProfileEntry },
): boolean {
  if (config.block !== null || credentials.block !== null) return false;
  if (config.value === credentials.value || config.value === "") return true;
  // JavaScript passes over a key without value, botocore lets it hide the other file's.
  return credentials.value !== "" && (CREDENTIAL_KEYS.has(key) || key === "region");
}

function notFound(
  files: ConfigFiles,
  name: string,
  wantedBy: ProfileEntry | null,
): SentinelError {
  for (const { path, ini } of [files.config, files.credentials]) {
    const misnamed = ini.misnamed.get(`profile ${name}`);
    if (misnamed !== undefined) {
      const at = { file: path, line: misnamed.line };
      return configError(`Cannot use profile ${quote(name)}`, at, misnamed.reason);
    }
  }
  if (wantedBy !== null) {
    return configError("Cannot resolve source_profile", wantedBy, `no profile ${quote(name)}`);
  }
  const names = [files.config, files.credentials].flatMap(({ ini }) =>
    [...ini.sections.keys()]
      .filter((id) => id.startsWith("profile ")).map((id) => id.slice("profile ".length))
  );
  const near = nearest(name, names);
  return new SentinelError(
    "PROFILE_NOT_FOUND",
    `Cannot find profile ${quote(name)} in ${quote(files.config.path)} or ${
      quote(files.credentials.path)
    }`,
    near === null ? {} : { suggestion: `Did you mean ${quote(near)}?` },
  );
}
