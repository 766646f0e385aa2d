/**
 * Reads a command line of a configuration file. botocore splits it into words and starts the
 * program, other tools hand it to a shell: a line that the two would read differently is refused,
 * and so nothing in it is ever expanded.
 *
 * @module
 */

/** The words of a command line, or why it has none. No reason repeats the line. */
export type SplitCommand =
  | { readonly kind: "words"; readonly words: readonly [string, ...string[]] }
  | { readonly kind: "refused"; readonly reason: string };

const DIFFERS = "a shell and botocore, which uses none, would read it differently";

/** Words that only a shell knows, at the place of the program. */
const SHELL_ONLY: ReadonlySet<string> = new Set(
  (". : ! { } [[ alias bg break builtin case cd command continue declare do done elif else esac " +
    "eval exec exit export fg fi for function getopts hash if in jobs let local read readonly " +
    "return select set shift shopt source then time times trap type typeset ulimit umask unalias " +
    "unset until wait while").split(" "),
);

/** Splits `line`. `os`: default this machine's. */
export function splitCommand(
  line: string,
  { os = Deno.build.os }: { readonly os?: typeof Deno.build.os } = {},
): SplitCommand {
  const words = os === "windows" ? splitForWindows(line) : splitForPosix(line);
  if (words === null) {
    return {
      kind: "refused",
      reason: `${DIFFERS}: use plain words, in single quotes where they hold other characters`,
    };
  }
  const [program = "", ...rest] = words;
  if (program === "") return { kind: "refused", reason: "it names no program" };
  if (SHELL_ONLY.has(program) || program.includes("=")) {
    return {
      kind: "refused",
      reason: `${DIFFERS}: its first word means something to a shell only`,
    };
  }
  return { kind: "words", words: [program, ...rest] };
}

// Quotes, words without anything that a shell expands, and backslashes before anything.
const POSIX_PART =
  /'([^']*)'|"((?:[^"\\$`]|\\["\\])*)"|([\w@%+=:,.\/\u0080-\uffff-]+|(?<=[\w.\/-])[~#]+)|\\(.)/uy;

/** As `shlex.split` and `sh` do where they agree, or `null`. */
function splitForPosix(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  POSIX_PART.lastIndex = 0;
  while (POSIX_PART.lastIndex < line.length) {
    const at = POSIX_PART.lastIndex;
    if (line[at] === " " || line[at] === "\t") {
      if (word !== null) words.push(word);
      word = null;
      POSIX_PART.lastIndex = at + 1;
      continue;
    }
    const part = POSIX_PART.exec(line);
    if (part === null) return null;
    const [, single, double, bare, escaped] = part;
    word = (word ?? "") +
      (single ?? double?.replace(/\\(["\\])/g, "$1") ?? bare ?? escaped ?? "");
  }
  if (word !== null) words.push(word);
  return words;
}

/** Plain words and words in double quotes, which every reader on Windows takes alike, or `null`. */
function splitForWindows(line: string): string[] | null {
  if (!/^(?:\s*(?:[\w@+=:,.\/\\-]+|"[\w @+=:,.\/\\()-]*[^"\\]")(?=\s|$))*\s*$/.test(line)) {
    return null;
  }
  return [...line.matchAll(/"([^"]*)"|\S+/g)].map(([bare, quoted]) => quoted ?? bare);
}
