/**
 * Policy documents made to exhaust or confuse, given to the real program: each ends soon, in a
 * clear answer, with nothing of the document printed raw; and the largest that is allowed is taken.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { hasPseudoTerminals, startOnTerminal } from "../support/pseudo_terminal.ts";
import { openSandbox, PROGRAM } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";

const MIB = 2 ** 20;
/**
 * Each of these takes less than a second on an idle machine. The bound leaves room for a busy one,
 * and none for work that grows faster than the document.
 */
const BOUND_MS = 10_000;

const LAUGHS = [..."abcdefghij"].map((letter, index, letters) => {
  const items = index === 0 ? "ha" : `*${letters[index - 1]}`;
  return `${letter}: &${letter} [${Array(10).fill(items).join(", ")}]\n`;
}).join("");

/** Documents, and what is said of them. */
const HOSTILE: Readonly<Record<string, readonly [document: string, told: string]>> = {
  "alias bomb": [`${LAUGHS}rules: *j`, "aliases stand for more than 100000 values"],
  "deep flow": ["[".repeat(MIB), ":1:32: the document is nested deeper than 32 levels"],
  "deep blocks": ["- ".repeat(MIB), "the document is nested deeper than 32 levels"],
  "a scalar of megabytes": [
    `rules: [{ name: ${"n".repeat(10 * MIB - 100)}, effect: deny }]`,
    '…" is longer than 2048 characters',
  ],
  "NUL": ["rules:\n- name: a\0b\n", ":2:10: the document has a NUL character"],
  "NUL of megabytes": ["\0".repeat(10 * MIB), ":1:1: the document has a NUL character"],
  "BOM and CRLF": ["\ufeffrules:\r\n- name: a\r\n  effect: Deny\r\n", ":3:11: rules[0].effect"],
  "duplicate keys": ["rules: []\n".repeat(400_000), 'the key "rules" stands here twice'],
  "too many bytes": [" ".repeat(10 * MIB + 1), "it is larger than 10 MiB"],
  "too many lines": ["\n".repeat(10 * MIB), "has more than 2000000 lines"],
  "keys without end": [
    Array.from({ length: 300_000 }, (_, index) => `k${index}: x\n`).join(""),
    'unknown key "k0"',
  ],
  "one line of mistakes": [
    `rules: [${"{ name: a, effect: deni },".repeat(60_000)}]`,
    'did you mean "deny"?',
  ],
  "escape sequences": [
    "rules:\n- name: a\n  effect: deny\x1b]0;title\x07\u202e\n",
    "\\u{1b}]0;title\\u{7}\\u{202e}",
  ],
};

Deno.test("hostile documents end soon, in a clear error, and print nothing raw", async () => {
  await using sandbox = await openSandbox(policyOf());
  const path = `${sandbox.home}/hostile.yaml`;
  for (const [what, [document, told]] of Object.entries(HOSTILE)) {
    await Deno.writeTextFile(path, document);
    const started = performance.now();
    const { code, stdout, stderr } = await sandbox.run(["policy", "validate", path]);
    const elapsed = performance.now() - started;
    assertEquals(code, 78, what);
    assertStringIncludes(stdout + stderr, told, what);
    assert(elapsed < BOUND_MS, `${what}: ${Math.round(elapsed)} ms`);
    assert(stdout.length < 300_000, `${what}: ${stdout.length} characters`);
    assert(/^[^\p{Cs}\u202e]*$/u.test(stdout.replaceAll("\n", "")), what);
    assert(!/(?!\n)\p{Cc}/u.test(stdout + stderr), `${what}: a control character`);
  }
});

Deno.test("a hundred thousand rules are validated and linted in bounded time", async () => {
  const rules = Array.from(
    { length: 100_000 },
    (_, index) =>
      `- {name: r${index}, effect: deny, conditions: {profiles: [p${
        index % 999
      }], users: [u${index}]}}\n`,
  );
  await using sandbox = await openSandbox(policyOf());
  const path = `${sandbox.home}/large.yaml`;
  await Deno.writeTextFile(
    path,
    `rules:\n${
      rules.join("")
    }- {name: last, effect: deny, conditions: {users: [u7], profiles: [p7]}}\n`,
  );
  const started = performance.now();
  const valid = await sandbox.run(["policy", "validate", path]);
  assertEquals([valid.code, valid.stdout], [0, `${path}: valid, 100001 rules\n`]);
  const linted = await sandbox.run(["policy", "lint", path]);
  assertEquals([linted.code, linted.stderr], [1, ""]);
  assertStringIncludes(linted.stdout, 'rule "last": it never decides: rule "r7"');
  assertStringIncludes(linted.stdout, ": 1 warning in 100001 rules\n");
  assert(performance.now() - started < 3 * BOUND_MS);
});

Deno.test({
  name: "policy lint shows a person how far it is" +
    (await hasPseudoTerminals() ? "" : " (not run: no pseudo-terminals)"),
  ignore: !await hasPseudoTerminals(),
  async fn() {
    await using sandbox = await openSandbox(policyOf());
    const rules = Array.from(
      { length: 5000 },
      (_, index) => `- {name: r${index}, effect: deny, conditions: {profiles: [p${index}]}}\n`,
    );
    await Deno.writeTextFile(sandbox.policyFile, `rules:\n${rules.join("")}`);
    await using terminal = startOnTerminal(
      [Deno.execPath(), ...PROGRAM, "policy", "lint", sandbox.policyFile],
      { env: { ...sandbox.env, TERM: "xterm" } },
    );
    const { code, stdout } = await terminal.process.finished;
    assertEquals(code, 0);
    assertStringIncludes(stdout, "4000 of 5");
    assertStringIncludes(stdout, "nothing found in 5000 rules");
  },
});

Deno.test("standard input is a document like any other, of the real process too", async () => {
  await using sandbox = await openSandbox(policyOf());
  const process = sandbox.start(["policy", "validate", "-"], { stdin: "piped" });
  const writer = process.stdin!.getWriter();
  await writer.write(new TextEncoder().encode("rules:\n- { name: a, "));
  await writer.write(new TextEncoder().encode("effect: deny }\n"));
  await writer.close();
  const { code, stdout, stderr } = await process.finished;
  assertEquals([code, stdout, stderr], [0, "<stdin>: valid, 1 rule\n", ""]);
});
