/**
 * What goes over plain http never leaves by a proxy of the environment, which would read it.
 *
 * @module
 */

/**
 * Options of an HTTP client that reaches `url` past every proxy of the environment: to a proxy
 * "next door" would be another place. With TLS a proxy sees nothing, and may be the only way.
 */
export function pastProxies(
  { protocol, hostname, port }: URL,
): Pick<Deno.CreateHttpClientOptions, "proxy"> {
  if (protocol !== "http:") return {};
  const address = hostname.replace(/^\[|\]$/g, "");
  return { proxy: { transport: "tcp", hostname: address, port: Number(port) || 80 } };
}
