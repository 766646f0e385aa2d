import fc from "fast-check";
import { formatCsv, formatJson } from "../../src/cli/output.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** Reads CSV by RFC 4180. */
function parseCsv(text: string): string[][] {
  return text.split("\r\n").slice(0, -1).map((line) =>
    [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^",]*)),/g)]
      .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "")
  );
}

Deno.test("formatCsv(): no cell becomes a formula, and none moves a cursor", () => {
  const hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'];
  const rows = hostile.map((user) => ({ user }));
  for (const [cell] of parseCsv(formatCsv(["user"], rows)).slice(1)) {
    assertEquals(cell?.[0], "'");
  }
  assertEquals(
    formatCsv(["a", "b", "c"], [
      { a: 'say "hi"', b: "x,y", c: null },
      { a: "two\nlines", b: -1, c: "\x1b[31m" },
      { a: " blank ", b: "plain", c: "\u202etxt" },
    ]),
    'a,b,c\r\n"say ""hi""","x,y",\r\ntwo\\u{a}lines,-1,\\u{1b}[31m\r\n" blank ",plain,\\u{202e}txt\r\n',
  );
});

Deno.test("formatCsv() has the same number of cells in every row, whatever they hold", () => {
  const cell = fc.option(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"', ",", "\r\n")),
    {
      nil: null,
    },
  );
  fc.assert(fc.property(fc.array(fc.record({ a: cell, b: cell, c: cell })), (rows) => {
    const parsed = parseCsv(formatCsv(["a", "b", "c"], rows));
    assertEquals(parsed.length, rows.length + 1);
    for (const row of parsed) assertEquals(row.length, 3);
  }));
});

Deno.test("formatJson() is read back as it was, and shows no control character", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
    const text = formatJson(value);
    assertEquals(JSON.stringify(JSON.parse(text)), JSON.stringify(value));
    // deno-lint-ignore no-control-regex
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text));
  }));
});
