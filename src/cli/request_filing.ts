/**
 * Files an approval request as the policy foresees it: one request for one need, approved by its
 * filing where the policy says so. Nothing that is filed gives access; the gate judges it again.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { judgeRequest } from "../gate/approval_proof.ts";
import { newId } from "../gate/request_id.ts";
import type { CompiledApproval } from "../policy/override_rules.ts";
import { isSameActor } from "../state/actor.ts";
import {
  type ApprovalRequest,
  createApprovedRequest,
  createRequest,
  effectiveRequestStatus,
  MAX_PENDING_SECONDS,
  MAX_REQUEST_SECONDS,
  requestWindowEnd,
} from "../state/approval_request.ts";
import { JUSTIFICATION, type ProseBounds, proseProblem } from "../state/prose.ts";
import { isSameTarget } from "../state/window.ts";
import { MIN_WINDOW_SECONDS } from "../state/window_bounds.ts";
import type { RequestStore } from "../store/override_store.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import { shellWord } from "../text/shell_word.ts";
import type { Announcer } from "./announcer.ts";
import { DEFAULT_REQUEST_TABLE } from "./descriptions/approval_flags.ts";
import type { Subject } from "./policy_question.ts";
import { formatExact } from "./relative_time.ts";

/** What is filed, and where. */
export interface FilingOptions {
  readonly subject: Subject;
  /** The policy's entry for it. */
  readonly entry: CompiledApproval;
  readonly justification: string;
  readonly durationSeconds: number;
  readonly store: RequestStore;
  readonly announcer: Announcer;
}

/** What came of it. */
export interface Filed {
  readonly request: ApprovalRequest;
  /** Whether it is new; else the same was asked for before, and still holds. */
  readonly isNew: boolean;
}

/** Throws `USAGE` when a text has not the length, or the characters, that a record can take. */
export function requireProse(
  text: string,
  { name, bounds }: { readonly name: string; readonly bounds: ProseBounds },
): void {
  const problem = proseProblem(text, bounds);
  if (problem === null) return;
  throw new SentinelError("USAGE", `--${name} ${problem}`, {
    suggestion: `Write one line of ${bounds.min} to ${bounds.max} characters.`,
  });
}

/** Files a request, or finds the one that holds already. Rejects with `SentinelError`. */
export async function fileRequest(options: FilingOptions): Promise<Filed> {
  const { subject, entry, justification, durationSeconds, store, announcer } = options;
  requireProse(justification, { name: "justification", bounds: JUSTIFICATION });
  const known = await findSame(options);
  if (known !== null) return { request: known, isNew: false };
  const requester = { user: subject.user, arn: subject.arn };
  const approvesItself = entry.approvesItself({ requester, at: subject.time, durationSeconds });
  const request = (approvesItself ? createApprovedRequest : createRequest)({
    id: newId(),
    requester,
    profile: subject.profile,
    role: subject.role,
    account: subject.account,
    durationSeconds,
    justification,
    now: subject.time,
  });
  await announcer.during(() => store.create(request));
  const news = { at: subject.time, by: requester, table: store.table, comment: null, request };
  announcer.announce({ ...news, name: "request.created" });
  if (approvesItself) announcer.announce({ ...news, name: "request.approved" });
  return { request, isNew: true };
}

/** A request for exactly this that waits, or gives access for long enough; the newest, or `null`. */
async function findSame(
  { subject, entry, durationSeconds, store }: FilingOptions,
): Promise<ApprovalRequest | null> {
  const since = subject.time - (MAX_PENDING_SECONDS + MAX_REQUEST_SECONDS) * 1000;
  for await (const request of store.listByUser(subject.user, { since })) {
    const isSame = isSameActor(request.requester, subject) && isSameTarget(request, subject) &&
      request.durationSeconds === durationSeconds;
    if (!isSame) continue;
    if (effectiveRequestStatus(request, subject.time) === "pending") return request;
    const leftMs = (requestWindowEnd(request) ?? 0) - subject.time;
    const lifts = judgeRequest(request, { request: subject, entry }).kind === "lifts";
    if (lifts && leftMs >= MIN_WINDOW_SECONDS * 1000) return request;
  }
  return null;
}

/** The command that shows or decides on a request, with its table where it is not the usual one. */
export function requestCommand(
  verb: "approve" | "deny" | "check" | "cancel",
  { id, table }: { readonly id: string; readonly table: string },
): string {
  return `sentinel ${verb} ${id}${requestTableFlag(table)}`;
}

/** How a command names the table, where that is not the usual one. */
export function requestTableFlag(table: string): string {
  return table === DEFAULT_REQUEST_TABLE ? "" : ` --request-table ${shellWord(table)}`;
}

/** What whoever asked is told of a filed request: who decides, and how it goes on. */
export function formatFiled(
  { request, isNew }: Filed,
  { table, entry }: { readonly table: string; readonly entry: CompiledApproval },
): string {
  const { id, profile, durationSeconds, approvedAt, pendingUntil } = request;
  const what = `${formatDuration(durationSeconds)} of profile ${quote(profile)}`;
  const end = requestWindowEnd(request);
  if (approvedAt !== null && end !== null) {
    const how = isNew ? "approved by the policy itself" : "approved already";
    return `Request ${id} for ${what} is ${how}, until ${formatExact(end)}.\n`;
  }
  const { required } = entry.rule;
  const approvers = required === 1 ? "The approver runs" : `${required} approvers run`;
  return `Request ${id} for ${what} ${isNew ? "is filed" : "waits already"}.\n` +
    `${approvers}:  ${requestCommand("approve", { id, table })}\n` +
    `It stays open until ${formatExact(pendingUntil)}.\n`;
}
