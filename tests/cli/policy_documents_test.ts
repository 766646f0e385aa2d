/**
 * The commands that look at policy documents: what they read, from where, and what they say to
 * people, machines and the shell.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { readInput } from "../../src/cli/policy_input.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { fakeHost, type FakeHostOptions } from "../support/fake_host.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const VALID = "rules:\n- { name: a, effect: deny }\n";
const BROKEN = "rules:\n- { name: a, effect: Deny }\n";
const QUESTIONABLE = "rules:\n- { name: a, effect: allow }\n- { name: b, effect: deny }\n";

async function sentinel(argv: readonly string[], options: FakeHostOptions = {}) {
  const host = fakeHost(options);
  const status = await run(argv, host);
  return { status, stdout: host.stdout, stderr: host.stderr };
}

Deno.test("policy validate and lint read a document from standard input", async () => {
  assertEquals(await sentinel(["policy", "validate", "-"], { input: VALID }), {
    status: 0,
    stdout: "<stdin>: valid, 1 rule\n",
    stderr: "",
  });
  const broken = await sentinel(["policy", "validate", "-"], { input: BROKEN });
  assertEquals(broken.status, 78);
  assertStringIncludes(broken.stdout, "<stdin>:2:22: rules[0].effect: unknown effect");
  const linted = await sentinel(["policy", "lint", "-"], { input: QUESTIONABLE });
  assertEquals(linted.status, 1);
  assertStringIncludes(linted.stdout, '<stdin>:3:3: error: rule "b": it never decides');
});

Deno.test("policy validate: what is too large or not UTF-8 is told, from wherever it comes", async () => {
  const large = await sentinel(["policy", "validate", "-"], {
    input: new Uint8Array(10 * 2 ** 20 + 1).fill(0x20),
  });
  assertEquals([large.status, large.stdout], [78, ""]);
  assertStringIncludes(large.stderr, 'Cannot read policy "<stdin>": it is larger than 10 MiB');
  const bytes = await sentinel(["policy", "validate", "-"], {
    input: new Uint8Array([0x61, 0xff]),
  });
  assertEquals(bytes.status, 78);
  assertEquals(bytes.stdout, "<stdin>:1:2: is not UTF-8\n<stdin>: 1 problem\n");
});

Deno.test("policy validate: a file is read by the rules of the gate", async () => {
  using directory = new TemporaryDirectory();
  const open = directory.write("open.yaml", VALID, 0o666);
  const { status, stderr } = await sentinel(["policy", "validate", open]);
  assertEquals(status, 78);
  assertStringIncludes(stderr, "every user of this machine may write it");
});

Deno.test("policy validate and lint go on after a document that cannot be read", async () => {
  using directory = new TemporaryDirectory();
  const [valid, broken] = [directory.write("a.yaml", VALID), directory.write("b.yaml", BROKEN)];
  const missing = directory.at("none.yaml");
  for (const word of ["validate", "lint"]) {
    const { status, stdout, stderr } = await sentinel(["policy", word, missing, broken, valid]);
    assertEquals(status, 78);
    assertStringIncludes(stderr, `Cannot read policy "${missing}": no such file or directory`);
    assertStringIncludes(stdout + stderr, `${broken}:2:22: rules[0].effect`);
    assertStringIncludes(stdout, `${valid}: `);
  }
});

Deno.test("policy validate and lint: JSON and CSV hold what people are told", async () => {
  using directory = new TemporaryDirectory();
  const [broken, odd] = [
    directory.write("b.yaml", BROKEN),
    directory.write("q.yaml", QUESTIONABLE),
  ];
  const json = await sentinel(["policy", "validate", "-o", "json", broken]);
  const { valid, documents: [document] } = JSON.parse(json.stdout);
  assertEquals([valid, document.valid, document.problems[0].line], [false, false, 2]);
  const csv = await sentinel(["policy", "validate", "-o", "csv", broken]);
  const [head, row] = csv.stdout.split("\r\n");
  assertEquals(head, "source,path,line,column,message");
  assert(row!.startsWith(`${broken},rules[0].effect,2,22,`), row);
  const linted = await sentinel(["policy", "lint", "-o", "json", odd]);
  const findings = JSON.parse(linted.stdout).documents[0].findings;
  assertEquals(findings.map(({ code }: { code: string }) => code), [
    "unbound-grant",
    "duplicate-rule",
  ]);
  const rows = (await sentinel(["policy", "lint", "-o", "csv", odd])).stdout.split("\r\n");
  assertEquals(rows.length, 4);
  assert(rows[2]!.startsWith(`${odd},3,3,error,duplicate-rule,rules,1,b,a,rules[1],`), rows[2]);
});

Deno.test("policy lint --fail-on decides what fails", async () => {
  const warning = "rules: [{ name: a, effect: allow }]";
  const status = async (input: string, ...flags: readonly string[]) =>
    (await sentinel(["policy", "lint", "-", ...flags], { input })).status;
  assertEquals(await status(warning), 1);
  assertEquals(await status(warning, "--fail-on", "error"), 0);
  assertEquals(await status(QUESTIONABLE, "--fail-on", "error"), 1);
  assertEquals(await status(QUESTIONABLE, "--fail-on", "never"), 0);
  assertEquals(await status(BROKEN, "--fail-on", "never"), 78);
  assertEquals(await status(VALID), 0);
});

Deno.test("policy lint finds the parts of a rule in both spellings", async () => {
  const input = "policies:\n- effect: allow\n  match:\n    role: arn:aws:iam::*:role/A\n" +
    "    user: '*'\n";
  const { stdout } = await sentinel(["policy", "lint", "-o", "json", "-"], { input });
  const found = JSON.parse(stdout).documents[0].findings;
  assertEquals(
    found.map(({ path, line, column }: Record<string, unknown>) => [path, line, column]),
    [["policies[0].match.role", 4, 5], ["policies[0].match.user", 5, 5]],
  );
});

Deno.test("policy lint: names from the document are printable, and many findings are counted", async () => {
  const odd = 'rules:\n- { name: \u0627\u200c, effect: allow, reason: "\\u202e" }\n';
  const { stdout } = await sentinel(["policy", "lint", "-"], { input: odd });
  assert(!/[^\P{Cc}\n]|\u202e/u.test(stdout), stdout);
  const many = Array.from(
    { length: 50 },
    (_, index) => `- { name: r${index}, effect: allow, conditions: { profiles: [p${index}] } }\n`,
  );
  const counted = await sentinel(["policy", "lint", "-"], { input: `rules:\n${many.join("")}` });
  assertStringIncludes(counted.stdout, "<stdin>: and 30 more [unbound-grant]: --output json");
  assertStringIncludes(counted.stdout, "<stdin>: 50 warnings in 50 rules\n");
});

Deno.test("policy lint shows its progress on a terminal, and takes it away", async () => {
  const rules = Array.from(
    { length: 3000 },
    (_, index) => `- { name: r${index}, effect: deny, conditions: { profiles: [p${index}] } }\n`,
  );
  const input = `rules:\n${rules.join("")}`;
  const { stderr } = await sentinel(["policy", "lint", "-"], { input, isTerminal: true });
  assertStringIncludes(stderr, "2000 of 3000 rules of <stdin> linted");
  assert(stderr.endsWith("\r\x1b[K"), JSON.stringify(stderr.slice(-20)));
  assertEquals((await sentinel(["policy", "lint", "-"], { input })).stderr, "");
});

Deno.test("readInput() takes no more than it may, and one byte to know it", async () => {
  const endless = { read: (buffer: Uint8Array) => Promise.resolve(Math.min(7, buffer.length)) };
  assertEquals((await readInput(endless, 100)).length, 101);
  const chunks = [[1, 2], [3]];
  const short = {
    read: (buffer: Uint8Array) => {
      const chunk = chunks.shift();
      if (chunk !== undefined) buffer.set(chunk);
      return Promise.resolve(chunk?.length ?? null);
    },
  };
  assertEquals([...await readInput(short, 100)], [1, 2, 3]);
});
