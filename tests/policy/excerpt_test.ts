/**
 * Excerpts: the caret stands under the place, whatever the line is made of, and nothing of the
 * document is shown that could move a cursor.
 *
 * @module
 */
import fc from "fast-check";
import { Excerpts } from "../../src/policy/excerpt.ts";
import { textWidth } from "../../src/text/text_width.ts";
import { assert, assertEquals } from "../support/assert.ts";

function excerpt(text: string, line: number, column: number, width = 40): string {
  return new Excerpts(text, { width }).at({ line, column });
}

Deno.test("excerpts: line, gutter and caret", () => {
  assertEquals(excerpt("a: b\nc: d\n", 2, 4), "   2 | c: d\n     |    ^");
  assertEquals(excerpt("a: b", 1, 5), "   1 | a: b\n     |     ^", "behind the end");
  assertEquals(excerpt("", 1, 1), "   1 |\n     | ^");
  assertEquals(excerpt("\ufeffa: b", 1, 1), "   1 | a: b\n     | ^", "a mark is in no column");
});

Deno.test("excerpts: every line break ends a line, and any order of places will do", () => {
  const excerpts = new Excerpts("one\r\ntwo\rthree\nfour", { width: 40 });
  for (const [line, text] of [[1, "one"], [4, "four"], [2, "two"], [3, "three"], [3, "three"]]) {
    assertEquals(
      excerpts.at({ line: line as number, column: 1 }),
      `   ${line} | ${text}\n     | ^`,
    );
  }
  assertEquals(excerpts.at({ line: 9, column: 1 }), "   9 |\n     | ^");
});

Deno.test("excerpts: tabs and wide characters move the caret as far as they move the text", () => {
  assertEquals(excerpt("\t\ta: b", 1, 6), "   1 |   a: b\n     |      ^");
  assertEquals(excerpt("日本: x", 1, 5), "   1 | 日本: x\n     |       ^");
  assertEquals(
    excerpt("👩‍🔧: x", 1, 8),
    "   1 | 👩‍🔧: x\n     |     ^".replace("    ^", `${" ".repeat(textWidth("👩‍🔧") + 2)}^`),
  );
});

Deno.test("excerpts: what cannot be seen is spelt out", () => {
  assertEquals(excerpt("a\x1b[2Jb: c", 1, 7, 60), "   1 | a\\u{1b}[2Jb: c\n     |            ^");
  assertEquals(excerpt("a\u202eb", 1, 3, 60), "   1 | a\\u{202e}b\n     |          ^");
});

Deno.test("excerpts: a long line is cut around the caret", () => {
  const line = `${"a".repeat(100)}X${"b".repeat(100)}`;
  const [shown, caret] = excerpt(line, 1, 101).split("\n");
  assert(textWidth(shown!) <= 40, shown);
  assertEquals(shown!.charAt(caret!.indexOf("^")), "X");
  assertEquals(shown!.match(/…/g)?.length, 2);
  assert(excerpt(line, 1, 1).startsWith("   1 | aaaa"));
  assert(excerpt(line, 1, 201).split("\n")[0]!.endsWith("bbb"));
});

Deno.test("excerpts: for any text and place two short printable lines, the caret in the line", () => {
  const pieces = fc.constantFrom(
    "a",
    "b ",
    "\t",
    "日",
    "é",
    "\x1b[31m",
    "\0",
    "\u202e",
    "👩‍🔧",
    "\ud800",
    "…",
    "\u200b",
  );
  const cases = fc.record({
    parts: fc.array(pieces, { maxLength: 80, size: "max" }),
    at: fc.nat(200),
    width: fc.integer({ min: 10, max: 100 }),
  });
  fc.assert(
    fc.property(cases, ({ parts, at, width }) => {
      const text = parts.join("");
      const lines = excerpt(text, 1, Math.min(at, text.length) + 1, width).split("\n");
      assertEquals(lines.length, 2);
      const most = Math.max(width, 27);
      for (const line of lines) {
        assert(/^[^\p{Cc}\p{Cs}\u202e]*$/u.test(line), JSON.stringify(line));
        assert(textWidth(line) <= most + 1, `${textWidth(line)} > ${most}: ${line}`);
      }
    }),
    { seed: 20260131, numRuns: 500 },
  );
});

Deno.test("excerpts: a thousand places in one line of ten million characters", () => {
  const text = "a: [b], ".repeat(1_250_000);
  const excerpts = new Excerpts(text, { width: 80 });
  const started = performance.now();
  for (let at = 0; at < 1000; at++) excerpts.at({ line: 1, column: at * 9000 + 1 });
  assert(performance.now() - started < 2000);
});
