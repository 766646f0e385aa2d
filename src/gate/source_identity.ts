/**
 * The `SourceIdentity` of credentials: the text on which CloudTrail, the decision log and the
 * session table join. Two different users never get the same one.
 *
 * @module
 */
import type { Override } from "./override.ts";

/** How an access came about. */
export type SourceIdentityMarker = "direct" | Override["kind"];

/** What a source identity says. */
export interface SourceIdentity {
  /** Policy username, or its sanitised form with a digest when it is not legal as it is. */
  readonly user: string;
  readonly marker: SourceIdentityMarker;
  /** 16 hex digits: the session of a server, the request of another door. */
  readonly id: string;
}

const PREFIX = "sentinel";
// AssumeRole's SourceIdentity: 2–64 of [\w+=,.@-], ASCII only; ':' and '/' are not allowed.
const MAX_LENGTH = 64;
const LEGAL = /^[\w+=,.@-]+$/;
// 64 bits: whoever may choose their own name cannot find one that collides with another's.
const DIGEST_LENGTH = 16;
/** The longest user that fits with every marker: a person's part is the same whatever it is. */
const USER_LENGTH = MAX_LENGTH - PREFIX.length - "breakglass".length - 16 - 3;

/**
 * The user part: the username itself where it is legal and short enough, else the beginning of
 * its legal form and a digest. A username that looks like such a form gets a digest too.
 */
function userPart(user: string, digest: string): string {
  const looksDigested = /-[0-9a-f]{16}$/.test(user);
  if (LEGAL.test(user) && user.length <= USER_LENGTH && !looksDigested) return user;
  const kept = user.replace(/[^\w+=,.@-]+/g, "-").slice(0, USER_LENGTH - DIGEST_LENGTH - 1);
  return `${kept}-${digest.slice(0, DIGEST_LENGTH)}`;
}

/**
 * `sentinel=<user>=<marker>=<id>`, legal for STS as `SourceIdentity` and `RoleSessionName`.
 *
 * @param userDigest Lower-case hex SHA-256 of the username (see {@linkcode sha256Hex}).
 */
export function formatSourceIdentity(identity: SourceIdentity, userDigest: string): string {
  return `${PREFIX}=${userPart(identity.user, userDigest)}=${identity.marker}=${identity.id}`;
}

/** Reads a source identity of this program, from the right (a user may contain `=`), or `null`. */
export function parseSourceIdentity(text: string): SourceIdentity | null {
  const match = /^sentinel=(.+)=(direct|approved|breakglass)=([0-9a-f]{16})$/s.exec(text);
  if (match === null) return null;
  return { user: match[1]!, marker: match[2] as SourceIdentityMarker, id: match[3]! };
}

/** Lower-case hex SHA-256 of a text's UTF-8 bytes (a lone surrogate counts as U+FFFD). */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
