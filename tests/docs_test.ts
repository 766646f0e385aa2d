/**
 * The documents tell the truth: every policy in them is valid, every command line is one that the
 * program takes, every program in them runs, and every link leads somewhere.
 *
 * @module
 */
import { parsePolicy } from "../mod.ts";
import { nameOf } from "../src/cli/command_table.ts";
import { parseFlags } from "../src/cli/flags.ts";
import { SentinelError } from "../src/errors.ts";
import { assert, assertEquals, fail } from "./support/assert.ts";
import { openSandbox } from "./support/sandbox.ts";
import { shellWords } from "./support/shell_words.ts";

const ROOT = new URL("../", import.meta.url);
const DENO_JSON = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));

/** A fenced block of a document, without its indentation. */
interface Block {
  /** `docs/guide/policy-reference.md:6` */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

async function documents(directory = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(directory || ".", ROOT))) {
    if (isDirectory && (directory !== "" || name === "docs")) {
      found.push(...await documents(`${directory}${name}/`));
    } else if (name.endsWith(".md")) found.push(`${directory}${name}`);
  }
  return found.sort();
}

function blocksOf(path: string, text: string): readonly Block[] {
  const fences = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;
  return [...text.matchAll(fences)].map(({ index, 1: indent, 2: language, 3: inner }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length}`,
    language: language!,
    text: inner!.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

const PATHS = await documents();
const TEXTS = new Map(
  await Promise.all(
    PATHS.map(async (path) => [path, await Deno.readTextFile(new URL(path, ROOT))] as const),
  ),
);
const BLOCKS = [...TEXTS].flatMap(([path, text]) => blocksOf(path, text));

Deno.test("documents: each policy is valid", () => {
  const policies = BLOCKS.filter(({ language, text }) =>
    language === "yaml" && /^(?:version|rules|policies):/m.test(text)
  );
  assert(policies.length >= 5, `only ${policies.length} policies were found`);
  for (const { place, text } of policies) {
    // One that shows mistakes is named so: what is said of them is tested below.
    if (text.startsWith("# draft.yml\n")) continue;
    try {
      assert(parsePolicy(text).rules.length > 0, place);
    } catch (error) {
      fail(`${place}: ${(error as Error).message}`);
    }
  }
});

/** The command lines of a block; output and comments are none. */
function commandLines({ language, text }: Block): readonly string[] {
  const lines = text.replaceAll("\\\n", " ").split("\n").map((line) => line.trim());
  switch (language) {
    case "console":
      return lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    case "ini":
      return lines.flatMap((line) => /^credential_process\s*=\s*(.*)$/.exec(line)?.[1] ?? []);
    case "sh":
    case "text":
      // A synopsis has optional parts in brackets.
      return lines.filter((line) => !/[[\]]/.test(line)).map((line) => line.replace(/ +# .*$/, ""));
    default:
      return [];
  }
}

const LINES = BLOCKS.flatMap((block) =>
  commandLines(block).map((line) => ({ place: block.place, words: shellWords(line) }))
);

Deno.test("documents: each sentinel command line is one that the program takes", async () => {
  const own = LINES.filter(({ words }) => words[0] === "sentinel" && words.length > 1);
  assert(own.length >= 10, `only ${own.length} command lines were found`);
  for (const { place, words } of own) {
    const argv = words.slice(1);
    if (argv.some((word) => word === "--help" || word === "--version")) continue;
    try {
      const named = nameOf(argv);
      assert(named.kind === "command", `${place}: ${words.join(" ")}`);
      const { description } = await named.entry.describe();
      parseFlags(description, {
        argv: named.rest,
        env: { get: () => undefined, toObject: () => ({}) },
      });
    } catch (error) {
      if (!(error instanceof SentinelError)) throw error;
      fail(`${place}: ${words.join(" ")}: ${error.message}`);
    }
  }
});

/** What is typed in a block of a terminal, and what is answered. */
function stepsOf({ place, text }: Block) {
  return text.split(/^\$ /m).slice(1).map((step) => {
    const [typed = "", ...answer] = step.split("\n");
    return { place, words: shellWords(typed), answer: answer.join("\n") };
  });
}

Deno.test("documents: what the guide on policies shows is what the program says", async () => {
  const path = "docs/guide/policy-authoring.md";
  const blocks = blocksOf(path, TEXTS.get(path)!);
  await using sandbox = await openSandbox("rules: []");
  const cwd = `${sandbox.home}/documents`;
  await Deno.mkdir(cwd);
  for (const { language, text } of blocks) {
    // A document that begins with its name is a file of that name.
    const name = language === "yaml" ? /^# ([\w.-]+\.ya?ml)\n/.exec(text)?.[1] : undefined;
    if (name !== undefined) await Deno.writeTextFile(`${cwd}/${name}`, text);
  }
  const steps = blocks.filter(({ language }) => language === "console").flatMap(stepsOf);
  assert(steps.length >= 2, `only ${steps.length} commands were found`);
  for (const { place, words, answer } of steps) {
    assertEquals(words[0], "sentinel", place);
    const { stdout, stderr } = await sandbox.run(words.slice(1), { cwd });
    assertEquals((stdout + stderr).trimEnd(), answer.trimEnd(), place);
  }
});

Deno.test("documents: each task exists, and one version of Deno is named throughout", () => {
  const text = [...TEXTS.values()].join("\n");
  const tasks = [...text.matchAll(/\b(?:deno@(\S+)|deno) task ([\w:-]+)/g)];
  assert(tasks.length > 0, "no task was found");
  for (const [command, , task] of tasks) assert(Object.hasOwn(DENO_JSON.tasks, task!), command);
  const versions = new Set(tasks.flatMap(([, version]) => version ?? []));
  assertEquals(versions.size, 1, [...versions].join(", "));
});

Deno.test("documents: each program in TypeScript type-checks and runs", async () => {
  const programs = BLOCKS.filter(({ language }) => language === "ts");
  assert(programs.length > 0, "no program was found");
  const home = await Deno.makeTempDir({ prefix: "sentinel-docs-" });
  try {
    const policy = BLOCKS.find(({ language, text }) =>
      language === "yaml" && /^rules:/m.test(text)
    );
    await Deno.writeTextFile(`${home}/policy.yaml`, policy!.text);
    const module = new URL("mod.ts", ROOT).href;
    for (const [index, { place, text }] of programs.entries()) {
      const path = `${home}/program_${index}.ts`;
      await Deno.writeTextFile(path, text.replaceAll('"jsr:@sentinel/cli"', `"${module}"`));
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--check", "--allow-read", "--no-prompt", "--quiet", "--frozen"],
          ...[`--config=${new URL("deno.json", ROOT).pathname}`, path],
        ],
        cwd: home,
        stdout: "null",
      }).output();
      assert(success, `${place}: ${new TextDecoder().decode(stderr)}`);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("documents: each link to a file of this repository leads to one", async () => {
  let seen = 0;
  for (const [path, text] of TEXTS) {
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      seen++;
      const file = new URL(target!, new URL(path, ROOT));
      await Deno.stat(file).catch(() => fail(`${path}: ${target} does not exist`));
    }
  }
  assert(seen > 0, "no link was found");
});
