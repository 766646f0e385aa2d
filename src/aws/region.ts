/**
 * Decides which AWS region and which endpoint to talk to. Both become part of a host name or a
 * URL to which signed requests go: what is not plainly one of them is refused.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { Environment } from "./config_files.ts";
import type { ProfileSettings } from "./profile_settings.ts";

/** What a region must look like, to complete "must be". */
export const REGION_RULE = "1 to 63 small letters, digits and hyphens, like eu-west-1";

/** Whether `text` may be a region: it is one label of a host name. */
export function isRegion(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** Settings of {@linkcode resolveRegion}. */
export interface ResolveRegionOptions {
  /** Of the command line; `null` when not given. */
  readonly flag: string | null;
  readonly env: Environment;
  /** The profile with its region, or `null` when none is known. */
  readonly profile: { readonly region: string | null } | null;
}

/**
 * The region: flag, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, or `null`. Throws
 * `CONFIG_INVALID` for one that cannot be a region.
 */
export function resolveRegion({ flag, env, profile }: ResolveRegionOptions): string | null {
  const sources = [
    ["--region", flag],
    ["AWS_REGION", env("AWS_REGION")],
    ["AWS_DEFAULT_REGION", env("AWS_DEFAULT_REGION")],
  ] as const;
  for (const [source, region] of sources) {
    if (!region) continue;
    if (isRegion(region)) return region;
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot use the region ${quote(region)} of ${source}: it must be ${REGION_RULE}`,
      { suggestion: `Set ${source} to a region.` },
    );
  }
  return profile?.region ?? null;
}

/** Services that are called by this program. */
export type EndpointService = "sts" | "dynamodb";

/** Settings of {@linkcode resolveEndpoint}. */
export interface ResolveEndpointOptions {
  readonly env: Environment;
  /** The profile whose settings count, or `null`. */
  readonly profile: { readonly settings: ProfileSettings } | null;
}

/**
 * The configured endpoint URL of `service`, or `null` for AWS's own: `AWS_ENDPOINT_URL_<SERVICE>`,
 * `AWS_ENDPOINT_URL`, the profile's `services` section, its `endpoint_url`. Throws
 * `CONFIG_INVALID`.
 */
export function resolveEndpoint(
  service: EndpointService,
  { env, profile }: ResolveEndpointOptions,
): string | null {
  const settings = profile?.settings ?? null;
  if (isIgnored(env, settings)) return null;
  const variable = `AWS_ENDPOINT_URL_${service.toUpperCase()}`;
  const sources: readonly (readonly [string, string | undefined])[] = [
    [variable, env(variable)],
    ["AWS_ENDPOINT_URL", env("AWS_ENDPOINT_URL")],
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

/** Whether configured endpoints are switched off. */
function isIgnored(env: Environment, settings: ProfileSettings | null): boolean {
  const sources = [
    ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")],
    [
      "ignore_configured_endpoint_urls of the profile",
      settings?.values.get("ignore_configured_endpoint_urls"),
    ],
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
