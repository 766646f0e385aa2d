/**
 * Reads which permission set of IAM Identity Center a profile means, and where one signs in for
 * it: from its `[sso-session]`, or from the profile alone in the older form.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import type { SsoCredentials } from "./base_credentials.ts";
import { configError, type ConfigFiles, type ConfigLocation } from "./config_files.ts";
import { refuse } from "./profile_credentials.ts";
import type { ProfileEntry, ProfileSection } from "./profile_section.ts";
import { isRegion, REGION_RULE } from "./region.ts";

type Entries = ReadonlyMap<string, Pick<ProfileEntry, "value" | "file" | "line">>;

/** The permission set of a profile whose kind is `sso`. Throws `CONFIG_INVALID`. */
export function readPermissionSet(section: ProfileSection, files: ConfigFiles): SsoCredentials {
  const session = section.entries.get("sso_session") ?? null;
  const shared = session === null ? section.entries : sessionEntries(session, { section, files });
  const where = session === null
    ? "the profile has none"
    : `[sso-session ${session.value}] has none`;
  /** A value that must be there, and must be `isRight`. */
  const need = (
    entries: Entries,
    key: string,
    { rule, isRight }: { readonly rule: string; readonly isRight: (value: string) => boolean },
  ): string => {
    const entry = entries.get(key);
    if (entry === undefined) {
      const missing = entries === section.entries ? "the profile has none" : where;
      throw refuse(section, session ?? section, `single sign-on needs ${key}: ${missing}`);
    }
    if (!isRight(entry.value)) throw refuse(section, entry, `${key} must be ${rule}`);
    return entry.value;
  };
  const at = section.entries.get("sso_account_id") ?? section;
  return {
    kind: "sso",
    profile: section.name,
    session: {
      name: session?.value ?? null,
      startUrl: need(shared, "sso_start_url", { rule: "an https URL", isRight: isPortal }),
      region: need(shared, "sso_region", { rule: REGION_RULE, isRight: isRegion }),
      scopes: (shared.get("sso_registration_scopes")?.value ?? "").split(",")
        .map((scope) => scope.trim()).filter((scope) => scope !== ""),
    },
    accountId: need(section.entries, "sso_account_id", {
      rule: "twelve digits",
      isRight: (value) => /^\d{12}$/.test(value),
    }),
    roleName: need(section.entries, "sso_role_name", {
      rule: "the name of a permission set: 1 to 32 of letters, digits, _+=,.@-",
      isRight: (value) => /^[\w+=,.@-]{1,32}$/.test(value),
    }),
    file: at.file,
    line: at.line,
  };
}

/** What the section of `session` says. Tools refuse a profile that contradicts it. */
function sessionEntries(
  session: ProfileEntry,
  { section, files }: { readonly section: ProfileSection; readonly files: ConfigFiles },
): Entries {
  const { path, ini } = files.config;
  const found = ini.sections.get(`sso-session ${session.value}`);
  const refuseAt = (at: ConfigLocation, reason: string) =>
    configError(`Cannot use profile ${quote(section.name)}`, at, reason);
  if (found === undefined) {
    const misnamed = ini.misnamed.get(`sso-session ${session.value}`);
    if (misnamed !== undefined) {
      throw refuseAt({ file: path, line: misnamed.line }, misnamed.reason);
    }
    throw refuseAt(session, `there is no [sso-session ${session.value}] in ${quote(path)}`);
  }
  if (found.problem !== null) {
    throw refuseAt({ file: path, line: found.problem.line }, found.problem.reason);
  }
  const entries = new Map<string, Pick<ProfileEntry, "value" | "file" | "line">>();
  for (const [key, { value, line }] of found.entries) {
    const entry = { value, file: path, line };
    if (value === "") continue;
    const own = section.entries.get(key);
    if (own !== undefined && own.value !== value) {
      throw refuseAt(own, `${key} contradicts [sso-session ${session.value}]`);
    }
    entries.set(key, entry);
  }
  return entries;
}

/** Signing in happens there, in a browser. */
function isPortal(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.username === "" && url.password === "" &&
    /^[!-~]+$/.test(text);
}
