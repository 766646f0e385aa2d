/**
 * Brings the policy by which AWS refuses what revoked sessions handed out to where it counts: onto
 * standard output, or into a role. It must never touch another policy of the role, or claim that
 * AWS refuses what it does not.
 *
 * @module
 */
import type { Administration } from "../administration.ts";
import { changeInlinePolicy } from "../aws/inline_policy.ts";
import { SentinelError } from "../errors.ts";
import {
  type Denial,
  DENY_POLICY_NAME,
  denyDocument,
  documentSize,
  INLINE_POLICY_LIMIT,
  isDenied,
  mergeDenials,
  SERVICE_CONTROL_POLICY_LIMIT,
} from "../state/deny_policy.ts";
import { quote } from "../text/printable.ts";
import { formatJson } from "./output.ts";
import type { Terminal } from "./terminal.ts";
import { shown } from "./usage.ts";

/** The name of a role, of `NAME` or of its ARN. */
export interface RoleName {
  readonly name: string;
  /** Account of the ARN; `null` for a bare name. */
  readonly account: string | null;
}

/** Reads the value of `--role`. Throws `USAGE`. */
export function parseRoleName(text: string): RoleName {
  const [, account = null, name] =
    /^(?:arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[!-~]+\/)?)?([\w+=,.@-]{1,64})$/.exec(text) ?? [];
  if (name !== undefined) return { name, account };
  throw new SentinelError("USAGE", `--role is ${shown(text)}, which is not the name of a role`, {
    suggestion: "Give the role's name or its ARN.",
  });
}

/** Prints the policy that denies `denials`. */
export function printDenials(denials: readonly Denial[], terminal: Terminal): void {
  terminal.out(formatJson(denyDocument(denials)));
}

/** Where the policy is applied, and when. */
export interface ApplyOptions {
  readonly role: RoleName;
  readonly administration: Administration;
  /** Milliseconds since the epoch; statements that ended before are removed. */
  readonly now: number;
}

/** Merges the denials into the role's inline policy. Rejects with `SentinelError`. */
export async function applyDenials(
  denials: readonly Denial[],
  { role, administration, now }: ApplyOptions,
): Promise<void> {
  const { account } = await administration.identity();
  if (role.account !== null && role.account !== account) {
    throw new SentinelError(
      "CONFIG_INVALID",
      `Cannot change role ${quote(role.name)}: it belongs to account ${role.account}, ` +
        `and the credentials to ${account}`,
      { suggestion: "Name a profile of that account with --aws-profile." },
    );
  }
  using policies = await administration.openRolePolicies();
  await changeInlinePolicy(policies, { role: role.name, policy: DENY_POLICY_NAME }, {
    isDone: (document) => isDenied(document, denials),
    merge: (document) => {
      const merged = mergeDenials(document, denials, now);
      const size = documentSize(merged);
      if (size <= INLINE_POLICY_LIMIT) return JSON.stringify(merged);
      throw new SentinelError(
        "CONFIG_INVALID",
        `Cannot deny that much in role ${quote(role.name)}: the inline policy ` +
          `${DENY_POLICY_NAME} would have ${size} characters, and IAM allows ${INLINE_POLICY_LIMIT}`,
        { suggestion: "Revoke all sessions of the role in IAM: its console has a button for it." },
      );
    },
  });
}

/** Whether IAM Identity Center made the role: nobody may edit it. */
export function isIdentityCenterRole({ name }: RoleName): boolean {
  return name.startsWith("AWSReservedSSO_");
}

/** What is told of `count` sessions whose credentials look to AWS like any others. */
export function cannotDeny(count: number): SentinelError {
  const which = count === 1 ? "1 session" : `${count} sessions`;
  return new SentinelError(
    "CREDENTIALS_UNSUITABLE",
    `Cannot have AWS refuse the credentials of ${which}: they carry no source identity of sentinel`,
    { suggestion: "Revoke all sessions of the role in IAM: its console has a button for it." },
  );
}

/** What is told instead of applying `denials` to a role that cannot be edited. */
export function cannotEdit({ name }: RoleName, denials: readonly Denial[]): SentinelError {
  const isTooLong = documentSize(denyDocument(denials)) > SERVICE_CONTROL_POLICY_LIMIT;
  return new SentinelError(
    "AWS_REFUSED",
    `Cannot edit role ${quote(name)}: it belongs to IAM Identity Center, so AWS does not refuse ` +
      "its credentials yet",
    {
      suggestion: isTooLong
        ? "Attach the policy above to the account as service control policies, in parts: each may " +
          `have ${SERVICE_CONTROL_POLICY_LIMIT} characters.`
        : "Attach the policy above to the account as a service control policy (SCP).",
    },
  );
}
