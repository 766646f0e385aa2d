/**
 * Transcripts: text files that show what a person types and what the program answers, and that
 * are run as tests.
 *
 *     $ SENTINEL_POLICY=p.yaml sentinel exec --profile "two words"
 *     a line of stdout
 *     2> a line of stderr
 *     exit 64
 *
 * Lines that begin with `#` are remarks. Without an `exit` line the status is 0. `VERSION` at the
 * end of a line stands for the program's version.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { VERSION } from "../../src/version.ts";
import { assert, assertEquals } from "./assert.ts";
import { fakeHost } from "./fake_host.ts";

/** One command of a transcript. */
interface Step {
  /** Line of the file on which it is typed. */
  readonly line: number;
  readonly typed: string;
  readonly expected: string[];
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#")) continue;
    if (line.startsWith("$ ")) {
      steps.push({ line: index + 1, typed: line.slice(2), expected: [] });
    } else {
      assert(steps.length > 0 || line === "", `line ${index + 1} answers nothing`);
      steps.at(-1)?.expected.push(line.replace(/\bVERSION$/, VERSION));
    }
  }
  return steps;
}

/** Splits at blanks; quotes of both kinds keep text together, as in a shell. */
function wordsOf(typed: string): string[] {
  return [...typed.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)]
    .map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

async function play(typed: string): Promise<string[]> {
  const words = wordsOf(typed);
  const program = words.indexOf("sentinel");
  assert(program >= 0, `not a command of sentinel: ${typed}`);
  const env = Object.fromEntries(
    words.slice(0, program).map((assignment) => {
      const equals = assignment.indexOf("=");
      return [assignment.slice(0, equals), assignment.slice(equals + 1)];
    }),
  );
  const host = fakeHost({ env });
  const status = await run(words.slice(program + 1), host);
  return [
    ...host.stdout.split("\n"),
    ...host.stderr.split("\n").map((line) => line === "" ? "" : `2> ${line}`),
    ...status === 0 ? [] : [`exit ${status}`],
  ];
}

/** Blank lines are for the reader. */
function withoutBlanks(lines: readonly string[]): string[] {
  return lines.filter((line) => line !== "");
}

/** Runs every command of the transcript in `file`, one test step each. */
export async function checkTranscript(t: Deno.TestContext, file: URL): Promise<void> {
  const steps = stepsOf(await Deno.readTextFile(file));
  assert(steps.length > 0, `${file.pathname} shows no command`);
  for (const { line, typed, expected } of steps) {
    await t.step(`line ${line}: ${typed}`, async () => {
      assertEquals(withoutBlanks(await play(typed)), withoutBlanks(expected));
    });
  }
}
