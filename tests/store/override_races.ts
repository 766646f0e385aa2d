/**
 * What contenders for the same request, or for the last invocations within a limit, do: the same in
 * this process and in others.
 *
 * @module
 */
import type { ApprovalRequest } from "../../src/state/approval_request.ts";
import type { BreakGlassStore, RequestStore } from "../../src/store/override_store.ts";
import { actorOf, decided, decisionOn, sampleInvocation } from "./override_samples.ts";
import { T0 } from "./session_samples.ts";

/** What is done to a request. */
export interface Act {
  readonly act: "approve" | "deny" | "cancel";
  /** By whom. */
  readonly user: string;
  /** Approvals that are needed. */
  readonly required: number;
}

/** A contender's task, as it is handed to a process. */
export type RaceTask =
  & { readonly table: string; readonly endpoint: string | null; readonly ids: readonly string[] }
  & (({ readonly kind: "decide" } & Act) | { readonly kind: "invoke"; readonly limit: number });

/** What a contender reports: the ids for which it did what it wanted. */
export interface RaceReport {
  readonly applied: readonly string[];
}

function next(request: ApprovalRequest, { act, user, required }: Act): ApprovalRequest {
  const at = request.updatedAt + 1;
  if (act === "cancel") return { ...request, status: "cancelled", updatedAt: at };
  return decided(request, decisionOn(request, { kind: act, user, at }), required);
}

/** Does it, as a command would: again when another was faster, and not at all when it is over. */
export async function actOn(
  store: RequestStore,
  id: string,
  act: Act,
): Promise<"applied" | "too late"> {
  let request = await store.get(id);
  for (;;) {
    if (request === null) throw new Error(`there is no request ${id}`);
    if (request.status !== "pending") return "too late";
    const result = await store.replace(request, next(request, act));
    if (result.outcome === "applied") return "applied";
    request = result.outcome === "conflict" ? result.record : null;
  }
}

/** Counts an invocation while fewer than `limit` were counted. */
export function invokeWithin(
  store: BreakGlassStore,
  id: string,
  limit: number,
): Promise<"refused" | null> {
  return store.countInvocation(
    sampleInvocation({ id, user: actorOf("alice").user, at: T0 }),
    (earlier) => earlier.length < limit ? null : "refused",
  );
}
