/**
 * Reads how a profile signs in when it has no role to assume, or none but that of its token. Every
 * value is checked here; nothing is called, started or opened, and what AWS tools would take in
 * different ways is refused with the line to mend.
 *
 * @module
 */
import { assertNever, SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type {
  BaseCredentials,
  ContainerCredentials,
  EnvironmentCredentials,
  InstanceCredentials,
  ProcessCredentials,
  WebIdentityCredentials,
} from "./base_credentials.ts";
import { splitCommand } from "./command_line.ts";
import { type ConfigFiles, showLocation } from "./config_files.ts";
import {
  checkRoleArn,
  readDuration,
  readKeys,
  readRegion,
  readSessionName,
  refuse,
} from "./profile_credentials.ts";
import type { ProfileKind } from "./profile_kind.ts";
import type { ProfileEntry, ProfileSection } from "./profile_section.ts";
import { readPermissionSet } from "./sso_section.ts";

/** What {@linkcode readBase} needs besides the profile. */
export interface ReadBaseOptions {
  /** How the profile gives credentials. */
  readonly kind: ProfileKind;
  readonly files: ConfigFiles;
}

/** The credentials at the end of a chain. Throws `CONFIG_INVALID`. */
export function readBase(
  section: ProfileSection,
  { kind, files }: ReadBaseOptions,
): BaseCredentials {
  switch (kind) {
    case "keys":
      return readKeys(section);
    case "web_identity":
      return readWebIdentity(section);
    case "sso":
      return readPermissionSet(section, files);
    case "login":
      throw consoleLogin(section);
    case "process":
      return readProcess(section);
    case "named_source":
    case "role":
    case "none":
      throw noCredentials(section);
    default:
      return assertNever(kind);
  }
}

function noCredentials(section: ProfileSection): SentinelError {
  const { file, line } = section;
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot use profile ${quote(section.name)}: ${
      showLocation(section)
    }: it has no keys and no other way to sign in, and no role to assume from another profile`,
    { suggestion: `Add one to ${quote(file)}.`, details: { file, line, lacks: "credentials" } },
  );
}

/** What `credential_source` names: the credentials of what this program runs in. */
export function readNamedSource(
  section: ProfileSection,
  entry: ProfileEntry,
): EnvironmentCredentials | InstanceCredentials | ContainerCredentials {
  const origin = { profile: section.name, file: entry.file, line: entry.line };
  switch (entry.value) {
    case "Environment":
      return { kind: "environment", ...origin };
    case "Ec2InstanceMetadata":
      return { kind: "instance", ...origin };
    case "EcsContainer":
      return { kind: "container", ...origin };
    default:
      throw refuse(
        section,
        entry,
        "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer, in this case",
      );
  }
}

function readWebIdentity(section: ProfileSection): WebIdentityCredentials {
  const { entries } = section;
  const tokenFile = entries.get("web_identity_token_file")!;
  const roleArn = entries.get("role_arn");
  if (roleArn === undefined) {
    throw refuse(section, tokenFile, "web_identity_token_file needs a role_arn beside it");
  }
  checkRoleArn(section, roleArn);
  for (const key of ["mfa_serial", "external_id"]) {
    const unused = entries.get(key);
    if (unused === undefined) continue;
    throw refuse(section, unused, `a role of a web identity token takes no ${key}`);
  }
  if (!isAbsolute(tokenFile.value)) {
    throw refuse(
      section,
      tokenFile,
      "web_identity_token_file must be an absolute path: no tool expands ~ or $ in it",
    );
  }
  return {
    kind: "web_identity",
    profile: section.name,
    roleArn: roleArn.value,
    tokenFile: tokenFile.value,
    roleSessionName: readSessionName(section),
    durationSeconds: readDuration(section),
    region: readRegion(section),
    file: tokenFile.file,
    line: tokenFile.line,
  };
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

function readProcess(section: ProfileSection): ProcessCredentials {
  const entry = section.entries.get("credential_process")!;
  const split = splitCommand(entry.value);
  if (split.kind === "refused") throw refuse(section, entry, split.reason);
  const { file, line } = entry;
  return { kind: "process", profile: section.name, command: split.words, file, line };
}

/** `aws login` keeps its keys where only the aws command and its SDKs know how to renew them. */
function consoleLogin(section: ProfileSection): SentinelError {
  const entry = section.entries.get("login_session") ?? section;
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot use profile ${quote(section.name)}: ${
      showLocation(entry)
    }: this version does not read console logins (login_session)`,
    {
      suggestion:
        "Let the aws command hand them over, in a profile of its own: credential_process = aws configure export-credentials --profile NAME --format process",
      details: { file: entry.file, line: entry.line },
    },
  );
}
