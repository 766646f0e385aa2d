/**
 * `sentinel __complete SHELL ...`: what the completion scripts ask while a person types. It is
 * quick, asks nothing of AWS or of the person, and says nothing when something is wrong.
 *
 * The first line of its answer is `words`, `files` or `command`; each further line a suggestion,
 * a tab, and what it is.
 *
 * @module
 */
import { printable } from "../text/printable.ts";
import { readBashLine, writeBashWord } from "./bash_words.ts";
import type { CommandEntry } from "./command_table.ts";
import { createCompletionSources } from "./completion_sources.ts";
import { completeWords, type Completion } from "./completion_words.ts";
import type { Host } from "./host.ts";

/** Who asks, and what there is. */
export interface CompleteOptions {
  readonly host: Host;
  readonly commands: readonly CommandEntry[];
}

/** Answers a script; resolves to the exit status, which is always 0. */
export async function complete(argv: readonly string[], options: CompleteOptions): Promise<number> {
  const { terminal } = options.host;
  try {
    terminal.out(await answer(argv, options));
  } catch {
    // A person is typing: there is no place for a complaint.
  }
  return 0;
}

async function answer(argv: readonly string[], options: CompleteOptions): Promise<string> {
  const [shell, ...rest] = argv;
  const { host, commands } = options;
  const context = { commands, sources: createCompletionSources(host) };
  switch (shell) {
    case "bash": {
      const [breaks = "", line = ""] = rest;
      const { before, current, quote, kept } = readBashLine(line, breaks);
      const completion = await completeWords({ before, current }, context);
      return format(completion, (value) => writeBashWord(value.slice(kept), quote));
    }
    case "zsh":
      return format(await completeWords(lastOf(rest), context), describe);
    case "fish":
      return format(await completeWords(bare(lastOf(rest)), context), describe);
    case "powershell": {
      // An empty last argument gets lost on the way: the first says how many there should be.
      const [count = "", ...words] = rest;
      const all = words.length < Number(count) ? [...words, ""] : words;
      return format(await completeWords(lastOf(all), context), describe);
    }
    default:
      return "";
  }
}

function lastOf(words: readonly string[]) {
  return { before: words.slice(0, -1), current: words.at(-1) ?? "" };
}

/** fish gives the current word as it is typed, and compares what is suggested itself. */
function bare({ before, current }: ReturnType<typeof lastOf>) {
  return { before, current: /["'\\]/.test(current) ? "" : current };
}

/** A suggestion and what it is; what cannot be shown as it is was never suggested. */
function describe(value: string, summary: string): string {
  return summary === "" ? value : `${value}\t${printable(summary)}`;
}

function format(
  completion: Completion,
  write: (value: string, summary: string) => string | null,
): string {
  if (completion.kind !== "words") return `${completion.kind}\n`;
  const lines = completion.candidates.map(({ value, summary }) => write(value, summary));
  return ["words", ...lines.filter((line) => line !== null)].map((line) => `${line}\n`).join("");
}
