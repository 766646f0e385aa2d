/**
 * Makes text from outside safe to print: on a terminal, in a log line, in an HTTP body. It must
 * never let a control character, an escape sequence or a direction override through.
 *
 * @module
 */

// C0, DEL, C1, soft hyphen, zero-width and direction controls, line and paragraph separators,
// BOM, interlinear annotations, tags, lone surrogates: they move the cursor, hide or reorder text.
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** `text` with every unprintable character shown as `\u{…}`. Ordinary text is returned as it is. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** `text` made printable, in double quotes, with `"` and `\` escaped. */
export function quote(text: string): string {
  return `"${printable(text.replace(/["\\]/g, "\\$&"))}"`;
}

/** `text` made printable and cut to `length` characters, with an ellipsis where it was cut. */
export function abbreviate(text: string, length: number): string {
  const safe = printable(text);
  return safe.length <= length ? safe : `${safe.slice(0, Math.max(0, length - 1))}…`;
}
