/**
 * Who did something, and whether two of them may be the same person. Where it cannot be known, they
 * count as the same: nobody approves their own request under another name.
 *
 * @module
 */

/** A caller, as STS names them. */
export interface Actor {
  /** Policy username. */
  readonly user: string;
  /** ARN of the base credentials, before any role of a profile. */
  readonly arn: string;
}

/**
 * The part of an ARN that its bearer cannot choose. Whoever assumes a role chooses the name of the
 * session, and a federated user is named by whoever federates: all sessions of such a role count as
 * one. Names of IAM Identity Center are the people's own (FACTS §4).
 */
function fixedPart(arn: string): string {
  const chosen =
    /^(arn:[^:]*:sts::\d{12}:(?:assumed-role\/(?!AWSReservedSSO_)[^/]+|federated-user))\//
      .exec(arn);
  return chosen?.[1] ?? arn;
}

/** Whether the two may be one person: by name, or by all of their ARN that cannot be chosen. */
export function mayBeSamePerson(one: Actor, other: Actor): boolean {
  return one.user === other.user || fixedPart(one.arn) === fixedPart(other.arn);
}
