/**
 * `--min-ttl`: how a door passes on the wish that access lasts.
 *
 * @module
 */
import type { AccessRequest } from "../gate/access_request.ts";
import type { FlagOrigin } from "./command.ts";

/** What of a command line matters here. */
export interface MinTtlInvocation {
  readonly flags: { readonly minTtlSeconds: number | null };
  readonly origins: { readonly durationSeconds: FlagOrigin };
}

/**
 * `request` with the wish. Where nobody says how long credentials shall live they are asked for as
 * long as they must; a server renews them, so that their life does not matter.
 */
export function withMinTtl(
  request: AccessRequest,
  { flags: { minTtlSeconds }, origins }: MinTtlInvocation,
): AccessRequest {
  if (minTtlSeconds === null) return request;
  const isOpen = request.mode !== "server" && origins.durationSeconds === "default";
  const durationSeconds = isOpen
    ? Math.max(request.durationSeconds, minTtlSeconds)
    : request.durationSeconds;
  return { ...request, durationSeconds, minTtlSeconds };
}
