/**
 * Reads the keys of environment variables, all of them or none. Half a pair, or variables that
 * AWS tools read differently, are an error: they would be one elsewhere, too late.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { type EnvironmentCredentials, originName } from "./base_credentials.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { type Environment, showLocation } from "./config_files.ts";

const KEY_ID = "AWS_ACCESS_KEY_ID";
const SECRET_KEY = "AWS_SECRET_ACCESS_KEY";
const TOKEN = "AWS_SESSION_TOKEN";
const OLD_TOKEN = "AWS_SECURITY_TOKEN";
const EXPIRATION = "AWS_CREDENTIAL_EXPIRATION";

/** Keys of the environment, or `null` when none are set. Throws `CONFIG_INVALID`. */
export function findEnvironmentKeys(env: Environment): BaseKeysNow | null {
  const accessKeyId = env.get(KEY_ID);
  const secretAccessKey = env.get(SECRET_KEY);
  if (!accessKeyId && !secretAccessKey) return null;
  if (!accessKeyId || !secretAccessKey) {
    const missing = accessKeyId ? SECRET_KEY : KEY_ID;
    throw refuse(`half a key pair: ${missing} is not set`);
  }
  const sessionToken = env.get(TOKEN) || null;
  const old = env.get(OLD_TOKEN) || null;
  if (old !== null && old !== sessionToken) {
    throw refuse(`only some tools know ${OLD_TOKEN}: use ${TOKEN}`);
  }
  // They become header lines, so nothing but visible ASCII may be in them.
  for (const key of [accessKeyId, secretAccessKey, sessionToken]) {
    if (key !== null && !/^[!-~]+$/.test(key)) {
      throw refuse("a key must consist of visible ASCII characters");
    }
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt: readExpiration(env), arn: null };
}

/** The keys that a profile with `credential_source = Environment` means. */
export function readEnvironmentKeys(
  base: EnvironmentCredentials,
  env: Environment,
): BaseKeysNow {
  const keys = findEnvironmentKeys(env);
  if (keys !== null) return keys;
  throw new SentinelError(
    "CONFIG_INVALID",
    `Cannot use ${originName(base)}: ${
      showLocation(base)
    }: its credential_source is the environment, and ${KEY_ID} is not set`,
    { suggestion: `Set ${KEY_ID} and ${SECRET_KEY}, or name another credential_source.` },
  );
}

function readExpiration(env: Environment): number | null {
  const text = env.get(EXPIRATION);
  if (!text) return null;
  const time = parseExpiration(text);
  if (time === null) throw refuse(`${EXPIRATION} is not a time like 2026-05-17T12:00:00Z`);
  return time;
}

/** A moment as AWS writes it (RFC 3339), in milliseconds since the epoch, or `null`. */
export function parseExpiration(text: unknown): number | null {
  const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
  const time = typeof text === "string" && pattern.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? null : time;
}

function refuse(reason: string): SentinelError {
  return new SentinelError("CONFIG_INVALID", `Cannot use the keys of the environment: ${reason}`, {
    suggestion: "Set the whole pair, or name a profile with --aws-profile.",
  });
}
