/**
 * Why a call of Parameter Store failed: whether AWS has answered that there is nothing for this
 * caller, or nobody knows because it did not answer. The difference decides whether the policy of
 * a moment ago may still be used.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { printable, quote } from "../text/printable.ts";
import { NoAnswerError } from "../transport/fetch_handler.ts";

/** A call that failed. `reason` completes a sentence that names the parameter; all is printable. */
export interface ParameterFault {
  /** `refused`: AWS has answered, and will answer the same again. */
  readonly kind: "refused" | "outage";
  readonly reason: string;
  readonly suggestion: string;
  readonly cause: unknown;
}

/** What was tried, and on what. */
export interface ParameterCall {
  readonly action: "GetParameter" | "DescribeParameters" | "PutParameter";
  readonly name: string;
  readonly region: string;
}

type Explanation = Omit<ParameterFault, "cause">;

const THROTTLED = /^(?:Thrott|TooManyRequests|TooManyUpdates|RequestLimitExceeded|SlowDown)/;
const UNKNOWN_CALLER =
  /^(?:UnrecognizedClient|InvalidClientTokenId|IncompleteSignature|MissingAuthenticationToken)/;
const BAD_SIGNATURE = /^(?:InvalidSignature|SignatureDoesNotMatch|RequestTimeTooSkewed)/;
const NO_KEY = /^(?:InvalidKeyId|KMS|Disabled|NotFoundException)/;

/** Explains what a call threw. Its own words may quote anything, and are not repeated. */
export function explainParameterFault(thrown: unknown, call: ParameterCall): ParameterFault {
  return { ...explain(thrown, call), cause: thrown };
}

function explain(thrown: unknown, { action, name, region }: ParameterCall): Explanation {
  if (thrown instanceof SentinelError) {
    return { kind: "outage", reason: thrown.message, suggestion: thrown.suggestion };
  }
  const outage = (reason: string, suggestion = TRY_AGAIN): Explanation => ({
    kind: "outage",
    reason,
    suggestion,
  });
  const refused = (reason: string, suggestion: string): Explanation => ({
    kind: "refused",
    reason,
    suggestion,
  });
  if (thrown instanceof NoAnswerError) return outage("Parameter Store did not answer");
  const { name: fault = "Unknown", $metadata } = Object(thrown);
  const code = printable(String(fault).slice(0, 64));
  const status: unknown = $metadata?.httpStatusCode;
  if (code === "ParameterNotFound") {
    return refused(
      `there is no such parameter in ${region}`,
      `Check name and region, or write it: sentinel policy push FILE ssm:${name}`,
    );
  }
  if (code === "ParameterVersionNotFound") {
    return refused("there is no such version of it", "AWS keeps the last hundred versions.");
  }
  if (/^AccessDenied/.test(code)) {
    return refused(
      "AWS denies access",
      `Allow ssm:${action} on the parameter ${quote(name)}` +
        (action === "DescribeParameters" ? " (on all: AWS knows no narrower grant)." : ".") +
        " An encrypted one also takes kms:Decrypt, or kms:Encrypt to write, on its key.",
    );
  }
  if (NO_KEY.test(code)) {
    return refused(`its key cannot be used (${code})`, "Check the KMS key of the parameter.");
  }
  if (/^ExpiredToken/.test(code)) {
    // Nobody has taken anything back: it is as if AWS could not be asked.
    return outage("the credentials to read it have expired", "Renew the base credentials.");
  }
  if (UNKNOWN_CALLER.test(code)) {
    return refused(
      `AWS does not accept the credentials (${code})`,
      "Check the base credentials: aws sts get-caller-identity",
    );
  }
  if (BAD_SIGNATURE.test(code)) {
    return refused(
      `AWS rejects the signature (${code})`,
      "Check this machine's clock and the secret key.",
    );
  }
  if (THROTTLED.test(code) || status === 429) return outage("Parameter Store throttles the calls");
  if (typeof status === "number" && status >= 400 && status < 500) {
    return refused(`AWS refused it (${code})`, "Check name, region and AWS_ENDPOINT_URL_SSM.");
  }
  return typeof status === "number" && status >= 500
    ? outage(`Parameter Store failed (${code})`)
    : outage("the answer is not one of Parameter Store", "Check AWS_ENDPOINT_URL_SSM.");
}

const TRY_AGAIN = "Check the network, the region and AWS_ENDPOINT_URL_SSM.";
