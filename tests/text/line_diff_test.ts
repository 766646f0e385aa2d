/**
 * Differences of texts: both texts can be read off them, and nothing is called changed that need
 * not be.
 *
 * @module
 */
import fc from "fast-check";
import { diffLines, formatDiff } from "../../src/text/line_diff.ts";
import { assert, assertEquals } from "../support/assert.ts";

const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

Deno.test("both texts can be read off a difference, and equal ones have none", () => {
  fc.assert(fc.property(text, text, (before, after) => {
    const lines = diffLines(before, after);
    const read = (skip: string) =>
      lines.filter(({ kind }) => kind !== skip).map(({ text }) => `${text}\n`).join("");
    assertEquals(read("added"), before);
    assertEquals(read("removed"), after);
    const isChanged = lines.some(({ kind }) => kind !== "kept");
    assertEquals(isChanged, before !== after);
  }));
});

Deno.test("a line moved past another costs one removal and one addition", () => {
  const kinds = diffLines("a\nb\nc\n", "b\na\nc\n").filter(({ kind }) => kind !== "kept");
  assertEquals(kinds.length, 2);
});

Deno.test("a difference shows what changes with a little around it, printable and not too long", () => {
  const old = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const now = old.map((line, i) => i === 9 ? "\x1b[2Jline" : line);
  const shown = formatDiff(diffLines(old.join("\n"), now.join("\n")), { maxLines: 60 });
  assertEquals(
    shown,
    "  line 7\n  line 8\n- line 9\n+ \\u{1b}[2Jline\n  line 10\n  line 11\n",
  );
  const long = formatDiff(diffLines("", old.join("\n")), { maxLines: 3 });
  assertEquals(long, "+ line 0\n+ line 1\n+ line 2\n  … and 17 more lines\n");
});

Deno.test("large texts are compared soon", () => {
  const lines = (seed: number) =>
    Array.from({ length: 8000 }, (_, i) => String((i * seed) % 97)).join("\n");
  const begun = performance.now();
  diffLines(lines(3), lines(5));
  assert(performance.now() - begun < 1000);
});
