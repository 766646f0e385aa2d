/**
 * Which version this is. A cache that depends on what the program understands carries it.
 *
 * @module
 */

/** Version of the program, as in `deno.json`. */
export const VERSION = "0.1.0";
