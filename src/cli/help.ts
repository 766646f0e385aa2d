/**
 * Help as text, made from the commands' descriptions alone: what it says is what the parser does.
 *
 * @module
 */
import { EXIT_DENIED } from "../errors.ts";
import { formatDuration, formatTimeSpan } from "../text/duration.ts";
import {
  type CommandDescription,
  environmentName,
  type Flag,
  isNegatable,
  isOptional,
  type Operand,
  type ValueFlag,
} from "./command.ts";
import type { CommandEntry } from "./command_table.ts";

/** How wide help may be, in characters. */
export interface HelpOptions {
  readonly width: number;
}

/** Width for help on this terminal: long lines are hard to read, and a file gets 80. */
export function helpWidth(
  { stdoutIsTerminal, columns }: { readonly stdoutIsTerminal: boolean; readonly columns: number },
): number {
  return stdoutIsTerminal ? Math.min(100, Math.max(40, columns)) : 80;
}

const EXIT_STATUSES: readonly (readonly [string, string])[] = [
  ["0", "Done"],
  ["1", "audit; policy lint, test, diff: something was found that should not be"],
  ["", "init status: there is something to do"],
  ["64", "The command line is wrong"],
  ["69", "A service cannot be reached"],
  ["70", "A defect in sentinel"],
  ["74", "Standard output cannot be written"],
  ["75", "Less time is left than --min-ttl asks for"],
  ["75", "policy push: somebody else changed the policy meanwhile"],
  [String(EXIT_DENIED), "Denied by the policy, or revoked"],
  ["78", "The configuration or the policy is wrong"],
  ["126, 127", "exec: the command cannot be executed, or does not exist"],
  ["other", "exec: the command's own; 128 + N when signal N ended it"],
];

/** `text` in lines of at most `width` characters; a longer word gets its own line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Two columns; each entry of a right side is a paragraph of its own. */
function columns(
  rows: readonly (readonly [string, ...string[]])[],
  { width }: HelpOptions,
): string {
  const widest = Math.max(...rows.map(([left]) => left.length));
  const indent = Math.min(widest, Math.floor(width * 0.35)) + 4;
  return rows.map(([left, ...right]) => {
    const lines = right.flatMap((paragraph) => wrap(paragraph, width - indent));
    const head = `  ${left}`;
    const fits = head.length + 2 <= indent;
    const body = lines.map((line, index) =>
      (index === 0 && fits ? head : "").padEnd(indent) + line
    );
    return (fits ? body : [head, ...body]).join("\n");
  }).join("\n");
}

function section(title: string, body: string): string {
  return `\n${title}:\n${body}\n`;
}

function operandText({ name, required, many }: Operand): string {
  const text = many ? `${name}...` : name;
  return required ? text : `[${text}]`;
}

/** `sentinel exec --profile NAME [flags] [-- COMMAND [ARG...]]` */
function usageLine(description: CommandDescription): string {
  const { name, flags, operands = [], passthrough } = description;
  const required = flags.filter((flag): flag is ValueFlag =>
    flag.kind !== "boolean" && flag.required === true
  );
  return [
    `sentinel ${name}`,
    ...required.map((flag) => `--${flag.name} ${flag.valueName}`),
    ...flags.length > required.length ? ["[flags]"] : [],
    ...operands.map(operandText),
    ...passthrough === undefined ? [] : ["[-- COMMAND [ARG...]]"],
  ].join(" ");
}

/** How a flag is typed: `-d, --duration TIME`. */
export function flagText(flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const name = `${short}--${isNegatable(flag) ? "[no-]" : ""}${flag.name}`;
  if (flag.kind === "boolean") return name;
  return isOptional(flag) ? `${name}[=${flag.valueName}]` : `${name} ${flag.valueName}`;
}

/** What a flag may be and what it is by default, in words; in the order a reader asks. */
function flagNotes(flag: Flag): string[] {
  if (flag.kind === "boolean") return [];
  const notes: string[] = [];
  const time = flag.kind === "duration" && flag.days ? formatTimeSpan : formatDuration;
  if (flag.kind === "duration") {
    notes.push(`${time(flag.minSeconds)} to ${time(flag.maxSeconds)}`);
  }
  if (isOptional(flag)) notes.push(`without ${flag.valueName}: ${time(flag.bare)}`);
  if (flag.kind === "integer") notes.push(`${flag.min} to ${flag.max}`);
  if (flag.kind === "choice") notes.push(flag.choices.join(", "));
  const fallback = flag.kind === "duration" && flag.default !== undefined
    ? time(flag.default)
    : flag.defaultText ?? flag.default;
  if (fallback !== undefined) notes.push(`default: ${fallback}`);
  if (flag.required) notes.push("required");
  return notes;
}

function flagRow(flag: Flag): [string, ...string[]] {
  const notes = flagNotes(flag);
  const summary = notes.length === 0 ? flag.summary : `${flag.summary} (${notes.join("; ")})`;
  return [
    flagText(flag),
    summary,
    ...flag.commandLineOnly ? [] : [`[${environmentName(flag)}]`],
  ];
}

/** Help of one command. */
export function formatCommandHelp(description: CommandDescription, options: HelpOptions): string {
  const { flags, operands = [], passthrough, examples } = description;
  const operandRows: [string, string][] = operands.map(({ name, summary }) => [name, summary]);
  if (passthrough !== undefined) operandRows.push(["COMMAND [ARG...]", passthrough]);
  return [
    `${wrap(`${description.summary}.`, options.width).join("\n")}\n`,
    section("Usage", `  ${usageLine(description)}`),
    ...description.description.map((text) => `\n${wrap(text, options.width).join("\n")}\n`),
    operandRows.length === 0 ? "" : section("Arguments", columns(operandRows, options)),
    flags.length === 0 ? "" : section("Flags", columns(flags.map(flagRow), options)),
    section(
      "Examples",
      examples.map(({ text, command }) =>
        `${wrap(text, options.width - 4).map((line) => `  # ${line}`).join("\n")}\n  ${command}`
      ).join("\n\n"),
    ),
  ].join("");
}

/** The names of `commands` with what they do. */
export async function formatCommandList(
  commands: readonly CommandEntry[],
  options: HelpOptions,
): Promise<string> {
  const rows = await Promise.all(commands.map(async ({ name, describe }) => {
    const { summary } = (await describe()).description;
    return [name, summary] as const;
  }));
  return section("Commands", columns(rows, options));
}

/** Help of the whole program. */
export async function formatProgramHelp(
  commands: readonly CommandEntry[],
  options: HelpOptions,
): Promise<string> {
  const notes = "Flags can be set by the environment variables beside them: --session-table by " +
    "SENTINEL_SESSION_TABLE. A flag wins over its variable, and the variable over config.yaml: see " +
    "sentinel config show. Machines read standard output, " +
    "people standard error; NO_COLOR turns colours off.";
  return [
    "Sentinel puts a policy between you and AWS credentials.\n",
    section("Usage", "  sentinel COMMAND [flags]"),
    await formatCommandList(commands, options),
    "\nSee: sentinel COMMAND --help\n",
    `\n${wrap(notes, options.width).join("\n")}\n`,
    section("Exit status", columns(EXIT_STATUSES, options)),
  ].join("");
}
