/**
 * Fields as a person reads them: what people wrote never stands where a field's name would.
 *
 * @module
 */
import fc from "fast-check";
import { formatFields } from "../../src/cli/table_layout.ts";
import { printable } from "../../src/text/printable.ts";
import { textWidth } from "../../src/text/text_width.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const INDENTATION = " ".repeat(17);

Deno.test("prose goes on below its beginning, whole, and within the terminal", () => {
  const character = fc.constantFrom(
    ..."ab  \u00a0\u3000\u202e\u0301\n\ud83d".split(""),
    "🔥",
    "日",
  );
  fc.assert(fc.property(
    fc.array(character, { minLength: 1, maxLength: 200 }).map((all) => `x${all.join("")}x`),
    fc.integer({ min: 40, max: 120 }),
    (text, width) => {
      const [first, ...others] = formatFields([["Justification", text, "prose"]], { width })
        .split("\n").slice(0, -1);
      assert(first!.startsWith("Justification    x"));
      for (const line of others) assert(line.startsWith(INDENTATION), JSON.stringify(line));
      for (const line of [first!, ...others]) {
        assert(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
      }
      const shown = [first!, ...others].map((line) => line.slice(INDENTATION.length)).join("");
      assertEquals(shown.replace(/\s/g, ""), printable(text).replace(/\s/g, ""));
    },
  ));
});

Deno.test("lines are broken at their spaces, and what people did not write is not broken", () => {
  const words = "one two three four five six seven";
  const arn = "arn:aws:iam::123456789012:role/a-role-with-a-rather-long-name";
  const fields = [["Reason", words, "prose"], ["Role", arn], ["Gone", null]] as const;
  assertEquals(
    formatFields(fields, { width: 40 }),
    `Reason           one two three four five\n${INDENTATION}six seven\nRole             ${arn}\n`,
  );
  // Escapes are wide: what is left after a space does not always take the next one.
  assertEquals(
    formatFields([["Reason", "x \udd25\udd25\udd25ax", "prose"]], { width: 40 }),
    `Reason           x\n${INDENTATION}\\u{dd25}\\u{dd25}\n${INDENTATION}\\u{dd25}ax\n`,
  );
  assertEquals(formatFields(fields), `Reason           ${words}\nRole             ${arn}\n`);
});
