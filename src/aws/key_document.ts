/**
 * Reads keys out of the JSON documents in which programs and metadata services hand them over.
 * All of them are there and whole, or the document is none; no reason repeats any of it.
 *
 * @module
 */
import type { BaseKeysNow } from "./base_keys.ts";
import { parseExpiration } from "./environment_keys.ts";

/** Keys, or why there are none. */
export type KeyDocument =
  | { readonly kind: "keys"; readonly keys: BaseKeysNow }
  /** It says itself why; text from outside. */
  | { readonly kind: "refusal"; readonly code: string; readonly message: string }
  | { readonly kind: "unreadable"; readonly reason: string };

/** The document that a `credential_process` prints (AWS: `Version` is the number 1). */
export function parseProcessDocument(text: string): KeyDocument {
  const fields = parseObject(text);
  if (fields === null) return unreadable("what it printed is not one JSON object");
  if (fields.Version !== 1) {
    return unreadable("what it printed has no Version that is the number 1");
  }
  return readKeys(fields, { token: "SessionToken", isTemporary: false });
}

/** The document of a metadata service of a container or an instance. */
export function parseMetadataDocument(text: string): KeyDocument {
  const fields = parseObject(text);
  if (fields === null) return unreadable("the answer is not a JSON object");
  const code = fields.Code ?? fields.code;
  if (typeof code === "string" && code !== "Success" && fields.AccessKeyId === undefined) {
    return { kind: "refusal", code, message: String(fields.Message ?? fields.message ?? "") };
  }
  return readKeys(fields, { token: "Token", isTemporary: true });
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string): Fields | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject ? parsed as Fields : null;
  } catch {
    return null;
  }
}

function readKeys(
  fields: Fields,
  { token, isTemporary }: { readonly token: string; readonly isTemporary: boolean },
): KeyDocument {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Expiration } = fields;
  const sessionToken = fields[token] ?? null;
  if (!isKey(accessKeyId)) return unreadable("AccessKeyId is missing, or no visible ASCII");
  if (!isKey(secretAccessKey)) return unreadable("SecretAccessKey is missing, or no visible ASCII");
  if (sessionToken === null ? isTemporary : !isKey(sessionToken)) {
    return unreadable(`${token} is missing, or no visible ASCII`);
  }
  const expiresAt = parseExpiration(Expiration);
  if (expiresAt === null && (isTemporary || (Expiration ?? null) !== null)) {
    return unreadable("Expiration is not a time like 2026-05-17T12:00:00Z");
  }
  const keys = { accessKeyId, secretAccessKey, sessionToken: sessionToken as string | null };
  return { kind: "keys", keys: { ...keys, expiresAt, arn: null } };
}

/** They become header lines. */
function isKey(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]+$/.test(value);
}

function unreadable(reason: string): KeyDocument {
  return { kind: "unreadable", reason };
}
