/**
 * What a stored record may hold, whatever it is a record of: ids, names, free text, moments. Every
 * store gives back exactly what passes here; what does not is never written.
 *
 * @module
 */

/** Longest name (user, profile, server instance) that a record holds, in characters. */
export const MAX_NAME_LENGTH = 512;
/** The moments that `YYYY-MM-DDTHH:MM:SS.sssZ` can express, in milliseconds since the epoch. */
const FIRST_MOMENT = -62_167_219_200_000;
const LAST_MOMENT = 253_402_300_799_999;

/** Whether `text` has the shape of a record's id: 16 lower-case hex digits. */
export function isRecordId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

/** What every store gives back exactly as it took it: SQLite ends text at a NUL. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** Whether a user, profile or server instance can be called `text` in a record. */
export function isRecordName(text: string): boolean {
  return isRecordText(text, { max: MAX_NAME_LENGTH });
}

/** Whether `text` can be kept and has `min` (default 1) to `max` characters (UTF-16 units). */
export function isRecordText(
  text: string,
  { min = 1, max }: { readonly min?: number; readonly max: number },
): boolean {
  return text.length >= min && text.length <= max && isStorable(text);
}

/** Whether a record can hold the moment `time`: within the years 0000–9999. */
export function isRecordMoment(time: number): boolean {
  return time >= FIRST_MOMENT && time <= LAST_MOMENT;
}
