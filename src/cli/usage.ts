/**
 * How a wrong command line is told: what is wrong, and where the command explains itself.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";

/** A usage error that points to the command's own help unless it knows better. */
export function usageError(
  command: { readonly name: string },
  message: string,
  suggestion = `See: sentinel ${command.name} --help`,
): SentinelError {
  return new SentinelError("USAGE", message, { suggestion });
}

/** What a person typed, quoted, printable and not longer than a line. */
export function shown(text: string): string {
  return quote(text.length <= 60 ? text : `${text.slice(0, 59)}…`);
}
