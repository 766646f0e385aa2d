/**
 * `sentinel policy explain`: the verdict on one request, and why. It reads a document and asks
 * nothing of AWS.
 *
 * @module
 */
import { assertNever } from "../../errors.ts";
import { explain } from "../../policy/explanation.ts";
import type { EvaluationRequest } from "../../policy/policy.ts";
import { accountOf } from "../../text/arn.ts";
import type { Invocation } from "../command.ts";
import { description, type POLICY_EXPLAIN_FLAGS } from "../descriptions/policy_explain.ts";
import { explanationDocument, formatExplanation } from "../explanation_view.ts";
import type { Host } from "../host.ts";
import { possibleLift } from "../lift_view.ts";
import { readMoment } from "../moment_flag.ts";
import { formatJson } from "../output.ts";
import { loadPolicyDocument } from "../policy_document.ts";
import { shown, usageError } from "../usage.ts";

type Flags = Invocation<typeof POLICY_EXPLAIN_FLAGS>["flags"];

/** Runs the command. */
export async function run(
  { flags, operands }: Invocation<typeof POLICY_EXPLAIN_FLAGS>,
  host: Host,
): Promise<number> {
  const request = requestOf(flags);
  const policy = await loadPolicyDocument(operands[0]!, host);
  const explanation = explain(policy, request);
  const lift = possibleLift(policy, explanation.verdict, request);
  switch (flags.output) {
    case "human":
      host.terminal.out(formatExplanation(explanation, lift));
      return 0;
    case "json":
      host.terminal.out(formatJson(explanationDocument(explanation, lift)));
      return 0;
    default:
      return assertNever(flags.output);
  }
}

/** The request that the flags describe. Throws `USAGE`. */
function requestOf(flags: Flags): EvaluationRequest {
  const { user, profile, mode, role, account, arn } = flags;
  if (account !== null && !/^[0-9]{12}$/.test(account)) {
    throw usageError(description, `--account is ${shown(account)}, which has not twelve digits`);
  }
  return {
    user,
    profile,
    mode,
    time: readMoment(description, flags.at),
    role,
    // As the gate has it: a role that would be assumed names the account of the credentials.
    account: account ?? (role === null ? null : accountOf(role) || null),
    arn,
    sessionTableName: mode === "server" ? flags.sessionTable : null,
  };
}
