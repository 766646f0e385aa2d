/**
 * Wildcard patterns: what they match, and that no pattern makes them slow.
 *
 * @module
 */
import fc from "fast-check";
import { NameList, PatternList } from "../../src/policy/pattern.ts";
import { assert, assertEquals } from "../support/assert.ts";

function matches(pattern: string, text: string): boolean {
  return new PatternList([pattern]).matches(text);
}

Deno.test("a * stands for any characters, also none", () => {
  const cases: readonly [pattern: string, text: string, expected: boolean][] = [
    ["prod", "prod", true],
    ["prod", "prod ", false],
    ["prod", "PROD", false],
    ["", "", true],
    ["", "x", false],
    ["*", "", true],
    ["*", "line\nbreak\u2028", true],
    ["**", "", true],
    ["prod*", "prod", true],
    ["prod*", "pro", false],
    ["*prod", "my-prod", true],
    ["*prod", "prod-", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["*a*a*", "a", false],
    ["*a*a*", "xaxax", true],
    ["a*b*c", "a-c-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*bc*c", "abc", false],
    ["a*bc*c", "abcc", true],
    ["a.c", "abc", false],
    ["[a]?+(b)", "[a]?+(b)", true],
    ["a*", "a*", true],
    ["*🔐*", "x🔐y", true],
    ["*\ud83d", "🔐", false],
  ];
  for (const [pattern, text, expected] of cases) {
    assertEquals(matches(pattern, text), expected, `${pattern} on ${text}`);
  }
});

Deno.test("patterns agree with a regular expression of the same meaning", () => {
  const letters = { unit: fc.constantFrom("a", "b", "*") };
  fc.assert(
    fc.property(
      fc.string({ ...letters, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 }),
      (pattern, text) => {
        const plain = new RegExp(`^${pattern.replace(/\*+/g, "[^]*")}$`);
        assertEquals(matches(pattern, text), plain.test(text));
      },
    ),
    { numRuns: 5000, seed: 20260131 },
  );
});

Deno.test("a list matches where one of its patterns does, and an empty one nowhere", () => {
  assertEquals(new PatternList([]).matches(""), false);
  const many = Array.from({ length: 50 }, (_, index) => `p${index}`);
  for (const list of [["p1", "x*"], [...many, "x*"]]) {
    const patterns = new PatternList(list);
    assert(patterns.matches("p1") && patterns.matches("xyz"));
    assert(!patterns.matches("p") && !patterns.matches("y"));
  }
});

Deno.test("no pattern takes more than linear time", () => {
  const text = "a".repeat(200_000);
  const started = performance.now();
  assert(!matches(`${"a*".repeat(2000)}b`, text));
  assert(!matches(`*${"aaaaaaab*".repeat(100)}`, text));
  assert(!matches(`*${"a".repeat(1000)}b*`, text));
  assert(matches(`${"*a".repeat(2000)}*`, text));
  // Anything that backtracks takes longer than the universe is old.
  assert(performance.now() - started < 5000);
});

Deno.test("a session name that its bearer chose does not pass for a person", () => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ["*@ops.example.com", "eve@ops.example.com", true],
    ["*@ops.example.com", "Dev/eve@ops.example.com", false],
    ["*@ops.example.com", "federated-user/eve@ops.example.com", false],
    ["Dev*", "Dev/eve", false],
    ["Dev/*", "Dev/eve", true],
    ["*/eve", "Dev/eve", true],
    ["Dev/eve", "Dev/eve", true],
    ["*", "Dev/eve", true],
    ["**", "Dev/eve", true],
    ["*", "eve", true],
    ["", "Dev/eve", false],
  ];
  for (const [pattern, name, matches] of cases) {
    assertEquals(new NameList([pattern]).matches(name), matches, `${pattern} and ${name}`);
    assertEquals(new NameList(["bob", pattern]).matches(name), matches, `${pattern} and ${name}`);
  }
});
