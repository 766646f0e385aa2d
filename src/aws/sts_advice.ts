/**
 * Advice on failed calls of STS that takes more than a sentence: permissions, lives, clocks.
 *
 * @module
 */
import { formatDuration } from "../text/duration.ts";
import { printable, quote } from "../text/printable.ts";
import type { Explanation, StsCall, StsFault, StsFaultCaller } from "./sts_fault.ts";

/** Services tolerate five to fifteen minutes. */
export const SKEW_LIMIT_SECONDS = 300;

/** A signature that AWS takes for too old or too new. */
export function explainClock({ code, skewSeconds }: StsFault): Omit<Explanation, "code"> {
  const seconds = Math.abs(skewSeconds ?? 0);
  const minutes = formatDuration(Math.round(seconds / 60) * 60);
  const difference = seconds > SKEW_LIMIT_SECONDS
    ? `this machine's clock is ${minutes} ${skewSeconds! > 0 ? "behind" : "ahead"}`
    : "this machine's clock differs from AWS's";
  return {
    reason: `${difference} (${printable(code)})`,
    suggestion: "Set the clock: AWS tolerates a few minutes only.",
  };
}

/** A life that STS does not give: the longest it gives, and what to change. */
export function explainDuration({ text }: StsFault, call: StsCall): Omit<Explanation, "code"> {
  const seconds = "durationSeconds" in call ? call.durationSeconds : 0;
  const reason = `${formatDuration(seconds)} is not a life that AWS allows here: ${text}`;
  if (!("roleArn" in call)) {
    return { reason, suggestion: "Ask for 15m to 36h with --duration." };
  }
  if (/chaining/i.test(text)) {
    return {
      reason,
      suggestion:
        "The maximum is 1h for a role assumed from another one: ask for no more (--duration 1h).",
    };
  }
  const name = call.roleArn.slice(call.roleArn.lastIndexOf("/") + 1);
  return {
    reason,
    suggestion:
      `Every role allows 1h: ask for no more (--duration 1h), or raise the role's maximum: aws iam update-role --role-name ${name} --max-session-duration ${seconds}`,
  };
}

/** What must be allowed, and where. */
export function adviseAccess(call: StsCall, caller: StsFaultCaller, { text }: StsFault): string {
  if ("mfa" in call && call.mfa && /multi-?factor/i.test(text)) {
    return `Give the code that the device ${quote(call.mfa.serial)} shows now, each code once; ` +
      "mfa_serial must be a device of the user whose keys these are.";
  }
  if (call.action === "AssumeRoleWithWebIdentity") {
    return `Allow sts:AssumeRoleWithWebIdentity to the token's issuer in the trust policy of ${call.roleArn}, for its subject and audience.`;
  }
  if (call.action !== "AssumeRole") return `Check what the keys of ${caller.name} may do.`;
  const Action = [
    "sts:AssumeRole",
    ...call.sourceIdentity === null ? [] : ["sts:SetSourceIdentity"],
  ];
  const own = { Effect: "Allow", Action, Resource: call.roleArn };
  const principal = caller.roleArn ?? principalOf(text) ?? "arn:aws:iam::ACCOUNT:user/CALLER";
  const trust = { Effect: "Allow", Principal: { AWS: principal }, Action };
  return [
    `Allow it twice. In the policy of the caller (${caller.name}): ${JSON.stringify(own)}`,
    `In the trust policy of the role: ${JSON.stringify(trust)}`,
    ...call.externalId === null ? [] : ["Its sts:ExternalId condition must match external_id."],
  ].join(" ");
}

/** The user or role that a refusal names: `User: ARN is not authorized to perform: …`. */
function principalOf(text: string): string | null {
  const arn = /\bUser: (arn:[\w:\/+=,.@-]+) is not authorized/.exec(text)?.[1] ?? null;
  const session = arn === null
    ? null
    : /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn);
  return session === null ? arn : `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`;
}
