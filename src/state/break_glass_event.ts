/**
 * The break-glass event and the history by which invocations are limited. A record says what
 * somebody wrote; whether it lifts a refusal is the gate's to judge, by the policy in force.
 *
 * @module
 */
import type { Actor } from "./actor.ts";

/** `closed` is terminal. */
export const EVENT_STATUSES = ["active", "closed"] as const;
/** As stored. */
export type EventStatus = typeof EVENT_STATUSES[number];

/** Somebody ended an event early. */
export interface EventClosure {
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
  readonly invoker: Actor;
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
  readonly createdAt: number;
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
  readonly profile: string;
  /** Account of the credentials: the same profile name may lead elsewhere on another machine. */
  readonly account: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
