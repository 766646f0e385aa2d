/**
 * Atoms stand for all texts: compared with every text of a small alphabet.
 *
 * @module
 */
import fc from "fast-check";
import { findAtoms } from "../../src/policy/atoms.ts";
import { PatternList } from "../../src/policy/pattern.ts";
import { assert, assertEquals } from "../support/assert.ts";

fc.configureGlobal({ seed: 20260131 });

/** Which of `patterns` match `text`. */
function kindOf(patterns: readonly string[], text: string): string {
  return patterns.map((pattern) => new PatternList([pattern]).matches(text) ? "1" : "0").join("");
}

/** Every text of `letters` from 1 to `length` letters. */
function texts(letters: string, length: number): string[] {
  let found = [""];
  const all: string[] = [];
  for (let round = 0; round < length; round++) {
    found = found.flatMap((text) => [...letters].map((letter) => text + letter));
    all.push(...found);
  }
  return all;
}

const UNIVERSE = texts("abq", 7);

const patternLists = fc.uniqueArray(fc.stringMatching(/^[ab*]{1,4}$/), {
  minLength: 1,
  maxLength: 6,
});

Deno.test("every text is of the same kind as one of the atoms, and no atom is told twice", () => {
  fc.assert(
    fc.property(patternLists, (patterns) => {
      const { witnesses, isComplete } = findAtoms(patterns);
      assert(isComplete);
      const kinds = new Set(witnesses.map((text) => kindOf(patterns, text)));
      for (const text of UNIVERSE) {
        const kind = kindOf(patterns, text);
        assert(kinds.has(kind), `${JSON.stringify(patterns)} tells ${text} (${kind}) apart`);
      }
      assert(witnesses.every((text) => text !== ""));
      assertEquals(new Set(witnesses).size, witnesses.length);
    }),
    { numRuns: 150 },
  );
});

Deno.test("a kind that holds one text only is found, and one that holds none is not", () => {
  const overlapping = ["ab*", "*ba", "ab*ba"];
  // "aba" begins with "ab" and ends with "ba", but the two overlap.
  assert(findAtoms(overlapping).witnesses.includes("aba"));
  const without = findAtoms([...overlapping, "aba"]).witnesses;
  const kinds = without.map((text) => kindOf(overlapping, text));
  assertEquals(kinds.filter((kind) => kind === "110").length, 1, without.join());
});

Deno.test("within keeps every atom in its domain", () => {
  const patterns = ["arn:aws:iam::*", "*", "role", "arn:aws:iam::123456789012:role/Prod*"];
  const { witnesses } = findAtoms(patterns, { within: "arn:*" });
  assert(witnesses.every((text) => text.startsWith("arn:")), witnesses.join());
  assertEquals(new Set(witnesses.map((text) => kindOf(patterns, text))).size, 3);
});

Deno.test("atoms are legible where that makes no difference", () => {
  assertEquals(findAtoms(["prod-*", "*@ops.example.com"]).witnesses.toSorted(), [
    "prod-@ops.example.com",
    "prod-y",
    "y",
    "y@ops.example.com",
  ]);
});

Deno.test("characters outside the basic plane are never cut in two", () => {
  const { witnesses } = findAtoms(["🔐*", "*🔑"]);
  assertEquals(witnesses.length, 4);
  assert(witnesses.every((text) => text.isWellFormed()));
});

Deno.test("100,000 exact names and a thousand prefixes are taken in seconds", () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `team-${index}`);
  const prefixes = Array.from({ length: 1000 }, (_, index) => `group-${index}-*`);
  const { witnesses, isComplete } = findAtoms([...names, ...prefixes, "*"]);
  assert(isComplete);
  assertEquals(witnesses.length, 100_000 + 1000 + 1);
});

Deno.test("a search that is cut short says so", () => {
  const patterns = Array.from({ length: 18 }, (_, index) => `*${"abcdefghijklmnopqr"[index]}*`);
  const { witnesses, isComplete } = findAtoms(patterns, { budget: 100_000 });
  assertEquals(isComplete, false);
  assert(witnesses.length > 100);
});
