/**
 * Reads the file in which a cluster or a CI system leaves a token. Whatever stands at the path, it
 * comes to an end: what is no regular file is never opened. It judges no token.
 *
 * @module
 */

/** A token is a few kilobytes. */
const MAX_BYTES = 64 * 1024;

/** The text of a file, or what is wrong with it: continues `the file …`. */
export type TokenFile =
  | { readonly kind: "read"; readonly text: string }
  | { readonly kind: "unreadable"; readonly reason: string; readonly cause?: unknown };

/** Reads the file at `path`, through links: clusters renew tokens by them. Never rejects. */
export async function readTokenFile(path: string): Promise<TokenFile> {
  const unreadable = (reason: string, cause?: unknown): TokenFile => ({
    kind: "unreadable",
    reason,
    cause,
  });
  try {
    // To open a pipe waits for who writes to it; a device may have no end.
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) return unreadable("is not a regular file");
    if (size > MAX_BYTES) return unreadable("holds no token: it is too large");
    return { kind: "read", text: await Deno.readTextFile(path) };
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound;
    return unreadable(isMissing ? "does not exist" : "cannot be read", cause);
  }
}
