/**
 * What may stand at the end of an unfinished command line, as the descriptions of the commands say.
 * It knows no shell, and what it suggests is only ever suggested.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { TABLE_KINDS, type TableKind } from "../store/table_kind.ts";
import {
  type CommandDescription,
  type Flag,
  type Operand,
  settingName,
  type ValueFlag,
} from "./command.ts";
import { type CommandEntry, nameOf } from "./command_table.ts";

/** A suggestion, and what it is. */
export interface Candidate {
  readonly value: string;
  readonly summary: string;
}

/** What a shell is to suggest. */
export type Completion =
  | { readonly kind: "words"; readonly candidates: readonly Candidate[] }
  /** Files, as the shell itself suggests them. */
  | { readonly kind: "files" }
  /** The command line after `--`, as the shell itself completes it. */
  | { readonly kind: "command" };

/** Names that only this machine knows; they are looked up when they are asked for. */
export interface CompletionSources {
  profiles(): Promise<readonly string[]>;
  tables(kind: TableKind): Promise<readonly string[]>;
}

/** What {@linkcode completeWords} needs besides. */
export interface CompletionOptions {
  readonly commands: readonly CommandEntry[];
  readonly sources: CompletionSources;
}

const NOTHING: Completion = { kind: "words", candidates: [] };

/** What may stand in place of `current`, behind `before`: the words between `sentinel` and it. */
export async function completeWords(
  { before, current }: { readonly before: readonly string[]; readonly current: string },
  options: CompletionOptions,
): Promise<Completion> {
  const completion = await completeAny({ before, current }, options);
  if (completion.kind !== "words") return completion;
  const candidates = completion.candidates.filter(({ value }) => value.startsWith(current));
  return { kind: "words", candidates };
}

async function completeAny(
  { before, current }: { readonly before: readonly string[]; readonly current: string },
  options: CompletionOptions,
): Promise<Completion> {
  const { commands } = options;
  if (before.length === 0) return await completeFirst(current, commands);
  const named = commandIn(before, commands);
  if (named === null) return NOTHING;
  if (named.kind === "group") {
    const names = named.entries.map((entry) =>
      [entry.name.slice(named.word.length + 1), entry] as const
    );
    return before.length > 1 ? NOTHING : words(await Promise.all(names.map(describeEntry)));
  }
  const { description } = await named.entry.describe();
  return await completeArguments(description, { rest: named.rest, current, options });
}

function commandIn(words: readonly string[], commands: readonly CommandEntry[]) {
  try {
    return nameOf(words, commands);
  } catch (thrown) {
    if (thrown instanceof SentinelError) return null;
    throw thrown;
  }
}

function words(candidates: readonly Candidate[]): Completion {
  return { kind: "words", candidates };
}

async function describeEntry(
  [value, { describe }]: readonly [string, CommandEntry],
): Promise<Candidate> {
  return { value, summary: (await describe()).description.summary };
}

async function completeFirst(
  current: string,
  commands: readonly CommandEntry[],
): Promise<Completion> {
  if (current.startsWith("-")) {
    return words([
      { value: "--help", summary: "Explain the program" },
      { value: "--version", summary: "Print the version" },
    ]);
  }
  const byWord = Map.groupBy(commands, ({ name }) => name.split(" ")[0]!);
  return words(
    await Promise.all([...byWord].map(async ([word, entries]) => {
      if (entries.length === 1 && entries[0]!.name === word) {
        return await describeEntry([word, entries[0]!]);
      }
      const seconds = entries.map(({ name }) => name.slice(word.length + 1)).filter(Boolean);
      return { value: word, summary: seconds.join(", ") };
    })),
  );
}

interface ArgumentsOptions {
  /** The words between the command's name and the current one. */
  readonly rest: readonly string[];
  readonly current: string;
  readonly options: CompletionOptions;
}

async function completeArguments(
  description: CommandDescription,
  { rest, current, options }: ArgumentsOptions,
): Promise<Completion> {
  const end = rest.indexOf("--");
  if (end !== -1 && description.passthrough !== undefined) return { kind: "command" };
  const { pending, given, operands } = read(description, rest);
  if (pending !== null) return await completeValue(pending, options);
  if (end === -1 && current.startsWith("-")) {
    const [, name, equals] = /^--([^=]*)(=)?/.exec(current) ?? [];
    if (equals === undefined) return words(flagCandidates(description, given));
    const flag = description.flags.find((each) => each.name === name && each.kind !== "boolean");
    return flag === undefined
      ? NOTHING
      : withPrefix(`--${name}=`, await completeValue(flag as ValueFlag, options));
  }
  const all = description.operands ?? [];
  const operand = all[operands] ?? (all.at(-1)?.many ? all.at(-1) : undefined);
  return operand === undefined ? NOTHING : await completeOperand(operand, { operands, options });
}

/** What the words before the current one are, as far as it matters. */
function read(description: CommandDescription, rest: readonly string[]) {
  const given = new Set<Flag>();
  let pending: ValueFlag | null = null;
  let operands = 0;
  let isOver = false;
  for (const word of rest) {
    if (pending !== null) pending = null;
    else if (isOver || word === "-" || !word.startsWith("-")) operands++;
    else if (word === "--") isOver = true;
    else {
      const flag = flagOf(description, word);
      if (flag === undefined) continue;
      given.add(flag);
      const isWhole = word.startsWith("--") ? word.includes("=") : word.length > 2;
      if (flag.kind !== "boolean" && !isWhole) pending = flag;
    }
  }
  return { pending, given, operands };
}

/** The flag that `word` gives; of several short ones in a word the last. */
function flagOf({ flags }: CommandDescription, word: string): Flag | undefined {
  const [, name] = /^--(?:no-)?([^=]+)/.exec(word) ?? [];
  if (name !== undefined) {
    return flags.find((flag) => `--${flag.name}` === word.split("=")[0] || flag.name === name);
  }
  return flags.find((flag) => flag.short !== undefined && word[1] === flag.short);
}

function flagCandidates(
  { flags }: CommandDescription,
  given: ReadonlySet<Flag>,
): readonly Candidate[] {
  return [
    ...flags.filter((flag) => !given.has(flag)).flatMap((flag) => [
      { value: `--${flag.name}`, summary: flag.summary },
      ...flag.kind === "boolean" && flag.negatable
        ? [{ value: `--no-${flag.name}`, summary: `Not: ${flag.summary}` }]
        : [],
    ]),
    { value: "--help", summary: "Explain the command" },
  ];
}

function withPrefix(prefix: string, completion: Completion): Completion {
  if (completion.kind !== "words") return completion;
  return words(completion.candidates.map((each) => ({ ...each, value: prefix + each.value })));
}

async function completeValue(flag: ValueFlag, options: CompletionOptions): Promise<Completion> {
  if (flag.kind === "choice") return plain(flag.choices);
  if (flag.kind !== "string") return NOTHING;
  switch (flag.name) {
    case "profile":
    case "aws-profile":
      return plain(await options.sources.profiles());
    default: {
      const kind = TABLE_KINDS.find((kind) => settingOf(kind) === settingName(flag));
      if (kind !== undefined) return plain(await options.sources.tables(kind));
      return flag.valueName === "PATH" ? { kind: "files" } : NOTHING;
    }
  }
}

/** Key of a table in `config.yaml`; each flag that names such a table has it. */
export function settingOf({ flag }: TableKind): string {
  return flag.slice("--".length).replaceAll("-", "_");
}

/** Operands that name a file of some kind. */
const FILES: ReadonlySet<string> = new Set(["FILE", "OLD", "NEW", "TESTS", "LOG"]);

async function completeOperand(
  { name, choices }: Operand,
  { operands, options }: { readonly operands: number; readonly options: CompletionOptions },
): Promise<Completion> {
  if (choices !== undefined) return plain(choices);
  if (FILES.has(name)) return { kind: "files" };
  if (name === "PROFILE") return plain(await options.sources.profiles());
  if (name !== "COMMAND" || operands > 0) return NOTHING;
  return await completeFirst("", options.commands);
}

function plain(values: readonly string[]): Completion {
  return words(values.map((value) => ({ value, summary: "" })));
}
