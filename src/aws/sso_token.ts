/**
 * The token of a sign-in with IAM Identity Center, in the form in which the aws command and the
 * SDKs keep it, so that one sign-in serves all of them. A token is never taken for another start
 * URL or region than its own.
 *
 * @module
 */
import { quote } from "../text/printable.ts";

/** Where one signs in: an `[sso-session]`, or the legacy keys of a profile. */
export interface SsoSession {
  /** Name of the `[sso-session]` section; `null` for the legacy form. */
  readonly name: string | null;
  readonly startUrl: string;
  /** Region of IAM Identity Center, which need not be the profile's. */
  readonly region: string;
  /** `sso_registration_scopes`; empty: the default of the form. */
  readonly scopes: readonly string[];
}

/** Who signs in where, in words. */
export function sessionName({ name, startUrl }: SsoSession): string {
  return name === null ? quote(startUrl) : `SSO session ${quote(name)}`;
}

/** With what a token is renewed without a person. */
export interface SsoRenewal {
  readonly clientId: string;
  readonly clientSecret: string;
  /** End of the client's registration, in milliseconds since the epoch. */
  readonly registrationExpiresAt: number;
  readonly refreshToken: string;
}

/** A token, and what it is renewed with. */
export interface SsoToken {
  readonly accessToken: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  /** `null`: when it has ended, somebody must sign in again. */
  readonly renewal: SsoRenewal | null;
}

/** Name of the session's file in `~/.aws/sso/cache`: as every AWS tool computes it. */
export async function tokenFileName(
  { name, startUrl }: Pick<SsoSession, "name" | "startUrl">,
): Promise<string> {
  const bytes = new TextEncoder().encode(name ?? startUrl);
  // Not for secrecy: it is the name that the other tools look for.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  return `${digest.toHex()}.json`;
}

/** The token in `text`, or `null` when it is none, half of one, or one of another session. */
export function parseToken(text: string, session: SsoSession): SsoToken | null {
  let fields: Readonly<Record<string, unknown>>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return null;
    fields = parsed as Record<string, unknown>;
  } catch {
    return null;
  }
  const { accessToken, startUrl, region } = fields;
  const expiresAt = readTime(fields.expiresAt);
  // It becomes a header line.
  if (!isVisible(accessToken) || expiresAt === null) return null;
  if (startUrl !== undefined && !isSameUrl(startUrl, session.startUrl)) return null;
  if (region !== undefined && region !== session.region) return null;
  return { accessToken, expiresAt, renewal: readRenewal(fields) };
}

function readRenewal(fields: Readonly<Record<string, unknown>>): SsoRenewal | null {
  const { clientId, clientSecret, refreshToken } = fields;
  const registrationExpiresAt = readTime(fields.registrationExpiresAt);
  return isVisible(clientId) && isVisible(clientSecret) && isVisible(refreshToken) &&
      registrationExpiresAt !== null
    ? { clientId, clientSecret, registrationExpiresAt, refreshToken }
    : null;
}

function isVisible(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]+$/.test(value);
}

/** `2026-05-17T12:00:00Z`; older versions of the aws command wrote `UTC` for `Z`. */
function readTime(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const [, moment] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:Z|UTC|\+00:00)$/.exec(value) ?? [];
  const time = moment === undefined ? NaN : Date.parse(`${moment}Z`);
  return Number.isNaN(time) ? null : time;
}

/** Start URLs are written with and without what a browser appends. */
function isSameUrl(a: unknown, b: string): boolean {
  const bare = (url: string) => url.replace(/\/?#?\/?$/, "");
  return typeof a === "string" && bare(a) === bare(b);
}

/** `token` as a document that the aws command reads. */
export function formatToken(
  { accessToken, expiresAt, renewal }: SsoToken,
  session: SsoSession,
): string {
  return JSON.stringify({
    startUrl: session.startUrl,
    region: session.region,
    accessToken,
    expiresAt: writeTime(expiresAt),
    ...renewal !== null && {
      clientId: renewal.clientId,
      clientSecret: renewal.clientSecret,
      registrationExpiresAt: writeTime(renewal.registrationExpiresAt),
      refreshToken: renewal.refreshToken,
    },
  });
}

function writeTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
