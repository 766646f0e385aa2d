/**
 * Decides which endpoint an AWS service is called at, as the SDKs do. Signed requests and new
 * credentials travel there: whatever is not plainly an http(s) URL is refused.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { ChildSettings } from "./child_settings.ts";
import type { Environment } from "./config_files.ts";

/** Services that are called by this program. */
export type EndpointService = "sts" | "dynamodb" | "iam" | "ssm" | "sso" | "sso_oidc";

/** Settings of {@linkcode resolveEndpoint}. */
export interface ResolveEndpointOptions {
  /** Of the command line, which wins over everything; default: not given. */
  readonly flag?: string | null;
  readonly env: Environment;
  /** The profile whose settings count, or `null`. */
  readonly profile: { readonly settings: ChildSettings } | null;
}

/**
 * The configured endpoint URL of `service`, or `null` for AWS's own: the flag,
 * `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `services` section, its
 * `endpoint_url`. Throws `CONFIG_INVALID`.
 */
export function resolveEndpoint(
  service: EndpointService,
  { flag = null, env, profile }: ResolveEndpointOptions,
): string | null {
  if (flag !== null) return checkUrl(flag, "--endpoint-url");
  if (readSwitch("ignore_configured_endpoint_urls", { env, profile })) return null;
  const settings = profile?.settings;
  const variable = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const sources: readonly (readonly [string, string | undefined])[] = [
    [variable, env.get(variable)],
    ["AWS_ENDPOINT_URL", env.get("AWS_ENDPOINT_URL")],
    [
      `endpoint_url of ${service} in the profile's services section`,
      settings?.services?.blocks.get(service)?.get("endpoint_url"),
    ],
    ["endpoint_url of the profile", settings?.values.get("endpoint_url")],
  ];
  for (const [source, url] of sources) {
    if (url) return checkUrl(url, source);
  }
  return null;
}

/**
 * Whether AWS's FIPS endpoints are to be called: `AWS_USE_FIPS_ENDPOINT`, the profile's
 * `use_fips_endpoint`, or false. Throws `CONFIG_INVALID`.
 */
export function resolveFips({ env, profile }: ResolveEndpointOptions): boolean {
  return readSwitch("use_fips_endpoint", { env, profile });
}

/** A setting that is true or false: `AWS_<KEY>`, else `key` of the profile, else false. */
function readSwitch(key: string, { env, profile }: ResolveEndpointOptions): boolean {
  const variable = `AWS_${key.toUpperCase()}`;
  const sources = [
    [variable, env.get(variable)],
    [`${key} of the profile`, profile?.settings.values.get(key)],
  ] as const;
  for (const [source, value] of sources) {
    if (!value) continue;
    // botocore takes any other word for false and any case for true, the JavaScript SDK neither.
    if (value === "true" || value === "false") return value === "true";
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot use ${source}: it must be true or false, not ${quote(value)}`,
      { suggestion: `Set ${source} to true or false.` },
    );
  }
  return false;
}

/** The URL in its normal form. The message does not repeat it: it may hold a password. */
function checkUrl(text: string, source: string): string {
  const refuse = (reason: string) =>
    new SentinelError("CONFIG_INVALID", `Cannot use ${source}: ${reason}`, {
      suggestion: `Set ${source} to a URL like http://localhost:4566.`,
    });
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text) || !/^[!-~]+$/.test(text)) {
    throw refuse("it is not an http or https URL");
  }
  if (url.username !== "" || url.password !== "") throw refuse("it holds a user name or password");
  if (url.search !== "" || url.hash !== "") throw refuse("it holds a query or a fragment");
  return url.href;
}
