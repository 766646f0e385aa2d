/**
 * How whoever filed a request takes it back or ends its access: `sentinel cancel` and
 * `sentinel done`. Nobody else's request is touched.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import { type Actor, isSameActor } from "../state/actor.ts";
import { type ApprovalRequest, effectiveRequestStatus } from "../state/approval_request.ts";
import { cancelRequest, endRequest, type Transition } from "../state/request_transition.ts";
import type { RequestStore } from "../store/override_store.ts";
import type { Announcer } from "./announcer.ts";
import { changeRecord } from "./record_change.ts";
import { askedFor } from "./request_decision.ts";
import { requestCommand } from "./request_filing.ts";

/** Who ends what, and where. */
export interface EndingOptions {
  readonly by: Actor;
  /** `cancel` also withdraws what waits; `done` ends only what was approved. */
  readonly verb: "cancel" | "done";
  readonly store: RequestStore;
  readonly announcer: Announcer;
}

/** The request after its end. Rejects with `OVERRIDE_REFUSED`, or as the store does. */
export async function endOwnRequest(
  request: ApprovalRequest,
  { by, verb, store, announcer }: EndingOptions,
): Promise<ApprovalRequest> {
  const { id } = request;
  const { table } = store;
  const ended = await announcer.during(() =>
    changeRecord(request, {
      action: verb === "cancel" ? `cancel request ${id}` : `end request ${id}`,
      seeAlso: requestCommand("check", { id, table }),
      change: (record) => ending(record, { by, verb, table }),
      replace: (from, to) => store.replace(from, to),
      shown: askedFor,
    })
  );
  announcer.announce({
    name: ended.status === "ended" ? "request.ended" : "request.cancelled",
    at: ended.updatedAt,
    by,
    table,
    comment: null,
    request: ended,
  });
  return ended;
}

function ending(
  request: ApprovalRequest,
  { by, verb, table }: Pick<EndingOptions, "by" | "verb"> & { readonly table: string },
): Transition<ApprovalRequest> {
  const { id } = request;
  if (!isSameActor(by, request.requester)) {
    return {
      kind: "refused",
      code: "not_requester",
      reason: "only who filed it can, with the same credentials; an approver ends it by: " +
        requestCommand("deny", { id, table }),
    };
  }
  const now = systemClock.now();
  const status = effectiveRequestStatus(request, now);
  if (status === "pending" && verb === "done") {
    return {
      kind: "refused",
      code: "decided",
      reason: `it waits for approvers; withdraw it by: ${requestCommand("cancel", { id, table })}`,
    };
  }
  return status === "approved" || status === "over"
    ? endRequest(request, { by, now, comment: null })
    : cancelRequest(request, { by, now });
}
