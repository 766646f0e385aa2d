/**
 * The approval request as the attributes of its table. Writing is strict; reading passes over
 * attributes that it does not know, but never takes one of its own for something it is not.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import {
  type ApprovalRequest,
  requestProblem,
  type RequestStatus,
  requestTtlSeconds,
} from "../state/approval_request.ts";
import { formatDecisions, readDecisions } from "./decision_text.ts";
import { formatRecordMoment, type FoundAttributes, readMoment } from "./record_attributes.ts";
import type { RecordFormat } from "./record_format.ts";
import { readScopeAttributes, unreadable } from "./override_attributes.ts";
import { REQUEST_TABLE } from "./table_kind.ts";

/** {@linkcode ApprovalRequest} in a table. */
export const REQUEST_FORMAT: RecordFormat<ApprovalRequest> = {
  kind: REQUEST_TABLE,
  changing: ["status", "approved_at", "decisions", "updated_at"],
  compared: ["decisions"],
  final: ["denied", "cancelled", "ended"],
  write: writeRequest,
  read: readRequest,
};

function writeRequest(request: ApprovalRequest) {
  const problem = requestProblem(request);
  if (problem !== null) {
    throw new SentinelError(
      REQUEST_TABLE.recordInvalid,
      `Cannot write a request record: ${problem}`,
    );
  }
  const { requester, createdAt, approvedAt, decisions } = request;
  const moment = (time: number) => formatRecordMoment(time, REQUEST_TABLE);
  return {
    id: request.id,
    user: requester.user,
    arn: requester.arn,
    profile: request.profile,
    role_arn: request.role,
    account: request.account,
    justification: request.justification,
    duration_seconds: request.durationSeconds,
    status: request.status,
    created_at: moment(createdAt),
    updated_at: moment(request.updatedAt),
    pending_until: moment(request.pendingUntil),
    // What approved itself was approved when it was filed: whoever files never writes approved_at.
    approved_at: approvedAt === null || (approvedAt === createdAt && decisions.length === 0)
      ? null
      : moment(approvedAt),
    decisions: formatDecisions(decisions),
    ttl: requestTtlSeconds(request),
  };
}

function readRequest(found: FoundAttributes): ApprovalRequest {
  const { actor: requester, ...scope } = readScopeAttributes(found, REQUEST_TABLE);
  const { id } = scope;
  const no = (what: string) => unreadable(REQUEST_TABLE, id, what);
  const pendingUntil = readMoment(found["pending_until"]);
  if (pendingUntil === null) throw no("its pending_until is not a time");
  const decisions = readDecisions(found["decisions"]);
  if (decisions === null) throw no("its decisions are not in their canonical form");
  const isApproved = ["approved", "ended"].includes(scope.status);
  const hasMoment = (found["approved_at"] ?? null) !== null;
  const approvedAt = isApproved && !hasMoment && decisions.length === 0
    ? scope.createdAt
    : readMoment(found["approved_at"]);
  if (approvedAt === null && hasMoment) throw no("its approved_at is not a time");
  const request = {
    ...scope,
    requester,
    status: scope.status as RequestStatus,
    pendingUntil,
    approvedAt,
    decisions,
  };
  const problem = requestProblem(request);
  if (problem !== null) throw no(problem);
  return request;
}
