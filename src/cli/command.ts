/**
 * What a command is, as data: one description drives the parser, `--help`, the command reference
 * and shell completion. Nothing here runs, and importing it costs nothing: only types and the
 * rules by which names are derived.
 *
 * @module
 */
import type { Host } from "./host.ts";

/** Why a flag may not stand where it stands, and what to type instead. */
export interface FlagRelation {
  /** Name of the other flag; it must be a boolean one of the same command. */
  readonly flag: string;
  /** Continues the sentence `--x needs --y: …` or `--x cannot be used with --y: …`. */
  readonly reason: string;
  /** What to type instead. */
  readonly suggestion: string;
}

/** What every flag has. Its environment variable is derived: see {@linkcode environmentName}. */
export interface FlagBase {
  /** Long name without dashes: lower case, words joined by hyphens. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What it does, for `--help`: starts with a capital, ends without a full stop. */
  readonly summary: string;
  /** It means something only together with this one. Not from the command line: ignored without it. */
  readonly requires?: FlagRelation;
  /** It contradicts this one. Not from the command line: ignored beside it. */
  readonly conflictsWith?: FlagRelation;
  /** It has no variable: its value is good for one run. */
  readonly commandLineOnly?: true;
  /** Its key in `config.yaml`, where that is not its name in words joined by underscores. */
  readonly setting?: string;
  /** A variable that gives it a value when its own does not. */
  readonly otherVariable?: string;
  /** Variables of AWS that say the same where this is looked up: they win over `config.yaml`. */
  readonly awsVariables?: readonly string[];
}

/** Present or absent. */
export interface BooleanFlag extends FlagBase {
  readonly kind: "boolean";
  /** Whether `--no-NAME` exists, to take back what the environment says. */
  readonly negatable?: true;
}

/** What flags with a value have. */
export interface ValueFlagBase extends FlagBase {
  /** Stands for the value in `--help`: `PATH`, `NAME`. */
  readonly valueName: string;
  /** The command cannot do without it. */
  readonly required?: true;
  /** The default in words, where it is computed at run time. */
  readonly defaultText?: string;
  /** Another name for a value of the flag `of`, which then gets this value behind `prefix`. */
  readonly alias?: { readonly of: string; readonly prefix: string };
}

/** Any text but the empty one. */
export interface StringFlag extends ValueFlagBase {
  readonly kind: "string";
  readonly default?: string;
}

/** A length of time such as `15m`, `1h30m` or, with `days`, `7d`. Its value is in seconds. */
export interface DurationFlag extends ValueFlagBase {
  readonly kind: "duration";
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Whether it may be given in days, as `7d`: for looking back. */
  readonly days?: true;
  /**
   * What `--NAME` stands for without a value (in seconds). A value is then attached only, as
   * `--NAME=TIME`, and `--no-NAME` is 0 seconds; in the environment 1 and 0 mean the same.
   */
  readonly bare?: number;
  /** Seconds. */
  readonly default?: number;
}

/** A whole decimal number. */
export interface IntegerFlag extends ValueFlagBase {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

/** One word of a closed list. */
export interface ChoiceFlag extends ValueFlagBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

/** A flag that takes a value. */
export type ValueFlag = StringFlag | DurationFlag | IntegerFlag | ChoiceFlag;

/** A flag of a command. */
export type Flag = BooleanFlag | ValueFlag;

/** A flag of other commands that people try here: told why not instead of "unknown". */
export interface DeclinedFlag {
  readonly name: string;
  /** The whole message: what cannot be, and why. */
  readonly reason: string;
  readonly suggestion: string;
}

/** An argument that is not a flag. */
export interface Operand {
  /** Upper case: `FILE`. */
  readonly name: string;
  readonly summary: string;
  readonly required?: true;
  /** Takes all that follow; only the last operand may. */
  readonly many?: true;
  /** The words it may be, for completion. */
  readonly choices?: readonly string[];
}

/** A command line to copy, and what it does. */
export interface Example {
  readonly text: string;
  readonly command: string;
}

/** All there is to say of a command before it runs. */
export interface CommandDescription<F extends readonly Flag[] = readonly Flag[]> {
  /** One word, or two: `exec`, `init sessions`. */
  readonly name: string;
  /** One line: starts with a capital, ends without a full stop. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly flags: F;
  readonly declinedFlags?: readonly DeclinedFlag[];
  /** What may stand beside the flags; none by default. Not together with `passthrough`. */
  readonly operands?: readonly Operand[];
  /** It takes `-- COMMAND [ARG...]`; what becomes of it, for `--help`. */
  readonly passthrough?: string;
  readonly examples: readonly Example[];
  /** Its code: a literal `import()`, so that nothing is loaded before the command is asked for. */
  readonly load: () => Promise<CommandModule<F>>;
}

/** What a command's file exports. */
export interface CommandModule<F extends readonly Flag[]> {
  /** Does the command; resolves to the exit status. Throws `SentinelError`. */
  run(invocation: Invocation<F>, host: Host): Promise<number>;
}

/** A command line that was understood. */
export interface Invocation<F extends readonly Flag[] = readonly Flag[]> {
  readonly flags: FlagValues<F>;
  /** Where each value came from, by the same keys. */
  readonly origins: Readonly<Record<keyof FlagValues<F>, FlagOrigin>>;
  /** The same for people: `--policy`, `SENTINEL_POLICY`, `PATH:LINE`; `null`: nobody gave one. */
  readonly places: Readonly<Record<keyof FlagValues<F>, string | null>>;
  readonly operands: readonly string[];
  /** What stood after `--`, untouched; empty when nothing did. */
  readonly passthrough: readonly string[];
}

/** Where a flag's value came from; `pin`: the system-wide file, and nothing else counts. */
export type FlagOrigin =
  | "flag"
  | "environment"
  | "user file"
  | "system file"
  | "pin"
  | "default";

/** A value of `config.yaml`. */
export interface ConfiguredValue {
  readonly value: string;
  readonly origin: "user file" | "system file" | "pin";
  /** `PATH:LINE` */
  readonly as: string;
}

/** What `config.yaml` says, of this user and of this machine. */
export interface Settings {
  /** The value of `key` for `profile`, or for any where that is `null`. Pins are not looked at. */
  find(key: string, profile: string | null): ConfiguredValue | null;
  /** The value of `key` that nothing may change, or `null`. */
  pinned(key: string): ConfiguredValue | null;
}

/** `session-table` → `sessionTable`. */
type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** Key of a flag in {@linkcode FlagValues}: camel case, and durations end in their unit. */
type FlagKey<F extends Flag> = F extends DurationFlag ? `${CamelCase<F["name"]>}Seconds`
  : CamelCase<F["name"]>;

/** `null` joins the values of a flag that is neither required nor has a default. */
type Absent<F extends ValueFlag> = F extends
  { readonly required: true } | { readonly default: string | number } ? never : null;

/** Type of a flag's value. */
type FlagValue<F extends Flag> = F extends BooleanFlag ? boolean
  : F extends ChoiceFlag ? F["choices"][number] | Absent<F>
  : F extends StringFlag ? string | Absent<F>
  : F extends DurationFlag | IntegerFlag ? number | Absent<F>
  : never;

/** The values of a list of flags: `--session-table` is `sessionTable`. */
export type FlagValues<F extends readonly Flag[]> = {
  readonly [K in F[number] as FlagKey<K>]: FlagValue<K>;
};

/** Key under which a flag's value is found: `server-duration` → `serverDurationSeconds`. */
export function flagKey(flag: Flag): string {
  const camel = flag.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return flag.kind === "duration" ? `${camel}Seconds` : camel;
}

/** Key of a flag in `config.yaml`: `--session-table` → `session_table`. */
export function settingName(flag: Flag): string {
  return flag.setting ?? flag.name.replaceAll("-", "_");
}

/** Whether `--no-NAME` exists. */
export function isNegatable(flag: Flag): boolean {
  return flag.kind === "boolean" ? flag.negatable === true : isOptional(flag);
}

/** Whether the flag's value may be left out, as in `--wait`. */
export function isOptional(flag: Flag): flag is DurationFlag & { readonly bare: number } {
  return flag.kind === "duration" && flag.bare !== undefined;
}

/** Every long name of a flag, without dashes. */
export function flagNames(flag: Flag): readonly string[] {
  return isNegatable(flag) ? [flag.name, `no-${flag.name}`] : [flag.name];
}

/** Environment variable of a flag: `--session-table` → `SENTINEL_SESSION_TABLE`. */
export function environmentName(flag: Flag): string {
  return `SENTINEL_${flag.name.replaceAll("-", "_").toUpperCase()}`;
}
