/**
 * Turns arguments and environment into typed flag values, as a command's description says. It
 * guesses nothing: what is unknown, repeated, empty, out of bounds or contradictory is a usage
 * error that names what to type instead, and no value is echoed from a flag it does not know.
 *
 * @module
 */
import { printable } from "../text/printable.ts";
import { type Found, sortArguments } from "./arguments.ts";
import {
  type CommandDescription,
  environmentName,
  type Flag,
  flagKey,
  type FlagOrigin,
  type FlagRelation,
  type Invocation,
  type Settings,
} from "./command.ts";
import { understand } from "./flag_value.ts";
import { takeSettings } from "./flag_settings.ts";
import type { Environment } from "./host.ts";
import { shown, usageError } from "./usage.ts";

/** What {@linkcode parseFlags} reads. */
export interface FlagSources {
  /** The arguments that follow the command's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Default: there is no `config.yaml`. */
  readonly settings?: Settings | null;
}

/**
 * Understands the arguments that follow the command's name. Throws `USAGE`, and `CONFIG_INVALID`
 * when a file of the user contradicts a pinned value.
 *
 * A flag on the command line wins over its environment variable, which is then not even looked
 * at; an empty variable counts as unset. The variable wins over `config.yaml`. What the command
 * line does not say never contradicts a flag: it is ignored where it does not apply.
 */
export function parseFlags<F extends readonly Flag[]>(
  description: CommandDescription<F>,
  { argv, env, settings = null }: FlagSources,
): Invocation<F> {
  const { found, operands, passthrough } = sortArguments(description, argv);
  for (const flag of description.flags) {
    if (!found.has(flag)) takeVariable(flag, { found, env });
  }
  settleAliases(description, found);
  if (settings !== null) takeSettings(description, { found, settings, env });
  settleRelations(description, found);
  const flags: Record<string, unknown> = {};
  const origins: Record<string, FlagOrigin> = {};
  const places: Record<string, string | null> = {};
  for (const flag of description.flags) {
    const given = found.get(flag);
    const key = flagKey(flag);
    origins[key] = given?.origin ?? "default";
    places[key] = given?.as ?? null;
    flags[key] = given === undefined
      ? defaultValue(description, flag)
      : understand(description, { flag, found: given });
  }
  checkOperands(description, operands);
  // The keys and types follow the description, which the compiler cannot see through a loop.
  return { flags, origins, places, operands, passthrough } as unknown as Invocation<F>;
}

function takeVariable(
  flag: Flag,
  { found, env }: { readonly found: Map<Flag, Found>; readonly env: Environment },
): void {
  if (flag.commandLineOnly) return;
  for (const name of [environmentName(flag), flag.otherVariable]) {
    const value = name === undefined ? undefined : env.get(name);
    if (name === undefined || value === undefined || value === "") continue;
    found.set(flag, { value, origin: "environment", as: name });
    return;
  }
}

/** A value under another name becomes the value of the flag that is meant. */
function settleAliases(description: CommandDescription, found: Map<Flag, Found>): void {
  for (const flag of description.flags) {
    const given = found.get(flag);
    if (flag.kind === "boolean" || flag.alias === undefined || given === undefined) continue;
    const { of, prefix } = flag.alias;
    found.delete(flag);
    const meant = description.flags.find(({ name }) => name === of)!;
    const other = found.get(meant);
    if (other?.origin === given.origin) {
      throw usageError(
        description,
        `${given.as} cannot be used with ${other.as}: both say the same in different words`,
        `Leave out ${given.as}.`,
      );
    }
    if (other?.origin !== "flag") found.set(meant, { ...given, value: `${prefix}${given.value}` });
  }
}

/** Refuses contradictions between flags; drops what the command line does not say. */
function settleRelations(description: CommandDescription, found: Map<Flag, Found>): void {
  for (const flag of description.flags) {
    const given = found.get(flag);
    if (given === undefined || given.value === false) continue;
    const { requires, conflictsWith } = flag;
    if (requires !== undefined && !isSet(description, { found, name: requires.flag })) {
      if (given.origin !== "flag") found.delete(flag);
      else {
        throw usageError(
          description,
          `--${flag.name} needs --${requires.flag}: ${requires.reason}`,
          wayOut(flag, { found, description, relation: requires }),
        );
      }
    }
    if (conflictsWith !== undefined && isSet(description, { found, name: conflictsWith.flag })) {
      if (given.origin !== "flag") found.delete(flag);
      else {
        const { as } = foundOf(description, { found, name: conflictsWith.flag })!;
        throw usageError(
          description,
          `--${flag.name} cannot be used with ${printable(as)}: ${conflictsWith.reason}`,
          wayOut(flag, { found, description, relation: conflictsWith }),
        );
      }
    }
  }
}

/** What to type instead of `flag`. What the machine pins is not the person's to change. */
function wayOut(
  flag: Flag,
  { found, description, relation }: {
    readonly found: Map<Flag, Found>;
    readonly description: CommandDescription;
    readonly relation: FlagRelation;
  },
): string {
  const other = foundOf(description, { found, name: relation.flag });
  if (other?.origin !== "pin") return relation.suggestion;
  return `Leave out --${flag.name}: ${
    printable(other.as)
  } pins ${relation.flag} to ${other.value}.`;
}

interface NamedFlag {
  readonly found: Map<Flag, Found>;
  readonly name: string;
}

function foundOf(description: CommandDescription, { found, name }: NamedFlag): Found | undefined {
  const flag = description.flags.find((candidate) => candidate.name === name);
  return flag === undefined ? undefined : found.get(flag);
}

/** Whether the boolean flag `name` is in effect, wherever it comes from. */
function isSet(description: CommandDescription, { found, name }: NamedFlag): boolean {
  const flag = description.flags.find((candidate) => candidate.name === name);
  const given = foundOf(description, { found, name });
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
