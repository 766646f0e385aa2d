/**
 * The decisions on a request as one text: canonical JSON, which has one spelling for one meaning, so
 * that two texts are equal exactly when the decisions are. Any other spelling is not understood.
 *
 * @module
 */
import type { Actor } from "../state/actor.ts";
import type { ApprovalScope, ApproverDecision } from "../state/approval_request.ts";

/** Longest text that is looked at, in characters; a table's item ends at 400 KB. */
const MAX_LENGTH = 300_000;

/** The decisions as text, or `null` when there are none: the record then has no such attribute. */
export function formatDecisions(decisions: readonly ApproverDecision[]): string | null {
  if (decisions.length === 0) return null;
  return JSON.stringify(decisions.map(({ kind, by, at, scope, comment }) => ({
    kind,
    by: actor(by),
    at,
    scope: {
      requester: actor(scope.requester),
      profile: scope.profile,
      role: scope.role,
      account: scope.account,
      durationSeconds: scope.durationSeconds,
      justification: scope.justification,
    },
    comment,
  })));
}

function actor({ user, arn }: Actor): Actor {
  return { user, arn };
}

/** The decisions of a text (absent: none), or `null` when it is not canonical. */
export function readDecisions(found: unknown): readonly ApproverDecision[] | null {
  if (found === undefined || found === null) return [];
  if (typeof found !== "string" || found.length > MAX_LENGTH) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(found);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed)) return null;
  const decisions = parsed.map(readDecision);
  if (!decisions.every((decision) => decision !== null)) return null;
  // INVARIANT: an attribute that we do not know might be a condition: then nothing is understood.
  return formatDecisions(decisions) === found ? decisions : null;
}

type Found = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Found {
  return typeof value === "object" && value !== null;
}

function readDecision(found: unknown): ApproverDecision | null {
  if (!isObject(found)) return null;
  const { kind, at, comment } = found;
  if (kind !== "approve" && kind !== "deny" && kind !== "end") return null;
  if (typeof at !== "number") return null;
  if (comment !== null && typeof comment !== "string") return null;
  const [by, scope] = [readActor(found["by"]), readScope(found["scope"])];
  return by === null || scope === null ? null : { kind, by, at, scope, comment };
}

function readActor(found: unknown): Actor | null {
  if (!isObject(found)) return null;
  const { user, arn } = found;
  return typeof user === "string" && typeof arn === "string" ? { user, arn } : null;
}

function readScope(found: unknown): ApprovalScope | null {
  if (!isObject(found)) return null;
  const { profile, role, account, durationSeconds, justification } = found;
  const requester = readActor(found["requester"]);
  if (requester === null || typeof profile !== "string" || typeof account !== "string") return null;
  if (role !== null && typeof role !== "string") return null;
  if (typeof durationSeconds !== "number" || typeof justification !== "string") return null;
  return { requester, profile, role, account, durationSeconds, justification };
}
