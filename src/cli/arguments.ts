/**
 * Sorts a command's arguments into flags, operands and what follows `--`. It knows which flags
 * take a value and nothing of what the values mean; an unknown flag's value is never repeated.
 *
 * @module
 */
import type { SentinelError } from "../errors.ts";
import { parseTimeSpan } from "../text/duration.ts";
import { nearest } from "../text/nearest.ts";
import {
  type CommandDescription,
  type Flag,
  flagNames,
  type FlagOrigin,
  isNegatable,
  isOptional,
  type ValueFlag,
} from "./command.ts";
import { shown, usageError } from "./usage.ts";

/** A value as it was found, before it is understood. */
export interface Found {
  /** Text of a value flag; `true` or `false` for a boolean one, or without a value. */
  readonly value: string | boolean;
  readonly origin: FlagOrigin;
  /** How the person named it: `--server`, `-s`, `SENTINEL_SERVER`. */
  readonly as: string;
}

/** The arguments, sorted into kinds. */
export interface SortedArguments {
  readonly found: Map<Flag, Found>;
  readonly operands: string[];
  readonly passthrough: readonly string[];
}

/** Whether `--help` or `-h` stands among the flags. */
export function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes("--help") || own.includes("-h");
}

/** Splits the arguments into flags, operands and what follows `--`. */
export function sortArguments(
  description: CommandDescription,
  argv: readonly string[],
): SortedArguments {
  const end = argv.indexOf("--");
  const sorted: SortedArguments = {
    found: new Map(),
    operands: [],
    passthrough: end === -1 || description.passthrough === undefined ? [] : argv.slice(end + 1),
  };
  const own = end === -1 ? argv : argv.slice(0, end);
  for (let index = 0; index < own.length;) {
    const argument = own[index]!;
    if (argument.startsWith("--")) {
      index += takeLong(description, { sorted, own, index });
    } else if (argument.startsWith("-") && argument !== "-") {
      index += takeShorts(description, { sorted, own, index });
    } else {
      sorted.operands.push(argument);
      index++;
    }
  }
  if (end !== -1 && description.passthrough === undefined) {
    sorted.operands.push(...argv.slice(end + 1));
  }
  return sorted;
}

/** Where {@linkcode takeLong} and {@linkcode takeShorts} stand. */
interface Cursor {
  readonly sorted: SortedArguments;
  readonly own: readonly string[];
  readonly index: number;
}

/** Takes `--name`, `--no-name`, `--name value` or `--name=value`; returns how many arguments. */
function takeLong(description: CommandDescription, { sorted, own, index }: Cursor): number {
  const argument = own[index]!;
  const equals = argument.indexOf("=");
  const name = argument.slice(2, equals === -1 ? undefined : equals);
  const attached = equals === -1 ? null : argument.slice(equals + 1);
  const flag = description.flags.find((candidate) =>
    candidate.name === name || isNegation(candidate, name)
  );
  if (flag === undefined) throw unknownFlag(description, name);
  const as = `--${name}`;
  if (flag.kind === "boolean" || isNegation(flag, name)) {
    if (attached !== null) throw takesNoValue(description, { flag, as });
    record(description, { sorted, flag, as, value: !isNegation(flag, name) });
    return 1;
  }
  if (isOptional(flag)) {
    refuseDetachedValue(description, { flag, attached, next: own[index + 1] });
    record(description, { sorted, flag, as, value: attached ?? true });
    return 1;
  }
  const value = attached ?? nextValue(description, { flag, as, next: own[index + 1] });
  record(description, { sorted, flag, as, value });
  return attached === null ? 2 : 1;
}

/** Takes `-n`, `-ns`, `-d 1h`, `-d1h` or `-d=1h`; returns how many arguments. */
function takeShorts(description: CommandDescription, { sorted, own, index }: Cursor): number {
  const letters = [...own[index]!.slice(1)];
  for (const [position, letter] of letters.entries()) {
    const flag = description.flags.find((candidate) => candidate.short === letter);
    if (flag === undefined) throw unknownShort(description, { letter, argument: own[index]! });
    const as = `-${letter}`;
    const rest = letters.slice(position + 1).join("");
    if (flag.kind === "boolean") {
      if (rest.startsWith("=")) throw takesNoValue(description, { flag, as });
      record(description, { sorted, flag, as, value: true });
      continue;
    }
    // Of a short flag that needs no value, the letters that follow are other flags.
    if (isOptional(flag) && !rest.startsWith("=")) {
      record(description, { sorted, flag, as, value: true });
      continue;
    }
    const attached = rest === "" ? null : rest.replace(/^=/, "");
    const value = attached ?? nextValue(description, { flag, as, next: own[index + 1] });
    record(description, { sorted, flag, as, value });
    return attached === null ? 2 : 1;
  }
  return 1;
}

function isNegation(flag: Flag, name: string): boolean {
  return isNegatable(flag) && name === `no-${flag.name}`;
}

function takesNoValue(
  description: CommandDescription,
  { flag, as }: { readonly flag: Flag; readonly as: string },
): SentinelError {
  const ways = isNegatable(flag) ? `--${flag.name} or --no-${flag.name}` : `--${flag.name}`;
  return usageError(description, `${as} takes no value`, `Write ${ways}.`);
}

/** `--wait 30m` would wait for another time than it says. */
function refuseDetachedValue(
  description: CommandDescription,
  { flag, attached, next = "" }: {
    readonly flag: Flag;
    readonly attached: string | null;
    readonly next: string | undefined;
  },
): void {
  if (attached !== null || parseTimeSpan(next) === null) return;
  throw usageError(
    description,
    `--${flag.name} takes its value attached`,
    `Write --${flag.name}=${next}.`,
  );
}

/** The value of a flag that stands in the next argument. */
function nextValue(
  description: CommandDescription,
  { flag, as, next }: {
    readonly flag: ValueFlag;
    readonly as: string;
    readonly next: string | undefined;
  },
): string {
  if (next === undefined) {
    throw usageError(description, `${as} needs a value: ${as} ${flag.valueName}`);
  }
  if (next.startsWith("-") && next !== "-") {
    throw usageError(
      description,
      `${as} needs a value, but a flag follows`,
      `A value that begins with a dash is written --${flag.name}=VALUE.`,
    );
  }
  return next;
}

function record(
  description: CommandDescription,
  { sorted, flag, as, value }: {
    readonly sorted: SortedArguments;
    readonly flag: Flag;
    readonly as: string;
    readonly value: string | boolean;
  },
): void {
  if (sorted.found.has(flag)) {
    throw usageError(description, `--${flag.name} is given twice`, "Give it once.");
  }
  if (value === "") {
    throw usageError(description, `${as} has an empty value`, "Give it a value, or leave it out.");
  }
  sorted.found.set(flag, { value, origin: "flag", as });
}

function unknownFlag(description: CommandDescription, name: string): SentinelError {
  const declined = description.declinedFlags?.find((candidate) => candidate.name === name);
  if (declined !== undefined) {
    return usageError(description, declined.reason, declined.suggestion);
  }
  const names = description.flags.flatMap(flagNames);
  const near = nearest(name, names);
  return usageError(
    description,
    `unknown flag ${shown(`--${name}`)} for sentinel ${description.name}`,
    near === null ? undefined : `Did you mean --${near}?`,
  );
}

function unknownShort(
  description: CommandDescription,
  { letter, argument }: { readonly letter: string; readonly argument: string },
): SentinelError {
  const word = argument.slice(1).replace(/=.*/su, "");
  const long = word.length > 1 ? nearest(word, description.flags.map((flag) => flag.name)) : null;
  return usageError(
    description,
    `unknown flag ${shown(`-${letter}`)} for sentinel ${description.name}`,
    long === null ? undefined : `Did you mean --${long}?`,
  );
}
