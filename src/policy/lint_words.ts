/**
 * The words in which a linter tells of rules and requests. Printable.
 *
 * @module
 */
import { quote } from "../text/printable.ts";
import type { EvaluationRequest } from "./policy.ts";

/** Most others that one finding names. */
export const MAX_OTHERS = 5;

/** `rule "a"`, or `rules "a", "b" and 3 more`. */
export function nameAll(
  names: readonly string[],
  [one, several]: readonly [one: string, several: string],
): string {
  const named = names.slice(0, MAX_OTHERS).map((name) => quote(name));
  const more = names.length - named.length;
  if (more > 0) return `${several} ${named.join(", ")} and ${more} more`;
  if (named.length === 1) return `${one} ${named[0]}`;
  return `${several} ${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}

/** What tells a request from others, in a line. */
export function describeRequest(request: EvaluationRequest): string {
  const { profile, user, arn, role, account, mode, time } = request;
  const parts = [
    `profile ${quote(profile)}`,
    arn == null ? `for user ${quote(user)}` : `for ${quote(arn)}`,
    ...(role == null ? [] : [`as ${quote(role)}`]),
    ...(account == null ? [] : [`in account ${quote(account)}`]),
    `by ${mode}`,
    `at ${new Date(time instanceof Date ? time : time.epochMilliseconds).toISOString()}`,
  ];
  return parts.join(" ");
}
