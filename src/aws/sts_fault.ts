/**
 * Explains a failed call of STS: what was tried, why it failed, what to do. Text of the service is
 * shown only where it helps, and never where it could repeat a key.
 *
 * @module
 */
import { assertNever, type ErrorCode, SentinelError } from "../errors.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { NoAnswerError } from "../transport/fetch_handler.ts";
import type { AssumeRoleRequest, AwsKeys, SessionTokenRequest, StsCaller } from "./clients.ts";
import { adviseAccess, explainClock, explainDuration, SKEW_LIMIT_SECONDS } from "./sts_advice.ts";

/** A call, as far as it helps to explain its failure. */
export type StsCall =
  | { readonly action: "AssumeRole" } & AssumeRoleRequest
  | { readonly action: "GetSessionToken" } & SessionTokenRequest
  | {
    readonly action: "AssumeRoleWithWebIdentity";
    readonly roleArn: string;
    readonly durationSeconds: number;
  }
  | { readonly action: "GetCallerIdentity" };

/** Who called; without keys where the call was not signed, but had a secret of its own. */
export interface StsFaultCaller extends Pick<StsCaller, "name" | "roleArn" | "renewal"> {
  readonly keys: AwsKeys | null;
  /** Default: none. */
  readonly secret?: string;
}

/** What is known of a fault. */
export interface StsFault {
  /** Error code of the service, or the name of what went wrong here. */
  readonly code: string;
  /** Text of the service; may hold anything. */
  readonly text: string;
  /** HTTP status, or `null` without an answer. */
  readonly status: number | null;
  /** How far AWS's clock is ahead of this one's in seconds, or `null`. */
  readonly skewSeconds: number | null;
}

type FaultKind =
  | "aborted"
  | "timeout"
  | "network"
  | "throttled"
  | "clock"
  | "denied"
  | "duration"
  | "expired"
  | "identity_token"
  | "unknown_key"
  | "signature"
  | "region"
  | "refused"
  | "failed"
  | "garbled";

const KINDS: Readonly<Record<string, FaultKind>> = {
  AbortError: "aborted",
  TimeoutError: "timeout",
  NetworkError: "network",
  Throttling: "throttled",
  ThrottlingException: "throttled",
  ThrottledException: "throttled",
  TooManyRequestsException: "throttled",
  RequestLimitExceeded: "throttled",
  RequestThrottled: "throttled",
  SlowDown: "throttled",
  RequestExpired: "clock",
  RequestTimeTooSkewed: "clock",
  AccessDenied: "denied",
  AccessDeniedException: "denied",
  ExpiredToken: "expired",
  InvalidIdentityToken: "identity_token",
  IDPRejectedClaim: "identity_token",
  IDPCommunicationError: "failed",
  ExpiredTokenException: "expired",
  InvalidClientTokenId: "unknown_key",
  UnrecognizedClientException: "unknown_key",
  SignatureDoesNotMatch: "signature",
  InvalidSignatureException: "signature",
  RegionDisabledException: "region",
};

/** Explains what a call threw. */
export function explainStsFault(
  thrown: unknown,
  call: StsCall,
  caller: StsFaultCaller,
): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const fault = readFault(thrown, caller);
  const { code, reason, suggestion, details } = explain(fault, call, caller);
  return new SentinelError(code, `Cannot ${describe(call, caller)}: ${reason}`, {
    ...suggestion === undefined ? {} : { suggestion },
    details: {
      action: call.action,
      awsCode: printable(fault.code),
      httpStatus: fault.status,
      ...details,
    },
  });
}

function describe(call: StsCall, { name }: StsFaultCaller): string {
  switch (call.action) {
    case "AssumeRole":
      return `assume role ${quote(call.roleArn)} with the credentials of ${name}`;
    case "AssumeRoleWithWebIdentity":
      return `assume role ${quote(call.roleArn)} with ${name}`;
    case "GetSessionToken":
      return `get a session for the keys of ${name}`;
    case "GetCallerIdentity":
      return `ask AWS whose credentials ${name} holds`;
    default:
      return assertNever(call);
  }
}

/** The SDK's errors carry no class to rely on: only what has the right shape is taken. */
function readFault(thrown: unknown, { keys, secret }: StsFaultCaller): StsFault {
  if (thrown instanceof NoAnswerError) {
    return { code: thrown.name, text: "", status: null, skewSeconds: null };
  }
  const { name, message, $metadata, $response } = Object(thrown) as {
    readonly [key: string]: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> };
  };
  const status = $metadata?.httpStatusCode;
  const date = Date.parse(String($response?.headers?.["date"] ?? ""));
  const text = String(message ?? "");
  // An endpoint has seen the token, and may send it back.
  const secrets = [keys?.secretAccessKey, keys?.sessionToken, secret];
  const isSafe = !secrets.some((secret) => secret && text.includes(secret));
  return {
    code: String(name ?? "Unknown").slice(0, 64),
    text: isSafe ? abbreviate(text, 400) : "",
    status: typeof status === "number" ? status : null,
    // The SDK signed by the same clock.
    skewSeconds: Number.isNaN(date) ? null : Math.round((date - Date.now()) / 1000),
  };
}

function kindOf({ code, text, status, skewSeconds }: StsFault): FaultKind {
  const known = Object.hasOwn(KINDS, code) ? KINDS[code]! : null;
  const isSkewed = Math.abs(skewSeconds ?? 0) > SKEW_LIMIT_SECONDS;
  if (known === "signature" && (isSkewed || /expired|not yet current/i.test(text))) return "clock";
  if (known !== null) return known;
  if (code === "ValidationError" && /duration/i.test(text)) return "duration";
  if (status === null) return "garbled";
  if (status === 429) return "throttled";
  if (status >= 500) return "failed";
  return status >= 400 ? "refused" : "garbled";
}

/** Why a call failed, and what to do about it. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly suggestion?: string;
  /** What it tells programs beside the call. */
  readonly details?: Readonly<Record<string, unknown>>;
}

function explain(fault: StsFault, call: StsCall, caller: StsFaultCaller): Explanation {
  const kind = kindOf(fault);
  const code = printable(fault.code);
  const said = fault.text === "" ? code : `${code}: ${fault.text}`;
  switch (kind) {
    case "aborted":
      return { code: "TIMED_OUT", reason: "it took longer than a request may wait" };
    case "timeout":
      return { code: "AWS_UNAVAILABLE", reason: "STS did not answer in time" };
    case "network":
      return { code: "AWS_UNAVAILABLE", reason: "STS could not be reached" };
    case "garbled":
      return {
        code: "AWS_UNAVAILABLE",
        reason: "the answer is not one of STS",
        suggestion: "Check AWS_ENDPOINT_URL and whether a proxy answers in the place of AWS.",
      };
    case "failed":
      return { code: "AWS_UNAVAILABLE", reason: `STS failed (${code})` };
    case "throttled":
      return {
        code: "AWS_UNAVAILABLE",
        reason: `STS throttled the call twice (${code})`,
        suggestion: "Wait a moment and try again.",
      };
    case "clock":
      return { code: "AWS_REFUSED", ...explainClock(fault) };
    case "denied":
      return { code: "AWS_REFUSED", reason: said, suggestion: adviseAccess(call, caller, fault) };
    case "duration":
      return {
        code: "CREDENTIALS_UNSUITABLE",
        ...explainDuration(fault, call),
        // STS does not say how long it would be.
        details: { longestSeconds: null },
      };
    case "expired":
      return {
        code: "AWS_REFUSED",
        reason: `these credentials have expired (${code})`,
        suggestion: caller.renewal === undefined
          ? `Renew the credentials of ${caller.name}, then try again.`
          : `Sign in anew: ${caller.renewal}`,
      };
    case "identity_token":
      return {
        code: "AWS_REFUSED",
        reason: said,
        suggestion: "Check who issues the token, its audience, and the role's trust policy.",
      };
    case "unknown_key":
      return {
        code: "AWS_REFUSED",
        reason: `AWS does not know the access key ${
          quote(caller.keys?.accessKeyId ?? "")
        } (${code})`,
        suggestion:
          "The key may be inactive or deleted, or belong to another partition (China, GovCloud): check the region.",
      };
    case "signature":
      // The text repeats what was signed, the session token among it.
      return {
        code: "AWS_REFUSED",
        reason: `the secret key does not belong to the access key (${code})`,
        suggestion: `Check aws_secret_access_key of ${caller.name}, and this machine's clock.`,
      };
    case "region":
      return {
        code: "AWS_REFUSED",
        reason: `STS is not active in this region (${code})`,
        suggestion:
          "Choose another --region, or activate STS for this one in the account settings.",
      };
    case "refused":
      return { code: "AWS_REFUSED", reason: said };
    default:
      return assertNever(kind);
  }
}
