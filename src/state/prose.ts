/**
 * What people may write into a record (justifications, comments, reasons): one line of text, long
 * enough to say something. It must let nothing pass that a terminal, a log or a store would take
 * for more than text.
 *
 * @module
 */
import { isRecordText } from "./record_value.ts";

/** How long a text may be, in characters (code points). */
export interface ProseBounds {
  readonly min: number;
  readonly max: number;
}

/** Why somebody asks for access. */
export const JUSTIFICATION: ProseBounds = { min: 10, max: 500 };
/** Why somebody breaks the glass. */
export const EMERGENCY_JUSTIFICATION: ProseBounds = { min: 20, max: 1000 };
/** What an approver says, or why an event is closed. */
export const COMMENT: ProseBounds = { min: 1, max: 500 };

/** What is wrong with `text`, as the end of a sentence that begins with its name, or `null`. */
export function proseProblem(text: string, { min, max }: ProseBounds): string | null {
  if (!text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    return "has a line break, a control character or half a character";
  }
  // Spaces around it say nothing, so they do not count.
  const length = Array.from(text.trim()).length;
  if (length < min) {
    const least = min === 1 ? "1 character" : `${min} characters`;
    return `is too short: it needs ${least} at least, and has ${length}`;
  }
  if (Array.from(text).length > max) return `is longer than ${max} characters`;
  return isRecordText(text, { max: 2 * max }) ? null : "cannot be kept";
}
