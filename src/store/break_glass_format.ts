/**
 * The break-glass event as the attributes of its table. Writing is strict; reading passes over
 * attributes that it does not know, but never takes one of its own for something it is not.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import {
  type BreakGlassEvent,
  type EventClosure,
  eventProblem,
  type EventStatus,
  eventTtlSeconds,
} from "../state/break_glass_event.ts";
import { readScopeAttributes, unreadable } from "./override_attributes.ts";
import {
  formatRecordMoment,
  type FoundAttributes,
  readMoment,
  readText,
} from "./record_attributes.ts";
import type { RecordFormat } from "./record_format.ts";
import { BREAKGLASS_TABLE } from "./table_kind.ts";

/** {@linkcode BreakGlassEvent} in a table. */
export const BREAKGLASS_FORMAT: RecordFormat<BreakGlassEvent> = {
  kind: BREAKGLASS_TABLE,
  changing: ["status", "updated_at", "closed_at", "closed_by", "closed_arn", "closed_reason"],
  compared: [],
  final: ["closed"],
  write: writeEvent,
  read: readEvent,
};

function writeEvent(event: BreakGlassEvent) {
  const problem = eventProblem(event);
  if (problem !== null) {
    throw new SentinelError(
      BREAKGLASS_TABLE.recordInvalid,
      `Cannot write a break-glass record: ${problem}`,
    );
  }
  const { invoker, closure } = event;
  const moment = (time: number) => formatRecordMoment(time, BREAKGLASS_TABLE);
  return {
    id: event.id,
    user: invoker.user,
    arn: invoker.arn,
    profile: event.profile,
    role_arn: event.role,
    account: event.account,
    reason_code: event.reasonCode,
    justification: event.justification,
    duration_seconds: event.durationSeconds,
    status: event.status,
    created_at: moment(event.createdAt),
    updated_at: moment(event.updatedAt),
    closed_at: closure === null ? null : moment(closure.at),
    closed_by: closure?.by.user ?? null,
    closed_arn: closure?.by.arn ?? null,
    closed_reason: closure?.reason ?? null,
    ttl: eventTtlSeconds(event),
  };
}

const CLOSURE = ["closed_at", "closed_by", "closed_arn", "closed_reason"];

function readEvent(found: FoundAttributes): BreakGlassEvent {
  const { actor: invoker, ...scope } = readScopeAttributes(found, BREAKGLASS_TABLE);
  const no = (what: string) => unreadable(BREAKGLASS_TABLE, scope.id, what);
  const reasonCode = readText(found["reason_code"]);
  if (reasonCode === null) throw no("it has no reason_code");
  const closure = readClosure(found);
  if (closure === null && CLOSURE.some((name) => (found[name] ?? null) !== null)) {
    throw no("who closed it, when and why is not complete");
  }
  const event = {
    ...scope,
    invoker,
    reasonCode,
    status: scope.status as EventStatus,
    closure,
  };
  const problem = eventProblem(event);
  if (problem !== null) throw no(problem);
  return event;
}

function readClosure(found: FoundAttributes): EventClosure | null {
  const at = readMoment(found["closed_at"]);
  const [user, arn, reason] = CLOSURE.slice(1).map((name) => readText(found[name]));
  return at === null || user == null || arn == null || reason == null
    ? null
    : { by: { user, arn }, at, reason };
}
