/**
 * Resolves an AWS config profile to the keys at the end of its chain and the roles to assume with
 * them. It must never guess: what is missing, circular, unsupported or read differently by other
 * AWS tools is refused with file and line, and no program is ever started.
 *
 * @module
 */
import type { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { BaseCredentials } from "./base_credentials.ts";
import { type ChildSettings, readChildSettings } from "./child_settings.ts";
import {
  configError,
  type ConfigFiles,
  type ConfigFilesOptions,
  readConfigFiles,
} from "./config_files.ts";
import { refuseRecursion } from "./credential_process.ts";
import { readBase, readNamedSource } from "./profile_base.ts";
import { hasKeys, readRegion, readRole, type RoleHop, roleSource } from "./profile_credentials.ts";
import { profileKind } from "./profile_kind.ts";
import { findProfile, type ProfileSection } from "./profile_section.ts";

export type { BaseCredentials, ChildSettings, RoleHop };

/** A profile, resolved. */
export interface ResolvedProfile {
  /** The profile that was asked for. */
  readonly name: string;
  /** Its region, or `null`. */
  readonly region: string | null;
  /** Roles in the order in which they are assumed; empty when the base itself is served. */
  readonly hops: readonly RoleHop[];
  readonly base: BaseCredentials;
  /** Its settings that are not credentials. */
  readonly settings: ChildSettings;
}

/** Settings of {@linkcode loadProfile}. */
export interface LoadProfileOptions extends ConfigFilesOptions {
  /**
   * The profile whose chain gives the base credentials instead of the end of this one's (default:
   * none). Its own credentials are never served: the profile needs a `role_arn`.
   */
  readonly baseProfile?: string | null;
}

/**
 * Reads the configuration files and resolves the profile `name`. Rejects with
 * `PROFILE_NOT_FOUND`, `CREDENTIAL_PROCESS_RECURSION` or `CONFIG_INVALID`.
 */
export async function loadProfile(
  name: string,
  options: LoadProfileOptions,
): Promise<ResolvedProfile> {
  const files = await readConfigFiles(options);
  const profile = findProfile(files, name);
  const onto = options.baseProfile ?? null;
  const { hops, base } = resolveChain(files, profile, { onto: onto === name ? null : onto });
  if (onto !== null && hops.length === 0) throw noRole(profile, onto);
  refuseCodesOfRoles({ hops, base });
  return {
    name,
    region: readRegion(profile),
    hops,
    base,
    settings: readChildSettings(profile, files),
  };
}

/** What a profile says beside its credentials. */
export type ProfileSettings = Pick<ResolvedProfile, "name" | "region" | "settings">;

/**
 * Region and settings of the profile `name`, whatever its credentials are. Rejects with
 * `PROFILE_NOT_FOUND` or `CONFIG_INVALID`.
 */
export async function loadProfileSettings(
  name: string,
  options: ConfigFilesOptions,
): Promise<ProfileSettings> {
  const files = await readConfigFiles(options);
  const profile = findProfile(files, name);
  return { name, region: readRegion(profile), settings: readChildSettings(profile, files) };
}

/** Throws when a code is demanded of a caller who cannot have a device: AWS refuses that always. */
function refuseCodesOfRoles({ hops, base }: Chain): void {
  const isRole = base.kind === "sso" || base.kind === "web_identity" ||
    base.kind === "instance" || base.kind === "container";
  const hop = hops.find(({ mfa }, index) => mfa !== null && (index > 0 || isRole));
  if (hop === undefined) return;
  throw configError(
    `Cannot use profile ${quote(hop.profile)}`,
    hop.mfa!,
    "its role is assumed by a role, and AWS takes codes from users only: remove mfa_serial",
  );
}

type Chain = Pick<ResolvedProfile, "hops" | "base">;

/**
 * The roles from `profile` down its sources, and the keys at the end; with `onto`, the chain of
 * that profile takes the place of whatever is not a role.
 */
function resolveChain(
  files: ConfigFiles,
  profile: ProfileSection,
  { onto }: { readonly onto: string | null },
): Chain {
  const hops: RoleHop[] = [];
  const visited = new Set<string>();
  let section = profile;
  for (;;) {
    visited.add(section.name);
    refuseRecursion(section, visited);
    const asSource = visited.size > 1;
    const isRebased = onto !== null;
    const kind = profileKind(section, { asSource, isRebased });
    if (kind !== "role") {
      return onto === null
        ? { hops, base: readBase(section, { kind, files }) }
        : rebase(files, { hops, profile, onto });
    }
    hops.unshift(readRole(section));
    const source = section.entries.get("source_profile");
    const isOwn = source?.value === section.name;
    if (onto !== null && (source === undefined || isOwn || source.value === onto)) {
      return rebase(files, { hops, profile, onto });
    }
    // It may be its own source for its keys.
    if (isOwn && hasKeys(section)) {
      const own = profileKind(section, { asSource: true, isRebased });
      return { hops, base: readBase(section, { kind: own, files }) };
    }
    if (source === undefined) return { hops, base: readNamedSource(section, roleSource(section)) };
    section = nextProfile(files, section, visited);
  }
}

/** The roles `hops` of `profile`, assumed from the end of the chain of `onto`. */
function rebase(
  files: ConfigFiles,
  options: {
    readonly hops: readonly RoleHop[];
    readonly profile: ProfileSection;
    readonly onto: string;
  },
): Chain {
  const { hops, profile, onto } = options;
  if (hops.length === 0) throw noRole(profile, onto);
  const base = resolveChain(files, findProfile(files, onto), { onto: null });
  return { hops: [...base.hops, ...hops], base: base.base };
}

function noRole(profile: ProfileSection, onto: string): SentinelError {
  return configError(
    `Cannot use profile ${quote(profile.name)} with the base profile ${quote(onto)}`,
    profile,
    "it has no role_arn, so the base profile's own credentials would be served",
  );
}

/** The profile from which `section` assumes its role. */
function nextProfile(
  files: ConfigFiles,
  section: ProfileSection,
  visited: ReadonlySet<string>,
): ProfileSection {
  const source = roleSource(section);
  if (visited.has(source.value)) {
    const circle = [...visited, source.value].map(quote).join(" → ");
    throw configError(
      `Cannot use profile ${quote(section.name)}`,
      source,
      `its source_profile leads in a circle: ${circle}`,
    );
  }
  return findProfile(files, source.value, source);
}
