/**
 * Parts of an ARN, as text.
 *
 * @module
 */

/** Account of a role's ARN: of `arn:aws:iam::123456789012:role/…`, `123456789012`. */
export function accountOf(roleArn: string): string {
  return roleArn.split(":")[4] ?? "";
}
