/**
 * What stores of approval requests and break-glass events do. Each state change is one atomic
 * conditional update, so that of two that happen at once one finds the other.
 *
 * @module
 */
import type { ApprovalRequest, RequestStatus } from "../state/approval_request.ts";
import type { BreakGlassEvent, EventStatus, Invocation } from "../state/break_glass_event.ts";

/**
 * What became of a change: `applied`, or `conflict` because the stored record is no longer the one
 * that was to be changed (`record` is what is stored now), or `missing`.
 */
export type ReplaceResult<T> =
  | { readonly outcome: "applied"; readonly record: T }
  | { readonly outcome: "conflict"; readonly record: T }
  | { readonly outcome: "missing" };

/** How a listing is narrowed. */
export interface RecordListOptions {
  /** At most this many records; default: all. */
  readonly limit?: number;
  /** Only records created at or after this moment (milliseconds since the epoch). */
  readonly since?: number;
}

/**
 * Where approval requests are kept. Every method rejects with `SentinelError`:
 * `OVERRIDE_STORE_UNAVAILABLE` when the store cannot be reached or fails, `OVERRIDE_TABLE_INVALID`
 * when the table does not exist or has other keys, `OVERRIDE_RECORD_INVALID` when a record cannot be
 * understood (listings pass over such records) or must not be written. Reads by id are strongly
 * consistent; listings are newest first by creation and may lag.
 */
export interface RequestStore extends AsyncDisposable {
  /** The table's name as the user gave it. */
  readonly table: string;
  /**
   * Writes a new record; creating the very same record again is harmless. It replaces no item as a
   * whole, and writes neither decisions nor, for a request that approves itself when it is filed
   * (`approvedAt` = `createdAt`, no decisions), the moment of approval: IAM keeps both attributes
   * from requesters.
   */
  create(record: ApprovalRequest, signal?: AbortSignal): Promise<void>;
  /** The record, read strongly consistent, or `null`. */
  get(id: string, signal?: AbortSignal): Promise<ApprovalRequest | null>;
  /**
   * Replaces `from` by `to`, in one conditional update: the stored status must be that of `from`,
   * and where `to` has other decisions, the stored decisions those of `from`. Only status,
   * `approvedAt`, decisions and `updatedAt` may differ. A change that leaves the decisions as they
   * are does not touch (nor mention) that attribute: IAM keeps it from requesters.
   */
  replace(
    from: ApprovalRequest,
    to: ApprovalRequest,
    signal?: AbortSignal,
  ): Promise<ReplaceResult<ApprovalRequest>>;
  /** Requests of a policy username, newest first. */
  listByUser(user: string, options?: RecordListOptions): AsyncIterable<ApprovalRequest>;
  /** Requests with a stored status, newest first. */
  listByStatus(
    status: RequestStatus,
    options?: RecordListOptions,
  ): AsyncIterable<ApprovalRequest>;
  /** Requests for a profile, newest first. */
  listByProfile(profile: string, options?: RecordListOptions): AsyncIterable<ApprovalRequest>;
}

/** Where break-glass events are kept; rejects as {@linkcode RequestStore} does. */
export interface BreakGlassStore extends AsyncDisposable {
  /** The table's name as the user gave it. */
  readonly table: string;
  /**
   * Counts an invocation, unless `judge` refuses it: it is asked with the invocations so far (those
   * of the last 30 days, oldest first), and asked again when another invocation came in between.
   * What it answers other than `null` is the result, and nothing is counted.
   */
  countInvocation<Refusal>(
    invocation: Invocation,
    judge: (earlier: readonly Invocation[]) => Refusal | null,
    signal?: AbortSignal,
  ): Promise<Refusal | null>;
  /** The invocations that were counted, oldest first, read strongly consistent. */
  invocations(signal?: AbortSignal): Promise<readonly Invocation[]>;
  /** Writes a new event; creating the very same again is harmless. */
  create(event: BreakGlassEvent, signal?: AbortSignal): Promise<void>;
  /** The record, read strongly consistent, or `null`. */
  get(id: string, signal?: AbortSignal): Promise<BreakGlassEvent | null>;
  /** active → closed, in one conditional update; only status, closure and `updatedAt` change. */
  replace(
    from: BreakGlassEvent,
    to: BreakGlassEvent,
    signal?: AbortSignal,
  ): Promise<ReplaceResult<BreakGlassEvent>>;
  /** Events of a policy username, newest first. */
  listByUser(user: string, options?: RecordListOptions): AsyncIterable<BreakGlassEvent>;
  /** Events with a stored status, newest first. */
  listByStatus(status: EventStatus, options?: RecordListOptions): AsyncIterable<BreakGlassEvent>;
  /** Events for a profile, newest first. */
  listByProfile(profile: string, options?: RecordListOptions): AsyncIterable<BreakGlassEvent>;
}
