/**
 * `--at`: a moment that a person gives, or now.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { MOMENT_EXAMPLE, parseMoment } from "../text/moment_text.ts";
import { shown, usageError } from "./usage.ts";

/** The moment that `--at` of `command` gives; now without it. Throws `USAGE`. */
export function readMoment(command: { readonly name: string }, at: string | null): Date {
  if (at === null) return new Date(systemClock.now());
  const moment = parseMoment(at);
  if (moment !== null) return new Date(moment.epochMilliseconds);
  throw usageError(
    command,
    `--at is ${shown(at)}, which is no time with a zone`,
    `Write it like this: --at ${MOMENT_EXAMPLE}`,
  );
}
