/**
 * What `sentinel approve` and `sentinel deny` share: who may decide is what the policy in force says,
 * what is decided on is what was shown, and of two decisions at once only one counts.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { SentinelError } from "../errors.ts";
import type { LoadedPolicy } from "../gate/ports.ts";
import type { CompiledApproval } from "../policy/override_rules.ts";
import { type Actor, mayBeSamePerson } from "../state/actor.ts";
import {
  type ApprovalRequest,
  effectiveRequestStatus,
  requestWindowEnd,
  scopeOf,
} from "../state/approval_request.ts";
import { COMMENT } from "../state/prose.ts";
import {
  approvalProgress,
  approveRequest,
  denyRequest,
  endRequest,
  type Transition,
} from "../state/request_transition.ts";
import type { RequestStore } from "../store/override_store.ts";
import { formatDuration } from "../text/duration.ts";
import { quote } from "../text/printable.ts";
import { openAnnouncer } from "./announcer.ts";
import { formatRequest, REQUEST_COLUMNS, requestDetail, requestRow } from "./approval_view.ts";
import type { Invocation } from "./command.ts";
import type { DECISION_FLAGS } from "./descriptions/approve.ts";
import type { Host } from "./host.ts";
import { openDecider, requireRecordId } from "./override_access.ts";
import { confirm } from "./prompt.ts";
import { changeRecord } from "./record_change.ts";
import { print } from "./record_output.ts";
import { formatExact } from "./relative_time.ts";
import { requestCommand, requestTableFlag, requireProse } from "./request_filing.ts";

/** The two decisions. */
export type Verb = "approve" | "deny";

/** Runs `sentinel approve` or `sentinel deny`. */
export async function runDecision(
  { flags, operands }: Invocation<typeof DECISION_FLAGS>,
  { verb, host }: { readonly verb: Verb; readonly host: Host },
): Promise<number> {
  const id = requireRecordId({ name: verb }, operands[0]!);
  const { comment, requestTable: table, output, yes } = flags;
  if (comment !== null) requireProse(comment, { name: "comment", bounds: COMMENT });
  await using announcer = openAnnouncer(flags, host);
  const access = openDecider(flags, host);
  await using store = await access.openRequests(table);
  const request = await findRequest(store, id);
  const policy = await access.loadPolicy(flags.policy);
  const by = await access.identity();
  const entry = authorityOf(by, { request, policy, verb, table });
  const change = (record: ApprovalRequest) =>
    decisionOf(record, { verb, by, comment, entry, now: systemClock.now() });
  // What cannot be decided need not be asked.
  if (!yes && change(request).kind === "changed" && !await isWanted(request, { verb, host })) {
    host.terminal.err("Nothing was decided.\n");
    return 0;
  }
  const decided = await announcer.during(() =>
    changeRecord(request, {
      action: `${verb} request ${id}`,
      seeAlso: requestCommand("check", { id, table }),
      change,
      shown: askedFor,
      replace: (from, to) => store.replace(from, to),
    })
  );
  const at = decided.updatedAt;
  announcer.announce({ name: newsOf(decided), at, by, table, comment, request: decided });
  const now = systemClock.now();
  print(
    {
      human: () => formatDecided(decided, { entry, table }),
      json: () => requestDetail(decided, now),
      columns: REQUEST_COLUMNS,
      rows: () => [requestRow(decided, now)],
    },
    { output, terminal: host.terminal },
  );
  return 0;
}

/** Shows the request and asks. */
async function isWanted(
  request: ApprovalRequest,
  { verb, host }: { readonly verb: Verb; readonly host: Host },
): Promise<boolean> {
  // What is decided on is read by a person: what they are shown fits their terminal.
  const view = { now: systemClock.now(), exact: false, width: host.terminal.columns };
  host.terminal.err(`${formatRequest(request, view)}\n`);
  const question = questionOf(request, verb);
  return await confirm(host, { question, suggestion: "Add --yes to do it without being asked." });
}

/** The request of this id. Throws `OVERRIDE_NOT_FOUND`. */
export async function findRequest(store: RequestStore, id: string): Promise<ApprovalRequest> {
  const request = await store.get(id);
  if (request !== null) return request;
  throw new SentinelError(
    "OVERRIDE_NOT_FOUND",
    `There is no request ${id} in request table ${quote(store.table)}`,
    { suggestion: `List what there is: sentinel list${requestTableFlag(store.table)}` },
  );
}

/** All that a person decides on; the rest of a record tells what became of it. */
export function askedFor(request: ApprovalRequest) {
  const { id, justification, createdAt, pendingUntil } = request;
  return { ...scopeOf(request), id, justification, createdAt, pendingUntil };
}

/** The entry by which `by` decides. Throws `OVERRIDE_REFUSED` where they may not. */
function authorityOf(
  by: Actor,
  { request, policy, verb, table }: {
    readonly request: ApprovalRequest;
    readonly policy: LoadedPolicy;
    readonly verb: Verb;
    readonly table: string;
  },
): CompiledApproval {
  const { id, profile, requester } = request;
  const refuse = (reason: string, suggestion: string) =>
    new SentinelError("OVERRIDE_REFUSED", `Cannot ${verb} request ${id}: ${reason}`, {
      suggestion,
    });
  if (mayBeSamePerson(by, requester)) {
    throw refuse(
      `you (${quote(by.user)}), or somebody who may be you, filed it`,
      `Another approver decides. Withdraw it: ${requestCommand("cancel", { id, table })}`,
    );
  }
  const entry = policy.overrides.approvalFor(request);
  if (entry === null) {
    throw refuse(
      `no entry under approvals of policy ${quote(policy.source)} covers profile ${quote(profile)}`,
      "Ask whoever keeps the policy.",
    );
  }
  if (entry.isApprover(by)) return entry;
  throw refuse(
    `the policy's entry ${quote(entry.rule.name)} does not name you (${
      quote(by.user)
    }) as approver`,
    "Use the credentials of an approver: --aws-profile NAME",
  );
}

function decisionOf(
  request: ApprovalRequest,
  { verb, by, comment, entry, now }: {
    readonly verb: Verb;
    readonly by: Actor;
    readonly comment: string | null;
    readonly entry: CompiledApproval;
    readonly now: number;
  },
): Transition<ApprovalRequest> {
  if (verb === "approve") {
    return approveRequest(request, { by, comment, now, ...demandOf(entry) });
  }
  const isApproved = effectiveRequestStatus(request, now) === "approved";
  return (isApproved ? endRequest : denyRequest)(request, { by, comment, now });
}

function demandOf(entry: CompiledApproval) {
  return {
    required: entry.rule.required,
    isApprover: (actor: Actor) => entry.isApprover(actor),
  };
}

function questionOf({ requester, profile, durationSeconds, status }: ApprovalRequest, verb: Verb) {
  const access = `${formatDuration(durationSeconds)} of profile ${quote(profile)}`;
  if (verb === "approve") return `Give ${quote(requester.user)} ${access}?`;
  return status === "approved"
    ? `End this access of ${quote(requester.user)} to profile ${quote(profile)}?`
    : `Deny ${quote(requester.user)} ${access}?`;
}

/** What a decision made of a request. */
function newsOf({ status }: ApprovalRequest) {
  switch (status) {
    case "pending":
      return "request.endorsed";
    case "approved":
    case "denied":
    case "cancelled":
    case "ended":
      return `request.${status}` as const;
    default:
      return status satisfies never;
  }
}

function formatDecided(
  request: ApprovalRequest,
  { entry, table }: { readonly entry: CompiledApproval; readonly table: string },
): string {
  const { id, status, profile } = request;
  const user = quote(request.requester.user);
  const end = requestWindowEnd(request);
  if (status === "approved" && end !== null) {
    return `Request ${id} is approved: ${user} has profile ${quote(profile)} until ${
      formatExact(end)
    }.\n`;
  }
  if (status !== "pending") return `Request ${id} of ${user} is ${status}.\n`;
  const { required } = entry.rule;
  const { approvers } = approvalProgress(request, demandOf(entry));
  return `Your approval of request ${id} counts: ${approvers.length} of ${required}.\n` +
    `The next approver runs:  ${requestCommand("approve", { id, table })}\n`;
}
