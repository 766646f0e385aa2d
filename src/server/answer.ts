/**
 * What the credential endpoint says: one JSON object, whatever happened. Only a yes carries
 * anything of the credentials; a no carries no ARN, no account, no stack and no text from outside
 * that was not cleaned.
 *
 * @module
 */
import { ERROR_CATALOGUE, type ErrorCode, SentinelError } from "../errors.ts";
import type { Refused } from "../gate/decision.ts";
import type { IssuedCredentials } from "../gate/ports.ts";
import { printable } from "../text/printable.ts";

/** An answer without its request id. */
export interface Answer {
  readonly status: number;
  /** A JSON object. */
  readonly body: string;
  /** Methods the resource has; only for 405. */
  readonly allow?: string;
}

/** Longest message of a refusal, in characters: botocore prints the body as it is, on one line. */
const MAX_MESSAGE_LENGTH = 300;

/** `answer` as a response to the request with this id. */
export function createResponse(answer: Answer, requestId: string): Response {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  };
  if (answer.allow !== undefined) headers.allow = answer.allow;
  return new Response(answer.body, { status: answer.status, headers });
}

/** A no. The SDKs differ in the case of the keys that they read: both are given. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: JSON.stringify({ Code: code, Message: message, code, message }) };
}

/**
 * `text` without ARNs and account ids, as one line of ASCII of bounded length: SDKs print it raw
 * and hand it to logs that we do not know.
 */
export function publicMessage(text: string): string {
  const cleaned = printable(text)
    .replace(/[^ -~]/gu, "?")
    .replace(/arn:[^\s"'`,;()<>[\]{}]+/gi, "<arn>")
    // An account id, as the APIs write it or, with hyphens, as the console does.
    .replace(/\d{12,}|\d{4}-\d{4}-\d{4}/g, "<account>");
  return cleaned.length <= MAX_MESSAGE_LENGTH
    ? cleaned
    : `${cleaned.slice(0, MAX_MESSAGE_LENGTH - 3)}...`;
}

/** The gate's no. */
export function gateRefusal({ code, message }: Refused): Answer {
  return refusal(403, code, publicMessage(message));
}

/** A fault: its kind, never its own words, which stand on the terminal and in the decision log. */
export function fault(code: ErrorCode): Answer {
  const { httpStatus, meaning } = ERROR_CATALOGUE[code];
  return refusal(httpStatus, code, meaning);
}

// A busy server hands out the same credentials thousands of times; the secrets go with them.
const credentialAnswers = new WeakMap<IssuedCredentials, Answer>();

/**
 * The gate's yes. Throws `CREDENTIALS_UNSUITABLE` for credentials without a session token or an
 * end of life: an SDK that holds those never asks again, and no revocation would reach it.
 */
export function credentialAnswer(credentials: IssuedCredentials): Answer {
  let answer = credentialAnswers.get(credentials);
  if (answer === undefined) {
    answer = { status: 200, body: credentialBody(credentials) };
    credentialAnswers.set(credentials, answer);
  }
  return answer;
}

function credentialBody(credentials: IssuedCredentials): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt, accountId, roleArn } = credentials;
  if (!sessionToken || expiresAt === null) {
    throw new SentinelError(
      "CREDENTIALS_UNSUITABLE",
      "Cannot serve the profile's credentials: they have no session token or no end of life",
    );
  }
  return JSON.stringify({
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    // Whole seconds, rounded down, and `Z`: the one form that every SDK reads.
    Expiration: `${new Date(expiresAt).toISOString().slice(0, 19)}Z`,
    ...(accountId !== null && { AccountId: accountId }),
    ...(roleArn !== null && { RoleArn: roleArn }),
  });
}
