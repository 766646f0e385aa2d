/**
 * What approvals and break-glass events have in common: a target, and a window of time.
 *
 * @module
 */
import { AUDIT_RETENTION_DAYS } from "./session.ts";
import { isRecordName, isRecordText } from "./record_value.ts";

/** How long a record outlives its validity, in seconds. */
export const RETENTION_SECONDS = AUDIT_RETENTION_DAYS * 86_400;

/** Longest ARN of a role, in characters. */
const MAX_ROLE_LENGTH = 2048;

/** Whose credentials are asked for. */
export interface AccessTarget {
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
}

/** Whether the two are one target. */
export function isSameTarget(one: AccessTarget, other: AccessTarget): boolean {
  return one.profile === other.profile && one.role === other.role && one.account === other.account;
}

/** What is wrong with a target that is about to be written, or `null`. */
export function targetProblem({ profile, role, account }: AccessTarget): string | null {
  if (!isRecordName(profile)) return "its profile is no name";
  if (role !== null && !isRecordText(role, { max: MAX_ROLE_LENGTH })) return "its role is no ARN";
  return /^[0-9]{12}$/.test(account) ? null : "its account is not twelve digits";
}
