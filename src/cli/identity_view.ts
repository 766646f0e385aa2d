/**
 * Who somebody is to the policy, for people and for machines. It reads and decides nothing.
 *
 * @module
 */
import { nameCaller } from "../aws/identity.ts";
import { printable } from "../text/printable.ts";
import type { OutputRow } from "./output.ts";

/** What is shown. */
export interface IdentityView {
  /** ARN of the base credentials. */
  readonly arn: string;
  /** The profile that was looked through, or `null`. */
  readonly profile: string | null;
  /** The role that would be assumed last, or `null` when there is none. */
  readonly role: string | null;
  /** Account of the credentials that would be issued. */
  readonly account: string;
}

/** One object for machines. */
export function identityRow({ arn, profile, role, account }: IdentityView): OutputRow {
  const caller = nameCaller(arn);
  return {
    arn,
    account: caller.account,
    type: caller.type,
    raw_name: caller.rawName,
    policy_username: caller.user,
    // The whole ARN: a `*` for a permission set's suffix would match others that begin alike.
    arn_pattern: arn,
    profile,
    role_arn: role,
    target_account: account,
  };
}

/** The same for people, and what to write into a policy. */
export function formatIdentity(view: IdentityView): string {
  const row = identityRow(view);
  const fields: readonly (readonly [string, string])[] = [
    ["ARN", view.arn],
    ["Account", String(row.account)],
    ["Type", String(row.type)],
    ["Raw name", String(row.raw_name)],
    ["Policy username", String(row.policy_username)],
    ["Would assume", view.role ?? "no role"],
    ["In account", view.account],
  ];
  const lines = fields.map(([name, value]) => `${name.padEnd(16)} ${printable(value)}`);
  return [
    ...lines,
    "",
    "In a policy, by name, in whatever account:",
    `  users: [${JSON.stringify(row.policy_username)}]`,
    "In a policy, in this account only:",
    `  users: [${JSON.stringify(row.arn_pattern)}]`,
    "",
  ].join("\n");
}
