/**
 * The approval request as the attributes of its table. Writing is strict; reading passes over
 * attributes that it does not know, but never takes one of its own for something it is not.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { ApprovalRequest, RequestStatus } from "../state/approval_request.ts";
import { OVERRIDE_RETENTION_DAYS, requestProblem } from "../state/override_record.ts";
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
  const { requester, approvedAt, pendingUntil, durationSeconds } = request;
  const moment = (time: number) => formatRecordMoment(time, REQUEST_TABLE);
  return {
    id: request.id,
    user: requester.user,
    arn: requester.arn,
    profile: request.profile,
    role_arn: request.role,
    account: request.account,
    justification: request.justification,
    duration_seconds: durationSeconds,
    status: request.status,
    created_at: moment(request.createdAt),
    updated_at: moment(request.updatedAt),
    pending_until: moment(pendingUntil),
    approved_at: approvedAt === null ? null : moment(approvedAt),
    decisions: formatDecisions(request.decisions),
    // The last moment at which it could lift anything, and the retention: no change moves it.
    ttl: Math.floor(pendingUntil / 1000) + durationSeconds + OVERRIDE_RETENTION_DAYS * 86_400,
  };
}

function readRequest(found: FoundAttributes): ApprovalRequest {
  const { actor: requester, ...scope } = readScopeAttributes(found, REQUEST_TABLE);
  const { id } = scope;
  const no = (what: string) => unreadable(REQUEST_TABLE, id, what);
  const pendingUntil = readMoment(found["pending_until"]);
  if (pendingUntil === null) throw no("its pending_until is not a time");
  const approvedAt = readMoment(found["approved_at"]);
  if (approvedAt === null && (found["approved_at"] ?? null) !== null) {
    throw no("its approved_at is not a time");
  }
  const decisions = readDecisions(found["decisions"]);
  if (decisions === null) throw no("its decisions are not in their canonical form");
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
