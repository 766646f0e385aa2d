/**
 * Moments as people type them: RFC 3339 with a zone, so that nobody has to guess whose clock is
 * meant.
 *
 * @module
 */

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** An example for messages. */
export const MOMENT_EXAMPLE = "2026-01-30T17:45:00+01:00";

/**
 * The moment of `text`, such as `2026-01-30T17:45:00Z` or `2026-01-30T17:45+01:00`, or `null` when
 * it is none: without a zone, or on a day that does not exist.
 */
export function parseMoment(text: string): Temporal.Instant | null {
  if (!RFC_3339.test(text)) return null;
  try {
    return Temporal.Instant.from(text);
  } catch {
    return null;
  }
}
