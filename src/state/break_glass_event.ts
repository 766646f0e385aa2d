/**
 * The break-glass event: who broke the glass, and why. A record says what somebody wrote; whether
 * it lifts a refusal is the gate's to judge, by the policy in force.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { type Actor, actorProblem } from "./actor.ts";
import { COMMENT, EMERGENCY_JUSTIFICATION, proseProblem } from "./prose.ts";
import { isRecordId, isRecordMoment, isRecordText } from "./record_value.ts";
import type { Transition } from "./request_transition.ts";
import { RETENTION_SECONDS, targetProblem } from "./window.ts";
import { MIN_WINDOW_SECONDS } from "./window_bounds.ts";

/** `closed` is terminal. */
export const EVENT_STATUSES = ["active", "closed"] as const;
/** As stored. */
export type EventStatus = typeof EVENT_STATUSES[number];

/** Somebody ended an event early. */
export interface EventClosure {
  /** The invoker, or whoever closed it for them. */
  readonly by: Actor;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 1–500 characters. */
  readonly reason: string;
}

/** One event as stored. Moments are milliseconds since the epoch. */
export interface BreakGlassEvent {
  /** 16 lower-case hex digits. */
  readonly id: string;
  /** Who broke the glass. */
  readonly invoker: Actor;
  /** Profile whose credentials are asked for. */
  readonly profile: string;
  /** ARN of the role that would be assumed, or `null` when the profile has none. */
  readonly role: string | null;
  /** Account of the credentials, twelve digits. */
  readonly account: string;
  /** One of the policy language's reason codes; kept as text, judged by the gate. */
  readonly reasonCode: string;
  /** 20–1000 characters. */
  readonly justification: string;
  /** Length of the window in seconds; it starts at `createdAt`. */
  readonly durationSeconds: number;
  /** As stored. */
  readonly status: EventStatus;
  /** When the glass was broken. */
  readonly createdAt: number;
  /** When it was last changed. */
  readonly updatedAt: number;
  /** By the invoker or by an administrator; `null` while nobody closed it. */
  readonly closure: EventClosure | null;
}

/** One invocation in the history that limits count. It stays whatever becomes of the event. */
export interface Invocation {
  /** Id of its event. */
  readonly id: string;
  /** Policy username of the invoker. */
  readonly user: string;
  /** Profile whose credentials are asked for. */
  readonly profile: string;
  /** Account of the credentials: the same profile name may lead elsewhere on another machine. */
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Longest window of a break-glass event, in seconds: 4 h. */
export const MAX_EVENT_SECONDS = 4 * 3600;

/** Longest reason code that is kept; those of the policy language are shorter. */
const MAX_CODE_LENGTH = 64;

/** A status as it is now: an event whose window has ended is `over`. */
export type EffectiveEventStatus = EventStatus | "over";

/** The status of an event at `now` (milliseconds since the epoch). */
export function effectiveEventStatus(event: BreakGlassEvent, now: number): EffectiveEventStatus {
  return event.status === "active" && eventWindowEnd(event) <= now ? "over" : event.status;
}

/** When the window of an event ends, in milliseconds since the epoch. */
export function eventWindowEnd(
  { createdAt, durationSeconds }: Pick<BreakGlassEvent, "createdAt" | "durationSeconds">,
): number {
  return createdAt + durationSeconds * 1000;
}

/** DynamoDB TTL of an event, in seconds since the epoch: its window plus the audit retention. */
export function eventTtlSeconds(
  event: Pick<BreakGlassEvent, "createdAt" | "durationSeconds">,
): number {
  return Math.floor(eventWindowEnd(event) / 1000) + RETENTION_SECONDS;
}

/** What the glass is broken with. */
export type NewEvent =
  & Pick<
    BreakGlassEvent,
    "id" | "invoker" | "profile" | "role" | "account" | "reasonCode" | "justification"
  >
  & {
    /** Length of the window in seconds. */
    readonly durationSeconds: number;
    /** The moment, in milliseconds since the epoch. */
    readonly now: number;
  };

/** An event as it begins. Throws `OVERRIDE_RECORD_INVALID`. */
export function createEvent(invoked: NewEvent): BreakGlassEvent {
  const { now, invoker, ...rest } = invoked;
  const event: BreakGlassEvent = {
    id: rest.id,
    invoker: { user: invoker.user, arn: invoker.arn },
    profile: rest.profile,
    role: rest.role,
    account: rest.account,
    reasonCode: rest.reasonCode,
    justification: rest.justification,
    durationSeconds: rest.durationSeconds,
    status: "active",
    createdAt: now,
    updatedAt: now,
    closure: null,
  };
  const problem = eventProblem(event);
  if (problem !== null) {
    throw new SentinelError("OVERRIDE_RECORD_INVALID", `Cannot break the glass: ${problem}`);
  }
  return event;
}

/** The invocation that is counted for an event. */
export function invocationOf({ id, invoker, profile, account, createdAt }: BreakGlassEvent) {
  return { id, user: invoker.user, profile, account, at: createdAt } satisfies Invocation;
}

/** An event, and the invocations by which its limits are judged. */
export interface CountedEvent extends BreakGlassEvent {
  /** Those before it, in any order; `null`: the history does not hold the event's own. */
  readonly earlier: readonly Invocation[] | null;
}

/**
 * `event` with those of `history` that came before it. By their moments, not by the order in which
 * they were counted: so each reader finds the same, whoever was counted late.
 */
export function countedEvent(
  event: BreakGlassEvent,
  history: readonly Invocation[],
): CountedEvent {
  const own = invocationOf(event);
  const isCounted = history.some((one) =>
    one.id === own.id && one.user === own.user && one.profile === own.profile &&
    one.account === own.account && one.at === own.at
  );
  const isEarlier = ({ at, id }: Invocation) => at < own.at || at === own.at && id < own.id;
  return { ...event, earlier: isCounted ? history.filter(isEarlier) : null };
}

/** active → closed: ends the access before its window does. */
export function closeEvent(
  event: BreakGlassEvent,
  { by, now, reason }: { readonly by: Actor; readonly now: number; readonly reason: string },
): Transition<BreakGlassEvent> {
  const status = effectiveEventStatus(event, now);
  if (status !== "active") {
    return status === "over"
      ? { kind: "refused", code: "over", reason: "its window has ended already" }
      : { kind: "refused", code: "decided", reason: "it is closed already" };
  }
  const closure: EventClosure = { by: { user: by.user, arn: by.arn }, at: now, reason };
  const record: BreakGlassEvent = { ...event, status: "closed", updatedAt: now, closure };
  const problem = eventProblem(record);
  return problem === null
    ? { kind: "changed", record }
    : { kind: "refused", code: "invalid", reason: problem };
}

/** What is wrong with a record that is about to be written, or `null`. Printable. */
export function eventProblem(event: BreakGlassEvent): string | null {
  if (!isRecordId(event.id)) return "its id is not 16 lower-case hex digits";
  if (!EVENT_STATUSES.includes(event.status)) return "its status is unknown";
  const party = actorProblem(event.invoker) ?? targetProblem(event);
  if (party !== null) return party;
  if (!isRecordText(event.reasonCode, { max: MAX_CODE_LENGTH })) {
    return "its reason code is no text";
  }
  const justification = proseProblem(event.justification, EMERGENCY_JUSTIFICATION);
  if (justification !== null) return `the justification ${justification}`;
  const { durationSeconds } = event;
  const isLegal = Number.isSafeInteger(durationSeconds) && durationSeconds >= MIN_WINDOW_SECONDS &&
    durationSeconds <= MAX_EVENT_SECONDS;
  if (!isLegal) return "its duration is not one from 15m to 4h";
  for (const name of ["createdAt", "updatedAt"] as const) {
    if (!isRecordMoment(event[name])) return `${name} is not within the years 0000–9999`;
  }
  const { status, closure } = event;
  if (status === "active" && closure !== null) return "it is active, yet somebody closed it";
  if (status === "closed" && closure === null) return "it is closed, yet nobody closed it";
  return closure === null ? null : closureProblem(closure);
}

function closureProblem({ by, at, reason }: EventClosure): string | null {
  if (!isRecordMoment(at)) return "the moment of its closing is not within the years 0000–9999";
  const said = proseProblem(reason, COMMENT);
  return said === null ? actorProblem(by) : `the reason ${said}`;
}
