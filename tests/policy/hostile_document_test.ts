/**
 * Documents made to exhaust, confuse or slip through the parser: each ends soon, in a clear refusal.
 *
 * @module
 */
import fc from "fast-check";
import { SentinelError } from "../../src/errors.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { PolicyProblem } from "../../src/policy/policy.ts";
import { formatProblems } from "../../src/policy/problems.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";

/**
 * Each of these documents takes well under a second on an idle machine; the bound leaves room for a
 * busy one, and none for work that grows faster than the document.
 */
const BOUND_MS = 8000;

const MIB = 1024 * 1024;

/** Asserts that `document` is refused soon, in few words, and that one problem is `message`. */
function refuses(document: string, message: string): void {
  const started = performance.now();
  const error = assertThrows(() => parsePolicy(document), SentinelError);
  const elapsed = performance.now() - started;
  assertEquals(error.code, "POLICY_INVALID");
  assert(error.message.length < 600, `a message of ${error.message.length} characters`);
  const { problems } = error.details as { problems: readonly PolicyProblem[] };
  const told = [error.message, formatProblems(problems, "policy.yaml")].join("\n");
  assertStringIncludes(told, message);
  assert(problems.length >= 1 && problems.length <= 1000, `${problems.length} problems`);
  assert(elapsed < BOUND_MS, `${Math.round(elapsed)} ms`);
}

Deno.test("several documents are refused, wherever the other one is", () => {
  const second = "a second document begins here";
  refuses("rules: []\n---\nrules: []", `policy.yaml:2:1: ${second}`);
  refuses("rules: []\n...\n---\nrules: [{ effect: allow }]", second);
  refuses("rules: []\n---\n", second);
  refuses("rules: []\n--- # nothing", second);
  refuses("---\n---\nrules: []", `policy.yaml:2:1: ${second}`);
  refuses("rules: []\n...\nrules: []", second);
});

Deno.test("empty documents are refused", () => {
  for (
    const text of ["", " ", "\n\n", "# nothing\n", "\ufeff", "---\n", "--- # x\n...\n", "...\n"]
  ) {
    refuses(text, "the document is empty");
  }
  refuses("~", "the document must be a map, not text");
  refuses("[]", "the document must be a map, not a list");
  refuses('""', "the document must be a map, not text");
});

Deno.test("duplicate keys are refused at every level, however they are written", () => {
  refuses("rules: []\nrules: []", 'the key "rules" stands here twice');
  refuses('rules: []\n"rules": []', "stands here twice");
  refuses('{"rules": [], "\\u0072ules": []}', "stands here twice");
  refuses("rules: [{ name: a, effect: deny, effect: allow }]", "rules[0].effect: the key");
  refuses("rules: [{ name: a, effect: deny, conditions: { users: [a], users: [b] } }]", "twice");
  refuses("? rules\n: []\n? rules\n: []", "twice");
  refuses("&a rules: []\n*a : []", "twice");
});

Deno.test("tags and merge keys are refused", () => {
  const tagged = "is not supported: every value is text";
  refuses("rules: !!seq []", `the tag "!!seq" ${tagged}`);
  refuses("rules: [{ name: !!str a, effect: deny }]", tagged);
  refuses("!!map { rules: [] }", tagged);
  refuses("!<tag:yaml.org,2002:js/function> x", tagged);
  refuses("%TAG ! tag:example.com,2000:\n---\nrules: ! []", tagged);
  refuses("rules: [{ !!str name: a, effect: deny }]", tagged);
  refuses("a: &a { effect: allow }\nrules: [{ <<: *a, name: a }]", "merge keys (<<)");
  refuses("rules: [{ '<<': [], name: a, effect: deny }]", "merge keys (<<)");
});

Deno.test("keys are text", () => {
  for (const key of ["? [a]\n: b", "? { a: b }\n: c", ": c", "? \n: c", "[a]: b", "{ a: b }: c"]) {
    refuses(`rules: []\n${key}\n`, "a key must be text");
  }
});

Deno.test("keys that mean something to JavaScript mean nothing here", () => {
  const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
  for (const key of keys) {
    refuses(`${key}: { rules: [] }\nrules: []`, `unknown key "${key}"`);
    refuses(`rules: [{ name: a, effect: deny, ${key}: x }]`, `unknown key "${key}"`);
    refuses(
      `rules: [{ name: a, effect: deny, conditions: { ${key}: [] } }]`,
      `unknown key "${key}"`,
    );
    refuses(`policies: [{ effect: deny, match: { ${key}: a } }]`, `unknown key "${key}"`);
    refuses(`rules: [{ name: a, effect: ${key} }]`, `unknown effect "${key}"`);
  }
  refuses("__proto__: { rules: [] }", "unknown key");
  refuses("rules: { __proto__: [] }", "rules: must be a list, not a map");
  refuses('{"rules": [{"__proto__": {"name": "a", "effect": "allow"}}]}', "unknown key");
  assertEquals(({} as { rules?: unknown }).rules, undefined, "nothing was polluted");
  const { rules } = parsePolicy("rules: [{ name: __proto__, effect: deny }]");
  assertEquals(rules[0]!.name, "__proto__", "as a value it is text like any other");
});

Deno.test("aliases that multiply, contain themselves or name nothing are refused", () => {
  const letters = [..."abcdefghij"];
  const laughs = letters.map((letter, index) => {
    const items = index === 0 ? "ha" : `*${letters[index - 1]}`;
    return `${letter}: &${letter} [${Array(10).fill(items).join(", ")}]`;
  }).join("\n");
  refuses(`${laughs}\nrules: *j`, "aliases stand for more than 100000 values");
  const users = Array.from({ length: 1000 }, (_, index) => `u${index}`).join(", ");
  const shared = Array.from(
    { length: 1000 },
    (_, index) => `- { name: r${index}, effect: allow, conditions: { users: *u } }\n`,
  ).join("");
  refuses(
    `rules:\n- { name: a, effect: allow, conditions: { users: &u [${users}] } }\n${shared}`,
    "aliases stand for more than 100000 values",
  );
  refuses("rules: &r [*r]", 'the alias "*r" stands inside what it names');
  refuses("rules: &r [{ name: a, effect: deny, conditions: { users: *r } }]", "stands inside");
  refuses("&d { rules: *d }", "stands inside");
  refuses("rules: *nothing", 'the alias "*nothing" names nothing before it');
  refuses("rules: [*later, &later a]", "names nothing before it");
  refuses("rules: *__proto__", "names nothing before it");
});

Deno.test("nesting is bounded, whatever it is made of", () => {
  const deep = "is nested deeper than 32 levels";
  refuses("[".repeat(1_000_000), deep);
  refuses("{a: ".repeat(1_000_000), deep);
  refuses("- ".repeat(1_000_000), deep);
  refuses("? ".repeat(1_000_000), deep);
  refuses(Array.from({ length: 40 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""), deep);
});

Deno.test("size is bounded, whatever it is made of", () => {
  const marks = "has more than 2000000 lines and YAML indicators";
  refuses(`# ${"x".repeat(10 * MIB)}\nrules: []`, "is longer than 10 MiB");
  refuses("\n".repeat(10 * MIB), marks);
  refuses("- x\n".repeat(2.5 * MIB), marks);
  refuses(`[${"a,".repeat(5 * MIB - 1)}]`, marks);
  refuses(`[${":,".repeat(5 * MIB - 1)}]`, marks);
  refuses(`rules: ["${"\\x41".repeat(2.5 * MIB - 10)}"]`, "must be a map, not text");
  refuses(`${"k".repeat(10 * MIB - 10)}: x`, "unknown key");
  refuses(`rules: [{ name: ${"n".repeat(10 * MIB - 100)}, effect: deny }]`, "is longer than 2048");
});

Deno.test("a document that is nothing but mistakes is given up in time", () => {
  refuses(`rules:\n${"- x\n".repeat(400_000)}`, "and 999 more problems");
  refuses(`rules:\n${"- { name: a, effect: deny }\n".repeat(100_000)}`, "and 999 more problems");
  refuses("rules: []\n".repeat(400_000), "and 999 more problems");
  refuses(`rules:\n${"- !x y\n".repeat(400_000)}`, "and 999 more problems");
  refuses(`rules: []\n${"? [a]\n: b\n".repeat(200_000)}`, "and 999 more problems");
  const unknown = Array.from({ length: 200_000 }, (_, index) => `k${index}: x\n`).join("");
  refuses(unknown, "and 999 more problems");
  const zone = "{ effect: deny, match: { time: { timezone: Europe/Berlim } } }";
  refuses(`policies: [${`${zone},`.repeat(5000)}]`, "did you mean");
  const users = `{ name: a, effect: allow, conditions: { users: [${"[],".repeat(400_000)}] } }`;
  refuses(`rules: [${users}]`, "has more than 20000 values");
  refuses(
    `rules: [{ name: a, effect: allow, conditions: { users: [${'"",'.repeat(19_000)}] } }]`,
    '""',
  );
});

Deno.test("a hundred thousand rules are read in bounded time", () => {
  const rules = Array.from(
    { length: 100_000 },
    (_, index) =>
      `- {name: r${index}, effect: allow, conditions: {profiles: [p${
        index % 999
      }], users: [u${index}]}}\n`,
  );
  const started = performance.now();
  const policy = parsePolicy(`rules:\n${rules.join("")}`);
  assert(performance.now() - started < 3 * BOUND_MS);
  assertEquals(policy.rules.length, 100_000);
  assertEquals(policy.rules[99_999]!.conditions, { profiles: ["p99"], users: ["u99999"] });
});

Deno.test("whatever the text, the answer is a policy or a refusal with a place in it", () => {
  const tokens = [
    ..."[]{},:?-#&*!|>%@`'\"\\\n\r\t ~x",
    "- ",
    ": ",
    "rules",
    "policies:",
    "name: a",
    "effect: allow",
    "\n  ",
    "&a ",
    "*a",
    "!t ",
    "---\n",
    "...\n",
    "<<: ",
    "\ufeff",
    "\u2028",
    "|\n",
    ">-\n",
    "{}",
    "[]",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 60, size: "max" }), (parts) => {
      const text = parts.join("");
      try {
        parsePolicy(text);
      } catch (error) {
        assert(error instanceof SentinelError && error.code === "POLICY_INVALID", String(error));
        const { problems } = error.details as { problems: readonly PolicyProblem[] };
        const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
        for (const { line, column, message } of problems) {
          assert(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
          assert(column >= 1 && column <= lines[line - 1]!.length + 1, `column ${column}`);
          assert(message.length > 0 && !message.includes("\n"));
        }
      }
    }),
    { numRuns: 4000, seed: 20260131 },
  );
});

Deno.test("a control character anywhere in a policy leaves no policy", () => {
  const valid = 'rules:\n- name: a\n  effect: allow\n  conditions:\n    users: ["alice"]\n';
  parsePolicy(valid);
  for (const character of ["\u0000", "\u0007", "\u001b", "\u007f", "\u0080", "\ud800"]) {
    for (let at = 0; at <= valid.length; at++) {
      const document = valid.slice(0, at) + character + valid.slice(at);
      assertThrows(() => parsePolicy(document), SentinelError);
    }
  }
});
