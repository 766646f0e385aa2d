/**
 * What a session store must do, in forty lines without a database: the reference against which
 * every store is held.
 *
 * @module
 */
import type { SessionRecord } from "../../src/state/session.ts";
import type { SessionRevocation, SessionTouch, TransitionResult } from "../../src/store/store.ts";

/** Sessions by id. */
export class SessionModel {
  readonly records = new Map<string, SessionRecord>();

  create(record: SessionRecord): "created" | "refused" {
    const stored = this.records.get(record.id);
    if (stored === undefined) this.records.set(record.id, record);
    return (stored ?? record).serverInstanceId === record.serverInstanceId ? "created" : "refused";
  }

  touch(id: string, touch: SessionTouch): TransitionResult {
    return this.#change(id, (record) =>
      record.expiresAt <= touch.now ? null : {
        ...record,
        lastAccessAt: touch.lastAccessAt ?? record.lastAccessAt,
        expiresAt: Math.max(record.expiresAt, touch.expiresAt),
        requestCount: record.requestCount + touch.requests,
        updatedAt: touch.now,
      });
  }

  expire(id: string, now: number): TransitionResult {
    return this.#change(id, (record) => ({ ...record, status: "expired", updatedAt: now }));
  }

  revoke(id: string, { now, by, reason }: SessionRevocation): TransitionResult {
    return this.#change(id, (record) => ({
      ...record,
      status: "revoked",
      updatedAt: now,
      revokedBy: by,
      revokedReason: reason,
    }));
  }

  #change(id: string, change: (record: SessionRecord) => SessionRecord | null): TransitionResult {
    const record = this.records.get(id);
    if (record === undefined) return { outcome: "missing" };
    const changed = record.status === "active" ? change(record) : null;
    if (changed === null) return { outcome: "unchanged", record };
    this.records.set(id, changed);
    return { outcome: "applied", record: changed };
  }
}
