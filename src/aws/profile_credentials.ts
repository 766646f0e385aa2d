/**
 * Reads what a profile says of its role and of its keys. Every value is checked here, before it
 * can reach AWS; a key or an external id is never repeated in a message.
 *
 * @module
 */
import type { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { StaticKeys } from "./base_credentials.ts";
import { configError, type ConfigLocation, showLocation } from "./config_files.ts";
import type { MfaDevice } from "./interaction.ts";
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
  /** The device whose code the role demands, or `null`. */
  readonly mfa: MfaDevice | null;
  /** The profile that names the role. */
  readonly profile: string;
}

/** Whether a profile has keys of its own. */
export function hasKeys({ entries }: ProfileSection): boolean {
  return entries.has("aws_access_key_id") || entries.has("aws_secret_access_key");
}

/** The role of a profile whose kind is `role`. */
export function readRole(section: ProfileSection): RoleHop {
  const { entries } = section;
  const roleArn = entries.get("role_arn")!;
  checkRoleArn(section, roleArn);
  const externalId = entries.get("external_id");
  if (externalId !== undefined && !/^[\w+=,.@:\/-]{2,1224}$/.test(externalId.value)) {
    throw refuse(
      section,
      externalId,
      "external_id must be 2 to 1224 of letters, digits, _+=,.@:/-",
    );
  }
  return {
    roleArn: roleArn.value,
    externalId: externalId?.value ?? null,
    durationSeconds: readDuration(section),
    roleSessionName: readSessionName(section),
    region: readRegion(section),
    mfa: readMfa(section),
    profile: section.name,
    file: roleArn.file,
    line: roleArn.line,
  };
}

// A path may hold any printable character but space; the name is the last part.
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;

/** Whether `text` is the ARN of a role. */
export function isRoleArn(text: string): boolean {
  return ROLE_ARN.test(text) && text.length <= 2048;
}

/** Whether STS takes `text` for the name of a session. */
export function isSessionName(text: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(text);
}

/** Throws `CONFIG_INVALID` unless `entry` is the ARN of a role. */
export function checkRoleArn(section: ProfileSection, entry: ProfileEntry): void {
  if (isRoleArn(entry.value)) return;
  throw refuse(section, entry, "role_arn must look like arn:aws:iam::123456789012:role/NAME");
}

/** `role_session_name` of a profile, or `null`. */
export function readSessionName(section: ProfileSection): string | null {
  const name = section.entries.get("role_session_name");
  if (name === undefined || isSessionName(name.value)) return name?.value ?? null;
  throw refuse(section, name, "role_session_name must be 2 to 64 of letters, digits, _+=,.@-");
}

/** The device that a profile with a role names, or `null`. */
function readMfa(section: ProfileSection): MfaDevice | null {
  const { entries } = section;
  const serial = entries.get("mfa_serial");
  if (serial === undefined) return null;
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serial.value)) {
    throw refuse(section, serial, "mfa_serial must be 9 to 256 of letters, digits, _+=/:,.@-");
  }
  return {
    serial: serial.value,
    process: entries.get("mfa_process")?.value ?? null,
    profile: section.name,
    file: serial.file,
    line: serial.line,
  };
}

/** `duration_seconds` of a profile (900–43200), or `null`. */
export function readDuration(section: ProfileSection): number | null {
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

/** The entry that says with whose credentials a role is assumed: a profile, or a kind of source. */
export function roleSource(section: ProfileSection): ProfileEntry {
  const { entries } = section;
  const source = entries.get("source_profile");
  const named = entries.get("credential_source");
  if (source !== undefined && named !== undefined) {
    throw refuse(section, named, "it has both source_profile and credential_source");
  }
  if (source !== undefined) return source;
  if (named !== undefined) return named;
  throw refuse(
    section,
    entries.get("role_arn")!,
    "it has a role_arn, but no source_profile or credential_source that gives the credentials to assume it",
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
    kind: "keys",
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

/** Something in `section` that cannot be used, with what to mend. */
export function refuse(section: ProfileSection, at: ConfigLocation, reason: string): SentinelError {
  return configError(`Cannot use profile ${quote(section.name)}`, at, reason);
}
