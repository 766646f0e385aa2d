/**
 * Decides which AWS region to talk to. It becomes part of the host name to which signed requests
 * go: what is not plainly a label of one is refused.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import type { Environment } from "./config_files.ts";

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
    ["AWS_REGION", env.get("AWS_REGION")],
    ["AWS_DEFAULT_REGION", env.get("AWS_DEFAULT_REGION")],
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
