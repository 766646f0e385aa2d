/**
 * Assumes the role of a web identity token: of a pod, of a CI job. The token file is read at each
 * use, because whoever wrote it renews it; the role session that comes out is the caller.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { originName, type WebIdentityCredentials } from "./base_credentials.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { assumeRoleWithWebIdentity, type StsOptions } from "./clients.ts";
import { showLocation } from "./config_files.ts";
import { refuseExpiry } from "./credential_life.ts";
import { refuseStranger } from "./stranger.ts";
import { readTokenFile } from "./token_file.ts";

/** A token is a few kilobytes; STS takes no more. */
const MAX_TOKEN_LENGTH = 20_000;
const DEFAULT_SECONDS = 3600;
/** The name is the caller's to choose, so it must not look like a person's. */
const SESSION_NAME = "sentinel";

/** What {@linkcode assumeWebIdentity} needs. */
export interface WebIdentityOptions {
  readonly sts: StsOptions;
  readonly clock: { now(): number };
  /** Life of the keys in seconds; default: the profile's, or an hour. */
  readonly durationSeconds?: number;
}

/** Keys of the role of `base`, made anew. Rejects with `SentinelError`. */
export async function assumeWebIdentity(
  base: WebIdentityCredentials,
  options: WebIdentityOptions,
): Promise<BaseKeysNow & { readonly sessionToken: string; readonly expiresAt: number }> {
  const { sts, clock } = options;
  const durationSeconds = options.durationSeconds ?? base.durationSeconds ?? DEFAULT_SECONDS;
  const token = await readToken(base);
  const { keys, arn } = await assumeRoleWithWebIdentity({
    roleArn: base.roleArn,
    roleSessionName: base.roleSessionName ?? SESSION_NAME,
    token,
    durationSeconds,
  }, { ...sts, region: sts.region ?? base.region });
  refuseStranger({ arn, sourceIdentity: null }, { roleArn: base.roleArn, sourceIdentity: null });
  const what = `role ${quote(base.roleArn)}`;
  refuseExpiry(keys, { durationSeconds, now: clock.now(), what });
  return { ...keys, arn, madeOf: markOf(base, token) };
}

/** What tells whose keys are made with the token as it is now. Rejects with `CONFIG_INVALID`. */
export async function webIdentityMark(
  base: WebIdentityCredentials,
): Promise<readonly (string | null)[]> {
  return markOf(base, await readToken(base));
}

function markOf(
  { roleArn, roleSessionName }: WebIdentityCredentials,
  token: string,
): readonly (string | null)[] {
  return ["web identity", roleArn, roleSessionName, token];
}

async function readToken(base: WebIdentityCredentials): Promise<string> {
  const refuse = (reason: string, cause?: unknown) =>
    new SentinelError(
      "CONFIG_INVALID",
      `Cannot use ${originName(base)}: ${showLocation(base)}: its web_identity_token_file ${
        quote(base.tokenFile)
      } ${reason}`,
      { suggestion: "Check who writes the file, and that it is there.", cause },
    );
  const file = await readTokenFile(base.tokenFile);
  if (file.kind === "unreadable") throw refuse(file.reason, file.cause);
  const text = file.text.trim();
  if (text.length > MAX_TOKEN_LENGTH || !/^[!-~]{4,}$/.test(text)) throw refuse("holds no token");
  return text;
}
