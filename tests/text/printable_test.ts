import fc from "fast-check";
import { abbreviate, escapeUnprintable, printable, quote } from "../../src/text/printable.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const ORDINARY = [
  "",
  "plain ASCII: ~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./",
  "Jürgen Müller, Łódź, Ñandú, İstanbul, ǅ",
  "10 000 € · 50 %", // no-break and narrow no-break spaces, as French has them
  "Ελληνικά, Русский, Հայերեն, ქართული",
  "日本語、中文、한국어",
  "葛󠄀城市", // an ideograph with its variant
  "עברית, العربية, ٪٣",
  "می‌خواهم", // Persian, with a zero-width non-joiner
  "ශ්‍රී ලංකාව, क्‍ष, বাংলা", // with zero-width joiners
  "ᠮᠣᠩᠭᠣᠯ ᠠ᠋", // Mongolian, with a variant of a letter
  "ไทย, ខ្មែរ, မြန်မာ, ትግርኛ",
  "é (e and an accent), ậ",
  "🙂 ❤️ ☎︎ © ™️ 1️⃣ #️⃣ 🇩🇪 👍🏽",
  "👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🏴‍☠️ 👁️‍🗨️ 🕵🏽‍♂️ 🧑‍🦰",
  "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
  "\ufffd", // the replacement character is a sign like any other
];

Deno.test("printable() leaves the ordinary text of every language alone", () => {
  for (const text of ORDINARY) assertEquals(printable(text), text);
});

const UNSAFE: readonly (readonly [string, string])[] = [
  ["\x00", "\\u{0}"],
  ["a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"],
  ["\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"],
  ["\x7f", "\\u{7f}"],
  ["\x85 \x9b31m", "\\u{85} \\u{9b}31m"], // C1: a CSI in one character
  ["\u202eevil\u202c", "\\u{202e}evil\\u{202c}"],
  ["\u2066a\u2069", "\\u{2066}a\\u{2069}"],
  ["\u200e\u200f\u061c", "\\u{200e}\\u{200f}\\u{61c}"],
  ["line\u2028para\u2029", "line\\u{2028}para\\u{2029}"],
  ["ad\u200dmin", "ad\\u{200d}min"], // a joiner hides between letters that do not join
  ["ad\u200cmin\u200b", "ad\\u{200c}min\\u{200b}"],
  ["a\u00adb\ufeffc\u2060d\u034fe", "a\\u{ad}b\\u{feff}c\\u{2060}d\\u{34f}e"],
  ["\u3164\u115f\u1160\uffa0\u180e", "\\u{3164}\\u{115f}\\u{1160}\\u{ffa0}\\u{180e}"],
  ["x\ufe0f\u{e0100}", "x\\u{fe0f}\\u{e0100}"], // selectors with nothing to select
  ["❤️\ufe0f", "❤️\\u{fe0f}"], // one belongs to the heart, a second hides something
  ["日\u{e0100}\u{e0101}", "日\u{e0100}\\u{e0101}"],
  ["می\u200c\u200c", "می\u200c\\u{200c}"],
  ["\u061c\u200d\u180e\u180b", "\\u{61c}\\u{200d}\\u{180e}\\u{180b}"], // marks count to a script too
  ["क\ufe0f\u034f\u200d", "क\\u{fe0f}\\u{34f}\\u{200d}"], // selectors are marks too
  ["🙂\u200dx", "🙂\\u{200d}x"],
  ["\u{e0041}\u{e0042}", "\\u{e0041}\\u{e0042}"], // text hidden in tags
  ["🏴\u{e0067}\u{e0062}\u{e0078}\u{e0078}\u{e0078}\u{e007f}".slice(0, 4), "🏴\\u{e0067}"],
  ["\ud800", "\\u{d800}"],
  ["\udc00\ud83d", "\\u{dc00}\\u{d83d}"],
  ["\ufff9a\ufffab\ufffb", "\\u{fff9}a\\u{fffa}b\\u{fffb}"],
  ["\uffff\u{1fffe}", "\\u{ffff}\\u{1fffe}"],
];

Deno.test("printable() shows what moves the cursor, hides or reorders text", () => {
  for (const [text, shown] of UNSAFE) assertEquals(printable(text), shown);
});

/** Text with far more trouble in it than chance would bring. */
const awkward = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(
    fc.oneof(
      fc.constantFrom(...ORDINARY, ...UNSAFE.map(([text]) => text)),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom('"', "\\", "\\u{1b}", "\u200d", "\ufe0f"),
    ),
    { maxLength: 12 },
  ).map((parts) => parts.join("")),
);

/** Without regard to spelling, so that it does not share the mistakes of the code. */
function movesOrBreaks(text: string): boolean {
  return Array.from(text).some((character) => {
    const code = character.codePointAt(0)!;
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0xd800 && code <= 0xdfff) ||
      code === 0x61c || (code >= 0x200e && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0xfeff;
  });
}

Deno.test("printable() of any text moves no cursor, is well formed and stays as it is", () => {
  fc.assert(
    fc.property(awkward, (text) => {
      const safe = printable(text);
      assert(!movesOrBreaks(safe), safe);
      assert(safe.isWellFormed());
      assertEquals(printable(safe), safe);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("quote() gives every text its own, one-line, quoted form", () => {
  assertEquals(quote('a "b" \\ c\n'), String.raw`"a \"b\" \\ c\u{a}"`);
  assertEquals(quote("\\u{a}"), String.raw`"\\u{a}"`);
  const unquote = (quoted: string) =>
    quoted.slice(1, -1).replace(
      /\\(?:u\{([0-9a-f]+)\}|(["\\]))/g,
      (_, code, character) => character ?? fromCode(parseInt(code, 16)),
    );
  const fromCode = (code: number) =>
    code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code);
  fc.assert(
    fc.property(awkward, (text) => {
      const quoted = quote(text);
      assert(quoted.startsWith('"') && quoted.endsWith('"') && !movesOrBreaks(quoted));
      assertEquals(unquote(quoted), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("abbreviate() cuts to length, never through a character or an escape", () => {
  assertEquals(abbreviate("short", 5), "short");
  assertEquals(abbreviate("longer", 5), "long…");
  assertEquals(abbreviate("\x1b\x1b\x1b", 14), "\\u{1b}\\u{1b}…");
  assertEquals(abbreviate("👨‍👩‍👧👨‍👩‍👧", 12), "👨‍👩‍👧…");
  assertEquals(abbreviate("🙂🙂🙂", 4), "🙂…");
  fc.assert(
    fc.property(awkward, fc.integer({ min: 1, max: 40 }), (text, length) => {
      const cut = abbreviate(text, length);
      assert(cut.length <= length, `${cut.length} > ${length}`);
      assertEquals(printable(cut), cut);
      const safe = printable(text);
      if (safe.length <= length) assertEquals(cut, safe);
      else assert(cut.endsWith("…") && safe.startsWith(cut.slice(0, -1)), cut);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("escapeUnprintable() leaves the choice of the escape to its caller", () => {
  assertEquals(
    escapeUnprintable("a\x1b❤️\u{e0041}", (character) => `<${character.length}>`),
    "a<1>❤️<2>",
  );
});

Deno.test("printable() takes long hostile text in its stride", () => {
  const started = performance.now();
  for (
    const unit of ["🙂\u200d", "\u0915\u094d", "\u0915\u0300\u0300\u0300\u0300", "\u200d", "\ud83d"]
  ) {
    printable(unit.repeat(200_000 / unit.length) + "\x1b");
  }
  assert(performance.now() - started < 3000);
});
