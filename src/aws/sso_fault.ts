/**
 * Why the sign-in service of IAM Identity Center gave no token: a refusal that a sign-in can act
 * upon, or a `SentinelError`. The service's own words are shown only where they name settings.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { NoAnswerError } from "../transport/fetch_handler.ts";

/** Why the service gave no token. */
export type SsoRefusalReason =
  /** The person has not answered yet. */
  | "pending"
  | "slow_down"
  /** The person said no. */
  | "denied"
  /** The code, the device or the refresh token has ended or was used. */
  | "ended"
  /** The client is not known any more, or may not do this. */
  | "client";

/** The service answered, and the answer is no. */
export class SsoRefusal extends Error {
  override readonly name = "SsoRefusal";
  readonly reason: SsoRefusalReason;

  /** `cause`: what the SDK threw. */
  constructor(reason: SsoRefusalReason, cause: unknown) {
    super(`sign-in refused: ${reason}`, { cause });
    this.reason = reason;
  }
}

const REFUSALS: Readonly<Record<string, SsoRefusalReason>> = {
  AuthorizationPendingException: "pending",
  SlowDownException: "slow_down",
  AccessDeniedException: "denied",
  ExpiredTokenException: "ended",
  InvalidGrantException: "ended",
  InvalidClientException: "client",
  UnauthorizedClientException: "client",
  InvalidClientMetadataException: "client",
  InvalidRedirectUriException: "client",
  UnsupportedGrantTypeException: "client",
};

/** Whose call failed. */
export interface SsoCaller {
  /** `SSO session "corp"` */
  readonly name: string;
  readonly region: string;
}

/** What a call threw, as a refusal or explained. */
export function explainSsoFault(
  thrown: unknown,
  { name, region }: SsoCaller,
): SsoRefusal | SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const what = `Cannot sign in to ${name}`;
  if (thrown instanceof NoAnswerError) {
    const reason = thrown.name === "TimeoutError"
      ? "IAM Identity Center did not answer in time"
      : "IAM Identity Center could not be reached";
    return new SentinelError("AWS_UNAVAILABLE", `${what}: ${reason} (region ${quote(region)})`, {
      suggestion: "Check the network and sso_region.",
      cause: thrown,
    });
  }
  // The SDK's errors carry no class to rely on: only what has the right shape is taken.
  const fault = Object(thrown) as {
    readonly name?: unknown;
    readonly error_description?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
  };
  const code = String(fault.name ?? "Unknown").slice(0, 64);
  if (Object.hasOwn(REFUSALS, code)) return new SsoRefusal(REFUSALS[code]!, thrown);
  const status = fault.$metadata?.httpStatusCode;
  const isRequest = code === "InvalidRequestException" || code === "InvalidScopeException";
  // For these two it names fields and scopes, never their secrets.
  const said = isRequest ? `: ${abbreviate(String(fault.error_description ?? ""), 200)}` : "";
  return new SentinelError(
    isRequest ? "AWS_REFUSED" : "AWS_UNAVAILABLE",
    `${what}: ${printable(code)}${typeof status === "number" ? ` (HTTP ${status})` : ""}${said}`,
    {
      suggestion: isRequest
        ? "Check sso_start_url, sso_region and sso_registration_scopes."
        : "Try again; check sso_region and AWS_ENDPOINT_URL_SSO_OIDC.",
      cause: thrown,
    },
  );
}

/** An answer that lacks what every answer of the service has. */
export function incomplete(name: string): SentinelError {
  return new SentinelError(
    "AWS_UNAVAILABLE",
    `Cannot sign in to ${name}: the answer of IAM Identity Center is not whole`,
    { suggestion: "Check AWS_ENDPOINT_URL_SSO_OIDC and whether a proxy answers for AWS." },
  );
}
