/**
 * Who did something, and whether two of them may be the same person. Where it cannot be known, they
 * count as the same: nobody approves their own request under another name.
 *
 * @module
 */
import { isRecordName, isRecordText } from "./record_value.ts";
import { isSingleSignOnRole } from "./single_sign_on_role.ts";

/** A caller, as STS names them. */
export interface Actor {
  /** Policy username. */
  readonly user: string;
  /** ARN of the base credentials, before any role of a profile. */
  readonly arn: string;
}

/** Longest ARN that is kept; those of AWS are shorter. */
const MAX_ARN_LENGTH = 2048;

/**
 * The part of an ARN that its bearer cannot choose. All sessions of a role count as one, and so do
 * all users whom one account federates.
 */
function fixedPart(arn: string): string {
  const [, owner, role] = /^(arn:[^:]*:sts::\d{12}:(?:assumed-role\/([^/]+)|federated-user))\//
    .exec(arn) ?? [];
  if (owner === undefined || role !== undefined && isSingleSignOnRole(role)) return arn;
  return owner;
}

/** Names that differ in nothing but case belong to one person in IAM. */
function isSameText(one: string, other: string): boolean {
  return one === other || one.toLowerCase() === other.toLowerCase();
}

/** Whether the two may be one person: by name, or by all of their ARN that cannot be chosen. */
export function mayBeSamePerson(one: Actor, other: Actor): boolean {
  return isSameText(one.user, other.user) || isSameText(fixedPart(one.arn), fixedPart(other.arn));
}

/** Whether the two are the same caller, by name and whole ARN. */
export function isSameActor(one: Actor, other: Actor): boolean {
  return one.user === other.user && one.arn === other.arn;
}

/** What is wrong with an actor that is about to be written, or `null`. */
export function actorProblem({ user, arn }: Actor): string | null {
  if (!isRecordName(user)) return "its user is no name";
  if (!isRecordText(arn, { max: MAX_ARN_LENGTH })) return "its ARN is no text";
  return null;
}
