/**
 * Makes text from outside safe to print: on a terminal, in a log line, in an HTTP body. It must
 * never let a control character, an escape sequence or a direction override through, and it
 * leaves the ordinary text of every language alone, emoji included.
 *
 * @module
 */

const PLAIN = /^[ -~]*$/;

// Controls, lone surrogates, line and paragraph separators, all that is not drawn (zero-width and
// direction controls, tags, selectors, fillers: "default ignorable"), interlinear annotations and
// noncharacters: they move the cursor, hide text or reorder it.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\p{NChar}\u{fff9}-\u{fffb}]/u;

/** The places where undrawn characters are spelling: what they hold is printed as it is. */
function spelling(): string {
  // A joiner after one of their letters chooses the form of the letter.
  const joined = [
    ...["Arabic", "Bengali", "Devanagari", "Gujarati", "Gurmukhi", "Kannada", "Khmer"],
    ...["Malayalam", "Mongolian", "Myanmar", "Oriya", "Sinhala", "Syriac", "Tamil", "Telugu"],
  ].map((script) => `\\p{Script=${script}}`).join("");
  return [
    // The flags of England, Scotland and Wales, which are written in tags.
    /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/u,
    // An emoji with its presentation or colour of skin, and those joined to it; a keycap.
    /\p{ExtPict}[\ufe0e\ufe0f\p{EMod}]?(?:\u200d\p{ExtPict}[\ufe0f\p{EMod}]?)*/u,
    /[#*0-9]\ufe0f\u20e3/u,
    // The variant of an ideograph (Japanese names have them) or of a Mongolian letter.
    /(?=\p{L})\p{Script=Han}[\u{e0100}-\u{e01ef}]/u,
    /(?=\p{L})\p{Script=Mongolian}[\u180b-\u180d\u180f]/u,
    new RegExp(`(?=[\\p{L}\\p{M}])[${joined}](?:(?!\\p{DI})\\p{M}){0,3}[\u200c\u200d]`, "u"),
  ].map((pattern) => pattern.source).join("|");
}

/** Compiled when first needed: nearly every text is plain, and every start would pay for them. */
let patterns: { readonly unprintable: RegExp; readonly character: RegExp } | null = null;

function compilePatterns() {
  const spelt = spelling();
  return {
    /** A spelling (its first group) or something unprintable. */
    unprintable: new RegExp(`(${spelt})|${UNPRINTABLE.source}`, "gu"),
    /** A spelling or any character. */
    character: new RegExp(`${spelt}|[^]`, "gu"),
  };
}

/**
 * `text` with every unprintable character replaced by what `escape` makes of it. Ordinary text is
 * returned as it is.
 */
export function escapeUnprintable(text: string, escape: (character: string) => string): string {
  if (PLAIN.test(text) || !UNPRINTABLE.test(text)) return text;
  patterns ??= compilePatterns();
  return text.replace(
    patterns.unprintable,
    (found, spelt: string | undefined) => spelt ?? escape(found),
  );
}

/** `text` with every unprintable character shown as `\u{…}`. Ordinary text is returned as it is. */
export function printable(text: string): string {
  return escapeUnprintable(
    text,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A JSON text that shows as it is when printed and reads back the same: JSON's own escape is used. */
export function printableJson(json: string): string {
  return escapeUnprintable(json, escapeUnits);
}

/** `\uXXXX` for each UTF-16 unit: the only escape that JSON has. */
function escapeUnits(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}

/** `text` made printable, in double quotes, with `"` and `\` escaped: no two texts give the same. */
export function quote(text: string): string {
  return `"${printable(text.replace(/["\\]/g, "\\$&"))}"`;
}

/**
 * What is drawn of `text`, piece by piece: each character, or spelling of several, made printable,
 * with its offset in UTF-16 units.
 */
export function* printablePieces(
  text: string,
): Generator<{ readonly offset: number; readonly shown: string }> {
  patterns ??= compilePatterns();
  for (const { 0: character, index } of text.matchAll(patterns.character)) {
    yield { offset: index, shown: printable(character) };
  }
}

/**
 * `text` made printable and cut to `length` UTF-16 units, the ellipsis included where it was cut.
 * Neither a character nor an escape is cut in two.
 */
export function abbreviate(text: string, length: number): string {
  const safe = printable(text);
  if (safe.length <= length) return safe;
  let kept = "";
  for (const { shown } of printablePieces(text)) {
    const next = kept + shown;
    if (next.length >= length) break;
    kept = next;
  }
  return `${kept}…`;
}
