/**
 * The search for texts finds one whenever there is one, and never one that is none.
 *
 * @module
 */
import fc from "fast-check";
import { findText, includes, type TextKind } from "../../src/policy/wildcard_search.ts";
import { WorkBudget, WorkExhausted } from "../../src/policy/work_budget.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { like } from "./reference_evaluator.ts";
import { allTexts } from "./universe.ts";

const SEED = 20260131;
const budget = (steps = 1_000_000) => new WorkBudget({ perQuestion: steps, inAll: steps });
const TEXTS = allTexts("abx/", 6);

/** As usernames are compared. */
function matches(pattern: string, text: string, kind: TextKind): boolean {
  const mayHaveSlash = kind === "text" || pattern.includes("/") || /^\*+$/.test(pattern);
  return like(pattern, text) && (mayHaveSlash || !text.includes("/"));
}

const patterns = fc.stringMatching(/^[ab*]{0,4}$/);
const names = fc.stringMatching(/^[a*/]{1,4}$/);
const withStar = (arbitrary: fc.Arbitrary<string>) =>
  arbitrary.map((pattern) => pattern.includes("*") ? pattern : `${pattern}*`);

for (const [kind, some] of [["text", patterns], ["name", names]] as const) {
  Deno.test(`findText() finds a ${kind} exactly when there is one`, () => {
    const queries = fc.record({
      within: fc.array(withStar(some), { minLength: 1, maxLength: 3 }),
      without: fc.array(some, { maxLength: 3 }),
    });
    const counts = { found: 0, none: 0 };
    fc.assert(
      fc.property(queries, ({ within, without }) => {
        const fits = (text: string) =>
          within.every((pattern) => matches(pattern, text, kind)) &&
          !without.some((pattern) => matches(pattern, text, kind));
        const found = findText({ kind, within, without }, budget());
        counts[found === null ? "none" : "found"]++;
        if (found !== null) assert(fits(found), JSON.stringify(found));
        else assertEquals(TEXTS.find(fits), undefined);
      }),
      { seed: SEED, numRuns: 300 },
    );
    assert(counts.found > 50 && counts.none > 50, JSON.stringify(counts));
  });

  Deno.test(`includes() of a ${kind} is inclusion`, () => {
    fc.assert(
      fc.property(some, withStar(some), (pattern, inner) => {
        const all = TEXTS.filter((text) => matches(inner, text, kind));
        const expected = all.every((text) => matches(pattern, text, kind));
        assertEquals(includes(pattern, inner, kind), expected);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
}

Deno.test("findText() finds what only an overlap of the patterns leaves", () => {
  const text = (within: string[], without: string[]) =>
    findText({ kind: "text", within, without }, budget());
  assertEquals(text(["ab*", "*ba"], ["ab*ba"]), "aba");
  assertEquals(text(["ab*", "*ba"], ["ab*ba", "aba"]), null);
  assertEquals(text(["*ab*", "*ba*"], ["*ab*ba*", "*ba*ab*"]), "aba");
  assertEquals(text(["prod-*"], ["prod-*-a", "prod-x"]) !== null, true);
});

Deno.test("findText() gives up instead of searching for ever", () => {
  const hard = Array.from({ length: 14 }, (_, index) => `*${"abcdefghijklmn"[index]}*`);
  const orders = hard.map((pattern, index) => `${pattern}${hard[(index + 1) % 14]!.slice(1)}`);
  const reversed = hard.map((pattern, index) => `${hard[(index + 1) % 14]}${pattern.slice(1)}`);
  const started = performance.now();
  assertThrows(
    () =>
      findText({ kind: "text", within: hard, without: [...orders, ...reversed] }, budget(100_000)),
    WorkExhausted,
  );
  assert(performance.now() - started < 5000);
});
