/**
 * Decides in which way a profile gives credentials. The JavaScript SDK and botocore each have an
 * order of precedence; a profile on which they disagree is refused, never guessed at.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import { configError } from "./config_files.ts";
import { refuseHalfPair, roleSource } from "./profile_credentials.ts";
import type { ProfileSection } from "./profile_section.ts";

/** How a profile gives credentials. */
export type ProfileKind =
  | "role"
  | "keys"
  | "web_identity"
  | "sso"
  | "login"
  | "process"
  | "named_source"
  | "none";

const WORDS: Readonly<Record<ProfileKind, string>> = {
  role: "assume its role",
  keys: "use its keys",
  web_identity: "use its web identity token",
  sso: "use single sign-on",
  login: "use its console login",
  process: "run its credential_process",
  named_source: "use its credential_source",
  none: "find no credentials",
};

/** What {@linkcode profileKind} needs to know besides the profile. */
export interface ProfileKindOptions {
  /** Whether it is the source of another profile. */
  readonly asSource: boolean;
  /** Whether its role is assumed from another profile than its own source. */
  readonly isRebased: boolean;
}

/** How `section` gives credentials. Throws `CONFIG_INVALID` when it is incomplete or tools disagree. */
export function profileKind(section: ProfileSection, options: ProfileKindOptions): ProfileKind {
  refuseHalfPair(section);
  const botocore = botocoreKind(section, options);
  // A role without a source, or with two, has a plainer fault than a contradiction.
  if (botocore === "role" && !options.isRebased) roleSource(section);
  const javascript = javascriptKind(section, options);
  if (botocore === javascript) return botocore;
  // Neither gets anywhere with a part of what these need: their readers say what is missing.
  if (botocore === "none" && javascript === "sso") return "sso";
  if (botocore === "web_identity" && javascript === "none") return "web_identity";
  throw configError(
    `Cannot use profile ${quote(section.name)}`,
    section,
    `its keys contradict each other: botocore would ${WORDS[botocore]}, the JavaScript SDK would ${
      WORDS[javascript]
    }`,
  );
}

/** The order of botocore's credential providers (botocore/credentials.py). */
function botocoreKind(
  { entries }: ProfileSection,
  { asSource }: ProfileKindOptions,
): ProfileKind {
  const keyId = entries.get("aws_access_key_id");
  const webIdentity = entries.has("web_identity_token_file");
  const anyKey = keyId !== undefined || entries.has("aws_secret_access_key");
  if (entries.has("role_arn") && !webIdentity && !(asSource && anyKey)) return "role";
  if (webIdentity) return "web_identity";
  if (entries.has("sso_role_name") || entries.has("sso_account_id")) return "sso";
  if (keyId?.source === "credentials") return "keys";
  if (entries.has("login_session")) return "login";
  if (entries.has("credential_process")) return "process";
  return keyId === undefined ? "none" : "keys";
}

const SSO_KEYS = ["sso_start_url", "sso_account_id", "sso_session", "sso_region", "sso_role_name"];

/** The order of @aws-sdk/credential-provider-ini (resolveProfileData). */
function javascriptKind(
  { entries }: ProfileSection,
  { asSource, isRebased }: ProfileKindOptions,
): ProfileKind {
  const role = entries.has("role_arn");
  const oneSource = entries.has("source_profile") !== entries.has("credential_source");
  const keys = entries.has("aws_access_key_id") && entries.has("aws_secret_access_key");
  if (asSource && keys) return "keys";
  if (asSource && !role && entries.has("credential_source")) return "named_source";
  if (role && (oneSource || isRebased)) return "role";
  if (keys) return "keys";
  if (role && entries.has("web_identity_token_file")) return "web_identity";
  if (entries.has("credential_process")) return "process";
  if (SSO_KEYS.some((key) => entries.has(key))) return "sso";
  return entries.has("login_session") ? "login" : "none";
}
