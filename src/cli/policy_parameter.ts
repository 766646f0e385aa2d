/**
 * What the commands share that read and write policies in Parameter Store: the parameter as it was
 * named, and its faults in words.
 *
 * @module
 */
import type { ParameterFault } from "../aws/parameter_fault.ts";
import { type ParameterReference, parseParameterSource } from "../aws/parameter_name.ts";
import { SentinelError } from "../errors.ts";
import { sha256Hex } from "../gate/source_identity.ts";
import { quote } from "../text/printable.ts";
import { usageError } from "./usage.ts";

/** The parameter that an argument names. Throws `USAGE`. */
export function requireParameter(
  command: { readonly name: string },
  text: string,
  options?: Parameters<typeof parseParameterSource>[1],
): ParameterReference {
  try {
    return parseParameterSource(text, options);
  } catch (error) {
    if (!(error instanceof SentinelError)) throw error;
    throw usageError(command, error.message, error.suggestion);
  }
}

/** A call of Parameter Store that failed: `action` completes `Cannot … the policy "ssm:/NAME"`. */
export function parameterError(
  action: "read" | "write",
  name: string,
  { kind, reason, suggestion, cause }: ParameterFault,
): SentinelError {
  // What kept it from being asked at all has a code of its own: a sign-in, a broken profile.
  const own = cause instanceof SentinelError ? cause.code : null;
  return new SentinelError(
    own ?? (kind === "refused" ? "AWS_REFUSED" : "AWS_UNAVAILABLE"),
    `Cannot ${action} the policy ${quote(`ssm:${name}`)}: ${reason}`,
    { suggestion, cause },
  );
}

/** The digest of a policy as decision logs have it. */
export async function digestOf(text: string): Promise<string> {
  return `sha256:${await sha256Hex(text)}`;
}
