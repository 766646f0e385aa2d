/**
 * A word of a command that a person is told to type. It must be safe to copy: a shell reads the word
 * and nothing more, and nothing in it is unprintable.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** `text` as it is typed: in single quotes where a shell would read more into it. */
export function shellWord(text: string): string {
  const safe = printable(text);
  // At the beginning a tilde is somebody's home directory.
  return /^(?!~)[\w@%+=:,.\/~-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}
