/**
 * What every client of the AWS SDK is told here, because it would otherwise look it up in the
 * environment and in ~/.aws/config: what counts of those was read before, strictly. Region,
 * endpoint, keys and limits are for whoever makes the client to say.
 *
 * @module
 */

/** Settings to spread into the configuration of a client. */
export const SDK_SETTINGS = {
  ignoreConfiguredEndpointUrls: true,
  useDualstackEndpoint: false,
  retryMode: "standard",
  defaultsMode: "standard",
  authSchemePreference: [] as string[],
  userAgentAppId: () => Promise.resolve(undefined),
  // The default asks for the release of the operating system.
  defaultUserAgentProvider: () => Promise.resolve([["sentinel"] as [string]]),
} as const;
