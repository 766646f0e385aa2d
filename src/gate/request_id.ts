/**
 * Identifiers of requests, sessions and server processes: 64 random bits from the CSPRNG as 16
 * lower-case hex digits. There is no fallback.
 *
 * @module
 */

const POOL_IDS = 256;
let pool = new Uint8Array(0);
let next = 0;

/** A new identifier: 16 lower-case hex digits. */
export function newId(): string {
  if (next === pool.length) {
    // One system call for many identifiers: the server draws one for every request.
    pool = crypto.getRandomValues(new Uint8Array(POOL_IDS * 8));
    next = 0;
  }
  const id = pool.subarray(next, next + 8).toHex();
  next += 8;
  return id;
}
