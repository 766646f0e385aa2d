/**
 * Turns arguments and environment into typed flag values, as a command's description says. It
 * guesses nothing: what is unknown, repeated, empty, out of bounds or contradictory is a usage
 * error that names what to type instead, and no value is echoed from a flag it does not know.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatDuration, formatTimeSpan, parseDuration, parseTimeSpan } from "../text/duration.ts";
import { nearest } from "../text/nearest.ts";
import { type Found, sortArguments } from "./arguments.ts";
import {
  type CommandDescription,
  environmentName,
  type Flag,
  flagKey,
  type FlagOrigin,
  type Invocation,
  isOptional,
} from "./command.ts";
import type { Environment } from "./host.ts";
import { shown, usageError } from "./usage.ts";

/**
 * Understands the arguments that follow the command's name. Throws `USAGE`.
 *
 * A flag on the command line wins over its environment variable, which is then not even looked
 * at; an empty variable counts as unset. What only the environment says never contradicts a
 * flag: it is ignored where it does not apply.
 */
export function parseFlags<F extends readonly Flag[]>(
  description: CommandDescription<F>,
  { argv, env }: { readonly argv: readonly string[]; readonly env: Environment },
): Invocation<F> {
  const { found, operands, passthrough } = sortArguments(description, argv);
  for (const flag of description.flags) {
    if (found.has(flag)) continue;
    const text = env.get(environmentName(flag));
    if (text === undefined || text === "") continue;
    found.set(flag, { value: text, origin: "environment", as: environmentName(flag) });
  }
  settleRelations(description, found);
  const flags: Record<string, unknown> = {};
  const origins: Record<string, FlagOrigin> = {};
  for (const flag of description.flags) {
    const given = found.get(flag);
    origins[flagKey(flag)] = given?.origin ?? "default";
    flags[flagKey(flag)] = given === undefined
      ? defaultValue(description, flag)
      : understand(description, { flag, found: given });
  }
  checkOperands(description, operands);
  // The keys and types follow the description, which the compiler cannot see through a loop.
  return { flags, origins, operands, passthrough } as unknown as Invocation<F>;
}

/** Refuses contradictions between flags; drops what only the environment says. */
function settleRelations(description: CommandDescription, found: Map<Flag, Found>): void {
  for (const flag of description.flags) {
    const given = found.get(flag);
    if (given === undefined || given.value === false) continue;
    const { requires, conflictsWith } = flag;
    if (requires !== undefined && !isSet(description, { found, name: requires.flag })) {
      if (given.origin === "environment") found.delete(flag);
      else {
        throw usageError(
          description,
          `--${flag.name} needs --${requires.flag}: ${requires.reason}`,
          requires.suggestion,
        );
      }
    }
    if (conflictsWith !== undefined && isSet(description, { found, name: conflictsWith.flag })) {
      if (given.origin === "environment") found.delete(flag);
      else {
        const other = description.flags.find((candidate) => candidate.name === conflictsWith.flag)!;
        throw usageError(
          description,
          `--${flag.name} cannot be used with ${found.get(other)!.as}: ${conflictsWith.reason}`,
          conflictsWith.suggestion,
        );
      }
    }
  }
}

/** Whether the boolean flag `name` is in effect, wherever it comes from. */
function isSet(
  description: CommandDescription,
  { found, name }: { readonly found: Map<Flag, Found>; readonly name: string },
): boolean {
  const flag = description.flags.find((candidate) => candidate.name === name);
  const given = flag === undefined ? undefined : found.get(flag);
  return flag !== undefined && given !== undefined &&
    understand(description, { flag, found: given }) === true;
}

/** What a flag is when nobody gives it. Throws when the command cannot do without it. */
function defaultValue(
  description: CommandDescription,
  flag: Flag,
): string | number | boolean | null {
  if (flag.kind === "boolean") return false;
  if (flag.required) {
    throw usageError(
      description,
      `sentinel ${description.name} needs --${flag.name} ${flag.valueName}`,
      `Give it, or set ${environmentName(flag)}.`,
    );
  }
  return flag.default ?? null;
}

/** The typed value of what was found. */
function understand(
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
          durationSuggestion(value, { bounds, days: flag.days }),
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

/** A bare number is the mistake people make: say how that number of seconds, or days, is written. */
function durationSuggestion(
  value: string,
  { bounds, days = false }: { readonly bounds: string; readonly days?: boolean | undefined },
): string {
  const isNumber = /^[1-9]\d{0,5}$/.test(value);
  const number = days ? `${value}d` : formatDuration(Number(value));
  const example = isNumber ? number : days ? "7d" : "1h30m";
  return `Write it with units, for example ${example} (${bounds}).`;
}

/** Refuses operands that the command does not take, and a missing one that it needs. */
function checkOperands(description: CommandDescription, given: readonly string[]): void {
  const operands = description.operands ?? [];
  const missing = operands[given.length];
  if (missing?.required) {
    throw usageError(description, `sentinel ${description.name} needs ${missing.name}`);
  }
  const extra = operands.at(-1)?.many ? undefined : given[operands.length];
  if (extra === undefined) return;
  throw usageError(
    description,
    `sentinel ${description.name} takes no argument ${shown(extra)} here`,
    description.passthrough === undefined
      ? undefined
      : `Put the command to run after --: sentinel ${description.name} [flags] -- COMMAND [ARG...]`,
  );
}
