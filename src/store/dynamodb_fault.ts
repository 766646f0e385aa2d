/**
 * What a failed call to DynamoDB means for the person who waits for it. The SDK's own words are
 * never repeated: they may quote anything, so they stay in `cause`.
 *
 * @module
 */
import { type ErrorCode, SentinelError } from "../errors.ts";
import { printable, quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { TableKind } from "./table_kind.ts";

/** Name of the fault of a call that comes after the store was closed. */
export const STORE_CLOSED = "StoreClosed";

/** The call that failed. */
export interface DynamoDbCall {
  readonly kind: TableKind;
  /** Completes "Cannot …". Printable. */
  readonly action: string;
  /** The operation of the API, which is also the name of its permission. */
  readonly operation: string;
  /** Name of the table. */
  readonly table: string;
  /** Region of the table. */
  readonly region: string;
}

interface Explanation {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly suggestion?: string;
}

/** A fault of DynamoDB, of the SDK or of the network as an error that says what to do. */
export function dynamoDbFault(call: DynamoDbCall, thrown: unknown): SentinelError {
  const { name, status, systemCode } = describe(thrown);
  const { code, reason, suggestion } = thrown instanceof SentinelError
    ? { code: call.kind.unavailable, reason: thrown.message, suggestion: thrown.suggestion }
    : explain(call, { name, status, systemCode });
  return new SentinelError(code, `Cannot ${call.action}: ${reason}`, {
    ...(suggestion === undefined ? {} : { suggestion }),
    details: { table: call.table, operation: call.operation, error: printable(name), status },
    cause: thrown,
  });
}

interface Fault {
  /** The exception's name: a code of the API, of the SDK or of the platform. */
  readonly name: string;
  /** Status of the answer, or `null` when there was none. */
  readonly status: number | null;
  /** `ECONNREFUSED` and its like, or `null`. */
  readonly systemCode: string | null;
}

function describe(thrown: unknown): Fault {
  if (typeof thrown !== "object" || thrown === null) {
    return { name: typeof thrown, status: null, systemCode: null };
  }
  const { name, code, $metadata } = thrown as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  const status = $metadata?.httpStatusCode;
  return {
    name: typeof name === "string" ? name : "Error",
    status: typeof status === "number" ? status : null,
    systemCode: typeof code === "string" ? code : null,
  };
}

function explain(call: DynamoDbCall, { name, status, systemCode }: Fault): Explanation {
  const { unavailable, tableInvalid, name: kindName } = call.kind;
  const init = `sentinel init ${call.kind.command} --table ${shellWord(call.table)} --region ${
    shellWord(call.region)
  }`;
  const where = ` in region ${printable(call.region)}`;
  switch (name) {
    case "ResourceNotFoundException":
      return {
        code: tableInvalid,
        reason: `there is no such table${where}`,
        suggestion: `Check the table's name and region, or make it: ${init}`,
      };
    case "ValidationException":
      return {
        code: tableInvalid,
        reason: `its keys or indexes are not those of a ${kindName} table`,
        suggestion: `Name another table, or see what this one lacks: ${init} --plan`,
      };
    case "AccessDeniedException":
      return {
        code: unavailable,
        reason: "AWS denies access",
        suggestion: `Allow dynamodb:${call.operation} on table ${quote(call.table)}${where} ` +
          "and on its indexes.",
      };
    case "ExpiredTokenException":
    case "ExpiredToken":
      return {
        code: unavailable,
        reason: "the credentials have expired",
        suggestion: "Log in again.",
      };
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "IncompleteSignatureException":
    case "MissingAuthenticationTokenException":
    case "CredentialsProviderError":
      return {
        code: unavailable,
        reason: "there are no credentials that AWS accepts",
        suggestion: "Check whose credentials are used: aws sts get-caller-identity",
      };
    case "InvalidSignatureException":
    case "SignatureDoesNotMatch":
    case "RequestTimeTooSkewed":
      return {
        code: unavailable,
        reason: "AWS rejects the signature",
        suggestion: "Check this machine's clock and the secret key.",
      };
    case "ProvisionedThroughputExceededException":
    case "ThrottlingException":
    case "RequestLimitExceeded":
      return {
        code: unavailable,
        reason: "DynamoDB throttles the table",
        suggestion: "Try again; set the table to on-demand capacity if it happens often.",
      };
    case STORE_CLOSED:
      return { code: unavailable, reason: "the store is closed" };
    case "AbortError":
    case "TimeoutError":
      return { code: unavailable, reason: `no answer in time${where}` };
    default:
      if (status !== null && status >= 400) {
        return { code: unavailable, reason: `DynamoDB answers ${status} (${printable(name)})` };
      }
      if (systemCode !== null) {
        return { code: unavailable, reason: `no connection (${printable(systemCode)})` };
      }
      return { code: unavailable, reason: `the call failed (${printable(name)})` };
  }
}
