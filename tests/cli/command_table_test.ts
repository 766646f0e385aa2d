/**
 * The table of commands and what every description must keep, now and when more are added.
 *
 * @module
 */
import { environmentName, type Flag, flagNames } from "../../src/cli/command.ts";
import { type CommandEntry, COMMANDS, nameOf } from "../../src/cli/command_table.ts";
import { formatCommandHelp, formatProgramHelp } from "../../src/cli/help.ts";
import { run } from "../../src/cli/run.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";

const DESCRIPTIONS = await Promise.all(
  COMMANDS.map(async ({ name, describe }) => ({ name, ...await describe() })),
);

Deno.test("every description keeps the rules that the parser and the help rest on", async (t) => {
  for (const { name, description } of DESCRIPTIONS) {
    await t.step(name, () => {
      assertEquals(description.name, name);
      const names = description.flags.flatMap(flagNames);
      assertEquals(new Set(names).size, names.length, "names are unique");
      const shorts = description.flags.flatMap((flag: Flag) => flag.short ?? []);
      assertEquals(new Set(shorts).size, shorts.length, "short names are unique");
      assert(!names.includes("help") && !shorts.includes("h"), "help is the program's");
      for (const flag of description.flags as readonly Flag[]) {
        assert(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(flag.name), flag.name);
        assert(!/\.$/.test(flag.summary) && /^[A-Z]/.test(flag.summary), flag.summary);
        for (const relation of [flag.requires, flag.conflictsWith]) {
          if (relation === undefined) continue;
          const other = description.flags.find(({ name }: Flag) => name === relation.flag);
          assertEquals(other?.kind, "boolean", `${flag.name} → ${relation.flag}`);
        }
      }
      for (const { name: declined } of description.declinedFlags ?? []) {
        assert(!names.includes(declined), declined);
      }
      for (const operand of (description.operands ?? []).slice(0, -1)) assert(!operand.many);
      assert(description.operands === undefined || description.passthrough === undefined);
      assert(description.examples.length > 0, "an example");
    });
  }
});

Deno.test("one variable means one thing: flags of the same name are of the same kind", () => {
  const kinds = new Map<string, string>();
  for (const { description } of DESCRIPTIONS) {
    for (const flag of description.flags as readonly Flag[]) {
      const known = kinds.get(environmentName(flag)) ?? flag.kind;
      assertEquals(flag.kind, known, environmentName(flag));
      kinds.set(environmentName(flag), known);
    }
  }
});

Deno.test("help names every flag with its variable and fits the width", async (t) => {
  for (const width of [40, 72, 80, 100]) {
    for (const { name, description } of DESCRIPTIONS) {
      await t.step(`${name} in ${width} columns`, () => {
        const help = formatCommandHelp(description, { width });
        for (const flag of description.flags as readonly Flag[]) {
          assertStringIncludes(help, flag.name);
          const variable = `[${environmentName(flag)}]`;
          assertEquals(help.includes(variable), !flag.commandLineOnly, variable);
        }
        // Command lines are there to be copied: they are never broken, whatever the width.
        const prose = help.split("\n").filter((line) => !line.startsWith("  sentinel "));
        const tooLong = prose.filter((line) => line.length > width && width >= 72);
        assertEquals(tooLong, []);
        assert(!/[ \t]$/m.test(help), "no blanks at the end of a line");
      });
    }
  }
  const help = await formatProgramHelp(COMMANDS, { width: 80 });
  for (const { name } of COMMANDS) assertStringIncludes(help, `\n  ${name} `);
  assertEquals(help.split("\n").filter((line) => line.length > 80), []);
});

Deno.test("examples fit 80 columns and are accepted by the parser they explain", async (t) => {
  for (const { name, description } of DESCRIPTIONS) {
    for (const { command } of description.examples) {
      await t.step(command, async () => {
        assert(command.length <= 78, `${command.length} characters`);
        const typed = command.replace(/^credential_process = /, "");
        assert(typed.startsWith("sentinel "), typed);
        const ran: string[] = [];
        const commands = COMMANDS.map((entry) => ({
          name: entry.name,
          describe: async () => ({
            description: {
              ...(await entry.describe()).description,
              load: () =>
                Promise.resolve({ run: () => (ran.push(entry.name), Promise.resolve(0)) }),
            },
          }),
        }));
        const host = fakeHost();
        assertEquals(await run(typed.split(" ").slice(1), host, { commands }), 0, host.stderr);
        assertEquals(ran, [name]);
      });
    }
  }
});

function entry(name: string): CommandEntry {
  return {
    name,
    describe: () =>
      Promise.resolve({
        description: {
          name,
          summary: `Does ${name}`,
          description: [],
          flags: [],
          operands: [{ name: "FILE", summary: "A file", many: true }],
          examples: [],
          load: () =>
            Promise.resolve({
              run: ({ operands }, { terminal }) => {
                terminal.out(`${name}: ${operands.join(" ")}\n`);
                return Promise.resolve(0);
              },
            }),
        },
      }),
  };
}

const TWO_WORDS = ["init sessions", "init approvals", "policy", "policy validate"].map(entry);

Deno.test("names may have two words; the longer one wins", async () => {
  for (
    const [argv, output] of [
      [["init", "sessions"], "init sessions: \n"],
      [["init", "sessions", "a", "b"], "init sessions: a b\n"],
      [["policy", "validate", "f"], "policy validate: f\n"],
      [["policy", "other"], "policy: other\n"],
    ] as const
  ) {
    const host = fakeHost();
    assertEquals(await run(argv, host, { commands: TWO_WORDS }), 0, host.stderr);
    assertEquals(host.stdout, output);
  }
});

Deno.test("the first of two words alone is a question, or lists what may follow", async () => {
  for (const argv of [["init"], ["init", "--yes"]]) {
    const host = fakeHost();
    assertEquals(await run(argv, host, { commands: TWO_WORDS }), 64);
    assertEquals(
      host.stderr,
      "error: sentinel init needs one more word: sessions, approvals\n" +
        "hint: See: sentinel init --help\n",
    );
  }
  const host = fakeHost();
  assertEquals(await run(["init", "--help"], host, { commands: TWO_WORDS }), 0);
  assertEquals(
    host.stdout,
    "\nCommands:\n  init sessions   Does init sessions\n  init approvals  Does init approvals\n",
  );
});

Deno.test("a misspelt word finds its neighbours", () => {
  for (
    const [words, suggestion] of [
      [["init", "sesions"], "Did you mean sentinel init sessions?"],
      [["inti", "sessions"], "Did you mean sentinel init?"],
      [["polcy"], "Did you mean sentinel policy?"],
      [["quux"], "See: sentinel --help"],
      [["__proto__"], "See: sentinel --help"],
      [[""], "See: sentinel --help"],
    ] as const
  ) {
    const error = assertThrows(() => nameOf(words, TWO_WORDS), SentinelError);
    assertEquals([error.code, error.suggestion], ["USAGE", suggestion]);
  }
});
