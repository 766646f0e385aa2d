/**
 * The guides tell the truth: what getting started shows is what happens, every configuration in
 * them is one, and troubleshooting knows every code.
 *
 * @module
 */
import { parseConfig } from "../src/config/config_document.ts";
import { SETTING_NAMES } from "../src/config/settings.ts";
import { ERROR_CATALOGUE } from "../src/errors.ts";
import { assert, assertEquals, assertMatch } from "./support/assert.ts";
import { openSandbox, type Sandbox } from "./support/sandbox.ts";
import { shellWords } from "./support/shell_words.ts";

const ROOT = new URL("../", import.meta.url);

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** The fenced blocks of a document, in order. */
function blocksOf(text: string): readonly { readonly language: string; readonly text: string }[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .map(([, language, text]) => ({ language: language!, text: text! }));
}

/** Commands of a `console` block, each with the lines that it answers. */
function stepsOf(text: string): readonly { readonly command: string; readonly lines: string[] }[] {
  const steps: { command: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) steps.push({ command: line.slice(2), lines: [] });
    else if (line !== "") steps.at(-1)!.lines.push(line);
  }
  return steps;
}

/** Lines in which `…` stands for anything, and alone for any lines. */
function pattern(lines: readonly string[]): RegExp {
  const source = lines.map((line) =>
    line === "…" ? "(?:.*\n)*?" : `${RegExp.escape(line).replaceAll("…", ".*")}\n`
  );
  return new RegExp(`^${source.join("")}$`);
}

async function play(text: string, sandbox: Sandbox): Promise<void> {
  for (const { command, lines } of stepsOf(text)) {
    const [program, ...args] = shellWords(command);
    assertEquals(program, "sentinel");
    const { stdout, stderr } = await sandbox.run(args, { cwd: sandbox.home });
    const said = `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
    assertMatch(said.map((line) => `${line}\n`).join(""), pattern(lines), command);
  }
}

Deno.test("getting started: what it shows is what happens, from the first profile to the first audit", async () => {
  await using sandbox = await openSandbox("rules: []\n");
  // As on a new machine: the policy is where the guide puts it.
  delete (sandbox.env as Record<string, string>)["SENTINEL_POLICY"];
  const directory = `${sandbox.home}/.config/sentinel`;
  await Deno.mkdir(directory, { recursive: true });
  let commands = 0;
  for (const { language, text } of blocksOf(await read("docs/guide/getting-started.md"))) {
    if (language === "ini") await Deno.writeTextFile(`${sandbox.home}/.aws/config`, text);
    else if (language === "yaml") {
      const name = /^rules:/.test(text) ? "policy" : "config";
      await Deno.writeTextFile(`${directory}/${name}.yaml`, text);
    } else if (language === "console") {
      await play(text, sandbox);
      commands += stepsOf(text).length;
    }
  }
  assert(commands >= 10, `only ${commands} commands`);
});

Deno.test("guides: each configuration in them is valid", async () => {
  let seen = 0;
  for (const path of ["docs/guide/getting-started.md", "docs/guide/configuration.md"]) {
    for (const { language, text } of blocksOf(await read(path))) {
      if (language !== "yaml" || !/^(?:defaults|profiles|pin):/m.test(text)) continue;
      parseConfig(text, { path, mayPin: true });
      seen++;
    }
  }
  assert(seen >= 3, `only ${seen} configurations`);
});

Deno.test("the guide to configuration explains each setting", async () => {
  const text = await read("docs/guide/configuration.md");
  for (const name of SETTING_NAMES) assert(text.includes(`| \`${name}\` `), name);
});

/** The codes with which the gate refuses: they are a type, of which nothing is left at run time. */
async function refusalCodes(): Promise<readonly string[]> {
  const text = await read("src/gate/decision.ts");
  const [, union = ""] = /export type RefusalCode =([\s\S]*?);/.exec(text) ?? [];
  return [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code!);
}

Deno.test("troubleshooting has every code, with meaning, cause and mend, and no other", async () => {
  const text = await read("docs/guide/troubleshooting.md");
  const sections = new Map(
    text.split(/^### /m).slice(1).map((section) => {
      const [title = ""] = section.split("\n");
      return [title, section.split(/^## /m)[0]!] as const;
    }),
  );
  const refusals = await refusalCodes();
  assert(refusals.length >= 8, refusals.join());
  const codes = [...refusals, ...Object.keys(ERROR_CATALOGUE)];
  assertEquals([...sections.keys()].sort(), codes.sort());
  for (const [title, section] of sections) {
    for (const part of ["Meaning", "Cause", "Mend"]) {
      assert(section.includes(`\n- **${part}:** `), `${title} has no ${part}`);
    }
  }
});

Deno.test("configuration: the file that it shows is explained as it shows", async () => {
  await using sandbox = await openSandbox("rules: []\n");
  delete (sandbox.env as Record<string, string>)["SENTINEL_POLICY"];
  const blocks = blocksOf(await read("docs/guide/configuration.md"));
  const file = blocks.find(({ text }) => text.startsWith("defaults:\n"))!;
  await Deno.mkdir(`${sandbox.home}/.config/sentinel`, { recursive: true });
  await Deno.writeTextFile(`${sandbox.home}/.config/sentinel/config.yaml`, file.text);
  const rowsOf = (lines: readonly string[]) => lines.map((line) => line.split(/ {2,}/));
  const [step] = blocks.filter(({ language }) => language === "console")
    .flatMap(({ text }) => stepsOf(text));
  const { stdout } = await sandbox.run(shellWords(step!.command).slice(1));
  const shown = stdout.slice(0, stdout.indexOf("\n\n")).replaceAll(sandbox.home, "/home/alice");
  assertEquals(rowsOf(shown.split("\n")), rowsOf(step!.lines));
});
