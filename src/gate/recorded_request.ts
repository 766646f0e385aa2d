/**
 * The request behind a record of the decision log, as a policy is asked again. Pure.
 *
 * @module
 */
import type { EvaluationRequest } from "../policy/policy.ts";
import type { DecisionRecord } from "./decision_record.ts";

/** The request that `record` tells of. Its session table is the one that was in effect. */
export function recordedRequest(record: DecisionRecord): EvaluationRequest {
  return {
    user: record.user,
    profile: record.profile,
    time: new Date(record.timestamp),
    mode: record.mode,
    sessionTableName: record.session_table ?? null,
    role: record.role_arn ?? null,
    account: record.account,
    arn: record.arn,
  };
}
