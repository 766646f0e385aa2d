/**
 * Proves that an answer of STS is for the role and the source identity that were asked for: keys of
 * anybody else are never handed on.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { accountOf } from "../text/arn.ts";
import { quote } from "../text/printable.ts";
import type { AssumedRole } from "./clients.ts";
import { parseCallerArn } from "./identity.ts";

/** Throws when STS answered for another role or another source identity. */
export function refuseStranger(
  { arn, sourceIdentity }: Pick<AssumedRole, "arn" | "sourceIdentity">,
  asked: { readonly roleArn: string; readonly sourceIdentity: string | null },
): void {
  const what = `Cannot use the answer of STS for role ${quote(asked.roleArn)}`;
  if (
    asked.sourceIdentity !== null && sourceIdentity !== null &&
    sourceIdentity !== asked.sourceIdentity
  ) {
    throw new SentinelError(
      "AWS_REFUSED",
      `${what}: its source identity is ${quote(sourceIdentity)}, not the one that was asked for`,
    );
  }
  if (arn === null) return;
  const identity = parseCallerArn(arn);
  const name = asked.roleArn.slice(asked.roleArn.lastIndexOf("/") + 1);
  if (
    identity.kind === "assumed-role" && identity.role === name &&
    identity.account === accountOf(asked.roleArn)
  ) return;
  throw new SentinelError("AWS_UNAVAILABLE", `${what}: it is for ${quote(arn)}`, {
    suggestion: "Check AWS_ENDPOINT_URL: AWS itself does not answer so.",
  });
}
