/**
 * The secret that a child presents to its credential server. A comparison takes the same steps
 * wherever the two texts differ.
 *
 * @module
 */

const TOKEN_BYTES = 32;

/** A new token: 256 bits of the CSPRNG as 64 lower-case hex digits. */
export function createToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
}

/** What {@linkcode sameToken} reads of a text. */
type Text = Pick<string, "length" | "charCodeAt">;

/** Whether `presented` is `token`. The time tells the length of what was presented, no more. */
export function sameToken(presented: Text | null, token: Text): boolean {
  if (presented === null || presented.length !== token.length) return false;
  let difference = 0;
  for (let index = 0; index < token.length; index++) {
    difference |= presented.charCodeAt(index) ^ token.charCodeAt(index);
  }
  return difference === 0;
}
