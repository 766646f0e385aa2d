/**
 * Which roles are of IAM Identity Center: the one rule by which names and people are told apart.
 *
 * @module
 */

// The role that IAM Identity Center makes of a permission set.
const SINGLE_SIGN_ON_ROLE = /^AWSReservedSSO_[\w+=,.@-]{1,32}_[0-9a-f]{16}$/;

/**
 * Whether a role is one of IAM Identity Center: only there the name of a session is the person's.
 * Everywhere else whoever assumes a role chooses it.
 */
export function isSingleSignOnRole(name: string): boolean {
  return SINGLE_SIGN_ON_ROLE.test(name);
}
