/**
 * Reads what a profile says of its role and of its keys. Every value is checked here, before it
 * can reach AWS; a key or an external id is never repeated in a message.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { configError, type ConfigLocation, showLocation } from "./config_files.ts";
import type { ProfileEntry, ProfileSection } from "./profile_section.ts";
import { isRegion, REGION_RULE } from "./region.ts";

/** One role on the way to a profile's credentials. */
export interface RoleHop extends ConfigLocation {
  readonly roleArn: string;
  readonly externalId: string | null;
  /** `duration_seconds` of the profile (900–43200), or `null`. */
  readonly durationSeconds: number | null;
  readonly roleSessionName: string | null;
  /** Region of the profile, or `null`. */
  readonly region: string | null;
  /** The profile that names the role. */
  readonly profile: string;
}

/** Keys that stand in a configuration file. */
export interface StaticKeys extends ConfigLocation {
  readonly kind: "static";
  /** The profile that holds them. */
  readonly profile: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Not `null`: the keys are temporary. */
  readonly sessionToken: string | null;
}

/** Whether a profile has keys of its own. */
export function hasKeys({ entries }: ProfileSection): boolean {
  return entries.has("aws_access_key_id") || entries.has("aws_secret_access_key");
}

/** The role of a profile whose kind is `role`. */
export function readRole(section: ProfileSection): RoleHop {
  const { entries } = section;
  const roleArn = entries.get("role_arn")!;
  if (!ROLE_ARN.test(roleArn.value) || roleArn.value.length > 2048) {
    throw refuse(section, roleArn, "role_arn must look like arn:aws:iam::123456789012:role/NAME");
  }
  if (entries.has("mfa_serial")) throw unsupported(section, "mfa_serial");
  const externalId = entries.get("external_id");
  if (externalId !== undefined && !/^[\w+=,.@:\/-]{2,1224}$/.test(externalId.value)) {
    throw refuse(
      section,
      externalId,
      "external_id must be 2 to 1224 of letters, digits, _+=,.@:/-",
    );
  }
  const sessionName = entries.get("role_session_name");
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName.value)) {
    throw refuse(
      section,
      sessionName,
      "role_session_name must be 2 to 64 of letters, digits, _+=,.@-",
    );
  }
  return {
    roleArn: roleArn.value,
    externalId: externalId?.value ?? null,
    durationSeconds: readDuration(section),
    roleSessionName: sessionName?.value ?? null,
    region: readRegion(section),
    profile: section.name,
    file: roleArn.file,
    line: roleArn.line,
  };
}

// A path may hold any printable character but space; the name is the last part.
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;

function readDuration(section: ProfileSection): number | null {
  const duration = section.entries.get("duration_seconds");
  if (duration === undefined) return null;
  const seconds = /^\d{1,5}$/.test(duration.value) ? Number(duration.value) : 0;
  if (seconds >= 900 && seconds <= 43_200) return seconds;
  throw refuse(section, duration, "duration_seconds must be a whole number from 900 to 43200");
}

/** The region of a profile, or `null`. */
export function readRegion(section: ProfileSection): string | null {
  const region = section.entries.get("region");
  if (region === undefined) return null;
  if (!isRegion(region.value)) throw refuse(section, region, `region must be ${REGION_RULE}`);
  return region.value;
}

/** The entry that names the profile from which a role is assumed. */
export function sourceProfile(section: ProfileSection): ProfileEntry {
  const { entries } = section;
  const source = entries.get("source_profile");
  const named = entries.get("credential_source");
  if (source !== undefined && named !== undefined) {
    throw refuse(section, named, "it has both source_profile and credential_source");
  }
  if (named !== undefined) throw unsupported(section, "credential_source");
  if (source !== undefined) return source;
  throw refuse(
    section,
    entries.get("role_arn")!,
    "it has a role_arn but no source_profile that gives the credentials to assume it",
  );
}

/** Throws `CONFIG_INVALID` when an access key id has no secret key, or the reverse. */
export function refuseHalfPair(section: ProfileSection): void {
  const id = section.entries.get("aws_access_key_id");
  const secret = section.entries.get("aws_secret_access_key");
  if ((id === undefined) === (secret === undefined)) return;
  const missing = id === undefined ? "aws_access_key_id" : "aws_secret_access_key";
  throw refuse(section, (id ?? secret)!, `half a key pair: ${missing} is missing`);
}

/** The keys of a profile that has both halves. */
export function readKeys(section: ProfileSection): StaticKeys {
  const { entries } = section;
  const id = entries.get("aws_access_key_id")!;
  const secret = entries.get("aws_secret_access_key")!;
  const token = entries.get("aws_session_token");
  for (const entry of [id, secret, token]) {
    if (entry !== undefined) checkKey(section, { entry, id });
  }
  const older = entries.get("aws_security_token");
  if (older !== undefined && older.value !== token?.value) {
    throw refuse(section, older, "only some tools know aws_security_token: use aws_session_token");
  }
  return {
    kind: "static",
    profile: section.name,
    accessKeyId: id.value,
    secretAccessKey: secret.value,
    sessionToken: token?.value ?? null,
    file: id.file,
    line: id.line,
  };
}

/** Keys become header lines, so nothing but visible ASCII may be in them. */
function checkKey(
  section: ProfileSection,
  { entry, id }: { readonly entry: ProfileEntry; readonly id: ProfileEntry },
): void {
  if (entry.source !== id.source) {
    throw refuse(
      section,
      entry,
      `the rest of the key is in ${showLocation(id)}; tools differ in what they combine`,
    );
  }
  if (!/^[!-~]+$/.test(entry.value)) {
    throw refuse(section, entry, "a key must consist of visible ASCII characters");
  }
}

/** A way to sign in that is not built yet. `key`: what of the profile shows it. */
export function unsupported(section: ProfileSection, key: string): SentinelError {
  const entry = [...section.entries].find(([name]) => name.startsWith(key))?.[1] ?? section;
  const kind = UNSUPPORTED[key] ?? key;
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot use profile ${quote(section.name)}: ${
      showLocation(entry)
    }: this version does not support ${kind}`,
    {
      suggestion: "Use a profile with keys, or with role_arn and source_profile.",
      details: { file: entry.file, line: entry.line },
    },
  );
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  sso_: "single sign-on (sso_*)",
  mfa_serial: "multi-factor authentication (mfa_serial)",
  web_identity_token_file: "web identity (web_identity_token_file)",
};

function refuse(section: ProfileSection, at: ConfigLocation, reason: string): SentinelError {
  return configError(`Cannot use profile ${quote(section.name)}`, at, reason);
}
