/**
 * Command lines of configuration files: what is accepted, a shell and botocore's splitter read as
 * we do; what they would read differently is refused.
 *
 * @module
 */
import * as fc from "fast-check";
import { splitCommand } from "../../src/aws/command_line.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { botocoreMissing } from "./oracle/readers.ts";

const ACCEPTED: readonly (readonly [string, readonly string[]])[] = [
  ["/usr/bin/keys --profile dev", ["/usr/bin/keys", "--profile", "dev"]],
  ["  keys\t--a=b,c:d  ", ["keys", "--a=b,c:d"]],
  ["'/opt/my tools/keys' 'a $b *'", ["/opt/my tools/keys", "a $b *"]],
  ['keys "a b" ""', ["keys", "a b", ""]],
  ['keys "a \\"b\\" \\\\c"', ["keys", 'a "b" \\c']],
  ["keys a'b'\"c\"d", ["keys", "abcd"]],
  ["/Library/Application\\ Support/keys", ["/Library/Application Support/keys"]],
  ["keys user#1 a~b", ["keys", "user#1", "a~b"]],
  ["keys é", ["keys", "é"]],
];

const REFUSED = [
  "~/bin/keys",
  "keys ~bob",
  "keys --file=~/x",
  "keys $HOME/x",
  'keys "$HOME"',
  'keys "`id`"',
  "keys | jq .",
  "keys; id",
  "keys && id",
  "keys & ",
  "keys > /tmp/x",
  "keys *.json",
  "keys a?",
  "keys [a]",
  "keys {a,b}",
  "keys (a)",
  "keys # comment",
  "keys #",
  "keys 'unclosed",
  'keys "unclosed',
  "keys \\",
  "A=b keys",
  "cd /tmp",
  ". ./keys",
  "if true",
  "! keys",
  "''",
  "",
  "   ",
];

Deno.test("plain words and quoted words are split", () => {
  for (const [line, words] of ACCEPTED) {
    const split = splitCommand(line, { os: "linux" });
    assertEquals(split.kind === "words" ? [...split.words] : split.reason, [...words], line);
  }
});

Deno.test("what a shell would make something else of is refused, and not repeated", () => {
  for (const line of REFUSED) {
    const split = splitCommand(`${line}`, { os: "linux" });
    assertEquals(split.kind, "refused", line);
  }
  const secret = splitCommand("keys $(CANARY)", { os: "linux" });
  assert(secret.kind === "refused" && !secret.reason.includes("CANARY"));
});

Deno.test("on Windows only plain words and double quotes", () => {
  const words = (line: string) => {
    const split = splitCommand(line, { os: "windows" });
    return split.kind === "words" ? [...split.words] : null;
  };
  assertEquals(words('"C:\\Program Files\\keys.exe" --profile dev'), [
    "C:\\Program Files\\keys.exe",
    "--profile",
    "dev",
  ]);
  for (const line of ["keys %USER%", "keys ^x", "keys 'a b'", 'keys "a\\"', 'keys "a"b', "a|b"]) {
    assertEquals(words(line), null, line);
  }
});

const pieces = fc.array(
  fc.constantFrom(
    ..." \t'\"\\$`~#*?[]{}()|&;<>!=:,.%@+-_/aB1é".split(""),
    ..."ab cd'x y'\"q r\"".split(/(?=[ '"])/),
  ),
  { maxLength: 12 },
).map((parts) => `p${parts.join("")}`);

/** Prints the words that Python's splitter, which botocore uses, makes of each line, or null. */
const SHLEX = `
import json, shlex, sys
def split(line):
    try:
        return shlex.split(line)
    except ValueError:
        return None
json.dump([split(line) for line in json.load(sys.stdin)], sys.stdout)
`;

/** Prints its words, each with an end that no word has. */
const WORDS = "p() { for w; do printf '%s\\036' \"$w\"; done; printf '\\035'; }\n";

async function pipe(command: string, args: readonly string[], input: string): Promise<string> {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  return new TextDecoder().decode((await process.output()).stdout);
}

Deno.test({
  name: "a shell and botocore's splitter agree with every line that is accepted",
  ignore: Deno.build.os === "windows" || botocoreMissing() !== null,
  async fn() {
    const accepted = fc.sample(pieces, { numRuns: 6000, seed: 7 }).flatMap((line) => {
      const split = splitCommand(line, { os: "linux" });
      return split.kind === "words" && split.words[0] === "p"
        ? [{ line, words: [...split.words] }]
        : [];
    });
    assert(accepted.length > 150, `vacuous: ${accepted.length}`);
    const python = JSON.parse(
      await pipe("python3", ["-c", SHLEX], JSON.stringify(accepted.map(({ line }) => line))),
    );
    assertEquals(python, accepted.map(({ words }) => words));
    const script = WORDS + accepted.map(({ line }) => line).join("\n") + "\n";
    const shell = (await pipe("/bin/sh", ["-s"], script)).split("\x1d").slice(0, -1)
      .map((words) => words.split("\x1e").slice(0, -1));
    assertEquals(shell, accepted.map(({ words }) => words.slice(1)));
  },
});
