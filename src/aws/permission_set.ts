/**
 * Gets the keys of a permission set from the access portal of IAM Identity Center: the only place
 * that loads its SDK. How long they live is up to the permission set; nothing here can shorten it.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { abbreviate, printable, quote } from "../text/printable.ts";
import { FetchHandler, NoAnswerError } from "../transport/fetch_handler.ts";
import { SDK_SETTINGS } from "../transport/sdk_settings.ts";
import type { SsoCredentials } from "./base_credentials.ts";
import type { BaseKeysNow } from "./base_keys.ts";
import { showLocation } from "./config_files.ts";
import { loginRequired } from "./interaction.ts";
import type { SsoToken } from "./sso_token.ts";

/** How the portal is asked. */
export interface PermissionSetOptions {
  readonly token: SsoToken;
  /** URL instead of AWS's own; `null`: AWS's own. */
  readonly endpoint: string | null;
}

const ATTEMPT_TIMEOUT_MS = 5000;

/** Keys of the permission set of `base`, made anew. Rejects with `SentinelError`. */
export async function getRoleCredentials(
  base: SsoCredentials,
  { token, endpoint }: PermissionSetOptions,
): Promise<BaseKeysNow> {
  const { SSOClient, GetRoleCredentialsCommand } = await import("@aws-sdk/client-sso");
  const client = new SSOClient({
    ...SDK_SETTINGS,
    region: base.session.region,
    ...endpoint === null ? {} : { endpoint },
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
    maxAttempts: 2,
    useFipsEndpoint: false,
  });
  try {
    const { roleCredentials } = await client.send(
      new GetRoleCredentialsCommand({
        accessToken: token.accessToken,
        accountId: base.accountId,
        roleName: base.roleName,
      }),
    );
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = roleCredentials ?? {};
    if (!accessKeyId || !secretAccessKey || !sessionToken || !Number.isSafeInteger(expiration)) {
      throw new SentinelError(
        "AWS_UNAVAILABLE",
        "Cannot use the answer of the access portal: it lacks keys, token or expiration",
        { suggestion: "Check AWS_ENDPOINT_URL: AWS itself always answers in full." },
      );
    }
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: expiration!, arn: null };
  } catch (thrown) {
    throw explain(thrown, base, token);
  } finally {
    client.destroy();
  }
}

function explain(thrown: unknown, base: SsoCredentials, { accessToken }: SsoToken): SentinelError {
  if (thrown instanceof SentinelError) return thrown;
  const what = `Cannot get credentials of ${quote(base.roleName)} in account ${base.accountId} ` +
    `for profile ${quote(base.profile)}`;
  if (thrown instanceof NoAnswerError) {
    const reason = thrown.name === "TimeoutError" ? "did not answer in time" : "cannot be reached";
    return new SentinelError("AWS_UNAVAILABLE", `${what}: the access portal ${reason}`, {
      suggestion: "Try again; check the network and sso_region.",
      cause: thrown,
    });
  }
  const { name, message, $metadata } = Object(thrown) as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 0;
  // The token is in the cache, but the portal does not take it any more.
  if (status === 401) return loginRequired(base);
  const code = printable(String(name ?? "Unknown").slice(0, 64));
  const text = String(message ?? "");
  const said = text === "" || text.includes(accessToken)
    ? code
    : `${code}: ${abbreviate(text, 200)}`;
  const at = `${showLocation(base)}: ${what}`;
  if (status === 403 || status === 404) {
    return new SentinelError(
      "AWS_REFUSED",
      `${at}: whoever is signed in has no such permission set there (${said})`,
      {
        suggestion: "Check sso_account_id and sso_role_name, and who is signed in: " +
          "the access portal lists what is yours.",
        cause: thrown,
      },
    );
  }
  if (status === 429) {
    return new SentinelError("AWS_UNAVAILABLE", `${what}: the access portal throttled the call`, {
      suggestion: "Wait a moment and try again.",
      cause: thrown,
    });
  }
  return new SentinelError(
    status >= 400 && status < 500 ? "AWS_REFUSED" : "AWS_UNAVAILABLE",
    `${what}: ${said}`,
    { cause: thrown },
  );
}
