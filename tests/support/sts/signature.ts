/**
 * Signature Version 4 in the Authorization header: who claims to have signed a request, and
 * whether they did. Nothing of a request may be believed before `verifySignature` said yes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @module
 */
import { StsError } from "./sts_error.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
const DEFAULT_SERVICE = "sts";
const TERMINATOR = "aws4_request";
/** How far a signature's time may be from ours. */
const MAX_SKEW_MS = 15 * 60_000;

/** The parts of a request that a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** Path as sent. */
  readonly path: string;
  /** Query as sent, without `?`. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What an Authorization header claims. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly scopeDate: string;
  readonly region: string;
  /** Lower case, sorted, each once; `host` is among them. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` of X-Amz-Date. */
  readonly amzDate: string;
}

function incomplete(message: string): StsError {
  return new StsError("IncompleteSignature", message);
}

function mismatch(message: string): StsError {
  return new StsError("SignatureDoesNotMatch", message, { status: 403 });
}

/** Reads `Credential=…, SignedHeaders=…, Signature=…` (in any order, each once). */
function parseComponents(text: string): ReadonlyMap<string, string> {
  const components = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, name, value] = /^\s*(\w+)=(\S*)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      throw incomplete("Authorization header has a part that is not a valid key=value pair.");
    }
    if (components.has(name)) throw incomplete(`Authorization header has '${name}' twice.`);
    components.set(name, value);
  }
  const missing = ["Credential", "Signature", "SignedHeaders"].filter((name) =>
    !components.get(name)
  );
  if (missing.length > 0) {
    throw incomplete(
      missing.map((name) => `Authorization header requires '${name}' parameter.`).join(" "),
    );
  }
  return components;
}

function parseSignedHeaders(text: string, headers: Headers): readonly string[] {
  const names = text.split(";");
  const areNames = names.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name));
  if (!areNames || text !== [...new Set(names)].sort().join(";")) {
    throw incomplete("SignedHeaders must be header names: lower case, sorted and unique.");
  }
  if (!names.includes("host")) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const name of names) {
    if (!headers.has(name)) throw mismatch(`The signed header '${name}' is not in the request.`);
  }
  for (const name of headers.keys()) {
    if (name.startsWith("x-amz-") && !names.includes(name)) {
      throw mismatch(`The header '${name}' is present but was not signed.`);
    }
  }
  return names;
}

/** Milliseconds since the epoch of `YYYYMMDDTHHMMSSZ`, or `null` when it is no such moment. */
function parseAmzDate(text: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse reads 24:00:00 and may roll over; a real moment survives the round trip.
  return Number.isNaN(time) || formatAmzDate(time) !== text ? null : time;
}

function formatAmzDate(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

/**
 * The claim of a request's Authorization header. Its scope is right, for `service`; nothing is
 * verified yet.
 */
export function parseSignature(headers: Headers, service = DEFAULT_SERVICE): SignatureClaim {
  const authorization = headers.get("authorization");
  if (authorization === null) {
    throw new StsError("MissingAuthenticationToken", "Request is missing Authentication Token", {
      status: 403,
    });
  }
  const [algorithm = "", ...rest] = authorization.split(" ");
  if (algorithm !== ALGORITHM) throw incomplete(`Unsupported algorithm; use ${ALGORITHM}.`);
  const components = parseComponents(rest.join(" "));
  const signature = components.get("Signature") ?? "";
  if (!/^[0-9a-f]{64}$/.test(signature)) throw incomplete("Signature must be 64 hex digits.");

  const amzDate = headers.get("x-amz-date");
  if (amzDate === null) {
    throw incomplete("Authorization header requires existence of a 'X-Amz-Date' header.");
  }
  if (parseAmzDate(amzDate) === null) {
    throw incomplete("Date must be in ISO-8601 'basic format', such as 20150830T123600Z.");
  }
  const signedHeaders = parseSignedHeaders(components.get("SignedHeaders") ?? "", headers);

  const scope = (components.get("Credential") ?? "").split("/");
  const [accessKeyId = "", scopeDate = "", region = "", scopeService, terminator] = scope;
  if (scope.length !== 5 || !/^\w{1,128}$/.test(accessKeyId)) {
    throw incomplete("Credential must have exactly 5 slash-delimited elements.");
  }
  const wrong = [
    /^[a-z]{2,}(-[a-z]+)+-\d+$/.test(region) ? [] : ["a valid region"],
    scopeService === service ? [] : [`correct service: '${service}'`],
    terminator === TERMINATOR ? [] : [`the terminator '${TERMINATOR}'`],
    scopeDate === amzDate.slice(0, 8) ? [] : ["the day of X-Amz-Date"],
  ].flat();
  if (wrong.length > 0) throw mismatch(`Credential should be scoped to ${wrong.join(", ")}.`);
  return { accessKeyId, scopeDate, region, signedHeaders, signature, amzDate };
}

/** Refuses a signature that was made (`YYYYMMDDTHHMMSSZ`) too long before or after `now`. */
export function checkSkew(amzDate: string, now: number): void {
  const time = parseAmzDate(amzDate) ?? NaN;
  const [at, earliest, latest] = [now, now - MAX_SKEW_MS, now + MAX_SKEW_MS].map(formatAmzDate);
  if (!(time >= now - MAX_SKEW_MS)) {
    throw mismatch(
      `Signature expired: ${amzDate} is now earlier than ${earliest} (${at} - 15 min.)`,
    );
  }
  if (time > now + MAX_SKEW_MS) {
    throw mismatch(
      `Signature not yet current: ${amzDate} is still later than ${latest} (${at} + 15 min.)`,
    );
  }
}

const utf8 = new TextEncoder();

/** RFC 3986 encoding: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalQuery(query: string): string {
  // By name, then by value: U+0000 sorts before whatever a name may go on with.
  return [...new URLSearchParams(query)]
    .map(([name, value]) => `${encode(name)}\0${encode(value)}`)
    .sort()
    .join("&")
    .replaceAll("\0", "=");
}

function canonicalHeader(name: string, headers: Headers): string {
  return `${name}:${(headers.get(name) ?? "").trim().replace(/ +/g, " ")}\n`;
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
}

function hmacKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", raw, algorithm, false, ["sign", "verify"]);
}

async function signingKey(
  claim: SignatureClaim,
  { secret, service }: { readonly secret: string; readonly service: string },
): Promise<CryptoKey> {
  let key = await hmacKey(utf8.encode(`AWS4${secret}`));
  for (const part of [claim.scopeDate, claim.region, service, TERMINATOR]) {
    key = await hmacKey(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(part))));
  }
  return key;
}

/** Refuses a request whose signature was not made over exactly this request with `secret`. */
export async function verifySignature(
  request: SignedRequest,
  options: { readonly claim: SignatureClaim; readonly secret: string; readonly service?: string },
): Promise<void> {
  const { claim, secret, service = DEFAULT_SERVICE } = options;
  const canonicalRequest = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    claim.signedHeaders.map((name) => canonicalHeader(name, request.headers)).join(""),
    claim.signedHeaders.join(";"),
    await sha256(request.body),
  ].join("\n");
  const stringToSign = [
    ALGORITHM,
    claim.amzDate,
    `${claim.scopeDate}/${claim.region}/${service}/${TERMINATOR}`,
    await sha256(utf8.encode(canonicalRequest)),
  ].join("\n");
  const authentic = await crypto.subtle.verify(
    "HMAC",
    await signingKey(claim, { secret, service }),
    Uint8Array.fromHex(claim.signature),
    utf8.encode(stringToSign),
  );
  if (!authentic) {
    throw mismatch(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}
