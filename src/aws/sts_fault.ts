/**
 * Explains a failed call of STS: what was tried, why it failed, what to do. Text of the service is
 * shown only where it helps, and never where it could repeat a key.
 *
 * @module
 */
import { assertNever, type ErrorCode, SentinelError } from "../errors.ts";
import { formatDuration } from "../text/duration.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { NoAnswerError } from "./fetch_handler.ts";
import type { AssumeRoleRequest, StsCaller } from "./clients.ts";

/** A call, as far as it helps to explain its failure. */
export type StsCall =
  | { readonly action: "AssumeRole" } & AssumeRoleRequest
  | { readonly action: "GetSessionToken"; readonly durationSeconds: number }
  | { readonly action: "GetCallerIdentity" };

/** What is known of a fault. */
interface Fault {
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
  ExpiredTokenException: "expired",
  InvalidClientTokenId: "unknown_key",
  UnrecognizedClientException: "unknown_key",
  SignatureDoesNotMatch: "signature",
  InvalidSignatureException: "signature",
  RegionDisabledException: "region",
};

/** Services tolerate five to fifteen minutes. */
const SKEW_LIMIT_SECONDS = 300;

/** Explains what a call threw. */
export function explainStsFault(
  thrown: unknown,
  call: StsCall,
  caller: StsCaller,
): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const fault = readFault(thrown, caller);
  const { code, reason, suggestion } = explain(fault, call, caller);
  return new SentinelError(code, `Cannot ${describe(call, caller)}: ${reason}`, {
    ...suggestion === undefined ? {} : { suggestion },
    details: { action: call.action, awsCode: printable(fault.code), httpStatus: fault.status },
  });
}

function describe(call: StsCall, { name }: StsCaller): string {
  switch (call.action) {
    case "AssumeRole":
      return `assume role ${quote(call.roleArn)} with the credentials of ${name}`;
    case "GetSessionToken":
      return `get a session for the keys of ${name}`;
    case "GetCallerIdentity":
      return `ask AWS whose the credentials of ${name} are`;
    default:
      return assertNever(call);
  }
}

/** The SDK's errors carry no class to rely on: only what has the right shape is taken. */
function readFault(thrown: unknown, { keys }: StsCaller): Fault {
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
  const isSafe = ![keys.secretAccessKey, keys.sessionToken].some((secret) =>
    secret !== null && text.includes(secret)
  );
  return {
    code: String(name ?? "Unknown").slice(0, 64),
    text: isSafe ? abbreviate(text, 400) : "",
    status: typeof status === "number" ? status : null,
    // The SDK signed by the same clock.
    skewSeconds: Number.isNaN(date) ? null : Math.round((date - Date.now()) / 1000),
  };
}

function kindOf({ code, text, status, skewSeconds }: Fault): FaultKind {
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

interface Explanation {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly suggestion?: string;
}

function explain(fault: Fault, call: StsCall, caller: StsCaller): Explanation {
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
      return { code: "CREDENTIALS_UNSUITABLE", ...explainDuration(fault, call) };
    case "expired":
      return {
        code: "AWS_REFUSED",
        reason: `these credentials have expired (${code})`,
        suggestion: `Renew the credentials of ${caller.name}, then try again.`,
      };
    case "unknown_key":
      return {
        code: "AWS_REFUSED",
        reason: `AWS does not know the access key ${quote(caller.keys.accessKeyId)} (${code})`,
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

function explainClock({ code, skewSeconds }: Fault): Omit<Explanation, "code"> {
  const seconds = Math.abs(skewSeconds ?? 0);
  const difference = seconds > SKEW_LIMIT_SECONDS
    ? `this machine's clock is ${formatDuration(seconds)} ${skewSeconds! > 0 ? "behind" : "ahead"}`
    : "this machine's clock differs from AWS's";
  return {
    reason: `${difference} (${printable(code)})`,
    suggestion: "Set the clock: AWS tolerates a few minutes only.",
  };
}

function explainDuration({ text }: Fault, call: StsCall): Omit<Explanation, "code"> {
  const seconds = "durationSeconds" in call ? call.durationSeconds : 0;
  const reason = `${formatDuration(seconds)} is not a life that AWS allows here: ${text}`;
  if (call.action !== "AssumeRole") {
    return { reason, suggestion: "Ask for 15m to 36h with --duration." };
  }
  if (/chaining/i.test(text)) {
    return {
      reason,
      suggestion: "The maximum is 1h for a role assumed from another one: use --duration 1h.",
    };
  }
  const name = call.roleArn.slice(call.roleArn.lastIndexOf("/") + 1);
  return {
    reason,
    suggestion:
      `Every role allows 1h: use --duration 1h, or raise the role's maximum: aws iam update-role --role-name ${name} --max-session-duration ${seconds}`,
  };
}

/** What must be allowed, and where. */
function adviseAccess(call: StsCall, caller: StsCaller, { text }: Fault): string {
  if (call.action !== "AssumeRole") return `Check what the keys of ${caller.name} may do.`;
  const Action = [
    "sts:AssumeRole",
    ...call.sourceIdentity === null ? [] : ["sts:SetSourceIdentity"],
  ];
  const own = { Effect: "Allow", Action, Resource: call.roleArn };
  const principal = caller.roleArn ?? principalOf(text) ?? "arn:aws:iam::ACCOUNT:user/CALLER";
  const trust = { Effect: "Allow", Principal: { AWS: principal }, Action };
  return [
    `Allow it twice. In the policy of the caller (${caller.name}): ${JSON.stringify(own)}`,
    `In the trust policy of the role: ${JSON.stringify(trust)}`,
    ...call.externalId === null ? [] : ["Its sts:ExternalId condition must match external_id."],
  ].join(" ");
}

/** The user or role that a refusal names: `User: ARN is not authorized to perform: …`. */
function principalOf(text: string): string | null {
  const arn = /\bUser: (arn:[\w:\/+=,.@-]+) is not authorized/.exec(text)?.[1] ?? null;
  const session = arn === null
    ? null
    : /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  return session === null ? arn : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
}
