/**
 * Bounds that the gate shares with the records of approvals and break-glass: each start of the
 * program loads them, and nothing else of the records.
 *
 * @module
 */

/** The shortest window, in seconds: the life of the shortest credentials of STS. */
export const MIN_WINDOW_SECONDS = 900;
/** How much two clocks may differ that AWS still serves, in milliseconds. */
export const CLOCK_DIFFERENCE_MS = 15 * 60_000;
