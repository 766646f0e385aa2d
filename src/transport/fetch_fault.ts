/**
 * Why `fetch` got no answer. It tells its reasons in words only, and they hold the URL: they must
 * not be passed on.
 *
 * @module
 */

/** The reasons that a person can act upon. */
const REASONS: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/dns error/i, "ENOTFOUND"],
  [/connection refused/i, "ECONNREFUSED"],
  [/certificate|corrupt message|handshake/i, "EPROTO"],
  [/unreachable/i, "ENETUNREACH"],
];

/** The system's name of the reason for what `fetch` threw; `ECONNRESET` where it is another. */
export function fetchFaultCode(thrown: unknown): string {
  const { message, cause } = (thrown ?? {}) as { message?: unknown; cause?: { message?: unknown } };
  const words = `${message} ${cause?.message}`;
  return REASONS.find(([pattern]) => pattern.test(words))?.[1] ?? "ECONNRESET";
}
