/**
 * What may stand at the end of a command line, for every command there is.
 *
 * @module
 */
import fc from "fast-check";
import { type OpenQuote, readBashLine, writeBashWord } from "../../src/cli/bash_words.ts";
import type { Flag } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/command_table.ts";
import { completeWords, type Completion } from "../../src/cli/completion_words.ts";
import type { TableKind } from "../../src/store/table_kind.ts";
import { assert, assertEquals } from "../support/assert.ts";

fc.configureGlobal({ seed: 20260131 });

const OPTIONS = {
  commands: COMMANDS,
  sources: {
    profiles: () => Promise.resolve(["prod", "dev"]),
    tables: (kind: TableKind) => Promise.resolve([`a-${kind.command}-table`]),
  },
};

/** What may stand for the last of `words`, in one line. */
async function after(...words: readonly string[]): Promise<string> {
  const completion = await completeWords(
    { before: words.slice(0, -1), current: words.at(-1)! },
    OPTIONS,
  );
  return show(completion);
}

function show(completion: Completion): string {
  if (completion.kind !== "words") return `(${completion.kind})`;
  return completion.candidates.map(({ value }) => value).join(" ");
}

Deno.test("every word of every command's name is completed, and every flag of it", async () => {
  for (const { name, describe } of COMMANDS) {
    const words = name.split(" ");
    for (const [index, word] of words.entries()) {
      const suggested = await after(...words.slice(0, index), word.slice(0, 1));
      assert(suggested.split(" ").includes(word), `${word} after ${words.slice(0, index)}`);
    }
    const { description } = await describe();
    const flags = (await after(...words, "--")).split(" ");
    for (const flag of description.flags as readonly Flag[]) {
      assert(flags.includes(`--${flag.name}`), `--${flag.name} of ${name}`);
      if (flag.kind !== "choice") continue;
      assertEquals(await after(...words, `--${flag.name}`, ""), flag.choices.join(" "));
    }
  }
});

Deno.test("values, operands and what is not known", async () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["exec", "--profile", ""], "prod dev"],
    [["exec", "--profile=d"], "--profile=dev"],
    [["exec", "--profile", "prod", "--prof"], ""],
    [["exec", "-s", "--no-s"], "--no-session"],
    [["exec", "-d", ""], ""],
    [["exec", "-d1h", "--profile", "p"], "prod"],
    [["exec", "--log-file", ""], "(files)"],
    [["exec", "--session-table", ""], "a-sessions-table"],
    [["server-sessions", "--table", ""], "a-sessions-table"],
    [["init", "approvals", "--table", ""], "a-approvals-table"],
    [["approve", "--request-table", ""], "a-approvals-table"],
    [["breakglass-list", "--breakglass-table="], "--breakglass-table=a-breakglass-table"],
    [["init", "br"], "breakglass"],
    [["breakglass", "-c", "s"], "security"],
    [["exec", "--profile", "prod", "--", "ls", "-"], "(command)"],
    [["exec", ""], ""],
    [["policy", "diff", "old.yaml", ""], "(files)"],
    [["policy", "explain", "a", "b", ""], ""],
    [["policy", ""], "validate lint schema explain test diff pull push"],
    [["policy", "nonsense", ""], ""],
    [["shell", "init", "z"], "zsh"],
    [["shell", "init", "zsh", "prod", ""], "prod dev"],
    [["help", "pol"], "policy"],
    [["-"], "--help --version"],
    [["__complete", ""], ""],
    [["exec", "--nonsense", ""], ""],
    [["exec", "--nonsense="], ""],
  ];
  for (const [words, expected] of cases) {
    assertEquals(await after(...words), expected, words.join(" "));
  }
});

const BREAKS = " \t\n\"'@><=;|&(:";

Deno.test("bash reads back what was written for it, in every kind of quotes", () => {
  const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((name) => !/\p{C}|\p{Z}/u.test(name.replaceAll(" ", "")));
  fc.assert(
    fc.property(names, fc.constantFrom<OpenQuote>(null, "'", '"'), (name, quote) => {
      const written = writeBashWord(name, quote);
      if (written === null) return assertEquals(quote === '"' && name.includes("!"), true);
      const { before, current } = readBashLine(`FOO=1 sentinel x ${quote ?? ""}${written}`, BREAKS);
      assertEquals([before, current], [["x"], name]);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("bash lines: assignments, breaks and unfinished quotes", () => {
  const cases: readonly (readonly [string, readonly string[], string, OpenQuote, number])[] = [
    ["sentinel ", [], "", null, 0],
    ["sentinel exec --a=b:c", ["exec"], "--a=b:c", null, 6],
    ["A=1 B=2 sentinel 'a b' x", ["a b"], "x", null, 0],
    ["sentinel 'a\\", [], "a\\", "'", 0],
    ['sentinel "a \\$', [], "a $", '"', 0],
    ["sentinel pre'mid", [], "premid", "'", 3],
    ["sentinel a\\ b", [], "a b", null, 0],
    ["sentinel \\", [], "", null, 0],
  ];
  for (const [line, before, current, quote, kept] of cases) {
    assertEquals(readBashLine(line, BREAKS), { before, current, quote, kept }, line);
  }
});
