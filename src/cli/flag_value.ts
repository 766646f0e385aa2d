/**
 * What the text of a flag means, by its kind and within its bounds. What it cannot mean is a usage
 * error that says where the text came from.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatDuration, formatTimeSpan, parseDuration, parseTimeSpan } from "../text/duration.ts";
import { nearest } from "../text/nearest.ts";
import type { Found } from "./arguments.ts";
import { type CommandDescription, type Flag, isOptional } from "./command.ts";
import { shown, usageError } from "./usage.ts";

/** The typed value of what was found. Throws `USAGE`. */
export function understand(
  description: CommandDescription,
  { flag, found }: { readonly flag: Flag; readonly found: Found },
): string | number | boolean {
  const { value, as } = found;
  if (typeof value === "boolean") return isOptional(flag) ? (value ? flag.bare : 0) : value;
  const wrong = (problem: string, suggestion?: string) =>
    usageError(description, `${as} is ${shown(value)}, ${problem}`, suggestion);
  switch (flag.kind) {
    case "boolean": {
      const answer = truth(value);
      if (answer !== null) return answer;
      throw wrong("which is neither 1, true, 0 nor false");
    }
    case "string":
      return value;
    case "duration": {
      const answer = isOptional(flag) ? truth(value) : null;
      if (answer !== null) {
        return understand(description, { flag, found: { ...found, value: answer } });
      }
      const format = flag.days ? formatTimeSpan : formatDuration;
      const bounds = `from ${format(flag.minSeconds)} to ${format(flag.maxSeconds)}`;
      const seconds = flag.days ? parseTimeSpan(value) : parseDuration(value);
      if (seconds === null) {
        throw wrong(
          "which is not a duration",
          durationSuggestion(value, { ...flag, bounds, format }),
        );
      }
      if (seconds < flag.minSeconds || seconds > flag.maxSeconds) {
        throw wrong("which is out of bounds", `Give a time ${bounds}.`);
      }
      return seconds;
    }
    case "integer": {
      const number = /^(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : NaN;
      if (number >= flag.min && number <= flag.max) return number;
      throw wrong(`which is not a whole number from ${flag.min} to ${flag.max}`);
    }
    case "choice": {
      if (flag.choices.includes(value)) return value;
      const near = nearest(value, flag.choices);
      throw wrong(
        `which is none of ${flag.choices.join(", ")}`,
        near === null ? undefined : `Did you mean ${near}?`,
      );
    }
    default:
      return assertNever(flag);
  }
}

/** Yes or no, as an environment variable says it; `null` when it says neither. */
function truth(text: string): boolean | null {
  if (text === "1" || text === "true") return true;
  return text === "0" || text === "false" ? false : null;
}

/** What {@linkcode durationSuggestion} goes by. */
interface DurationSuggestionOptions {
  readonly minSeconds: number;
  readonly maxSeconds: number;
  readonly days?: boolean;
  readonly bounds: string;
  readonly format: (seconds: number) => string;
}

/** A bare number is the mistake people make: say how that number of seconds, or days, is written. */
function durationSuggestion(value: string, options: DurationSuggestionOptions): string {
  const { minSeconds, maxSeconds, days = false, bounds, format } = options;
  const meant = /^[1-9]\d{0,5}$/.test(value) ? Number(value) * (days ? 86_400 : 1) : 0;
  // An example that the flag would refuse in its turn helps nobody.
  const fitting = [meant, days ? 7 * 86_400 : 5400, minSeconds]
    .find((seconds) => seconds >= minSeconds && seconds <= maxSeconds);
  return `Write it with units, for example ${format(fitting ?? minSeconds)} (${bounds}).`;
}
