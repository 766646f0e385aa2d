/**
 * The session store of a team: a DynamoDB table that servers and administrators share. Each
 * state change is one conditional update; a listing takes the order from an index and, where the
 * index carries too little, the records from the table.
 *
 * @module
 */
import type { StoreCall } from "./store_call.ts";
import { isRecordId, isRecordName } from "../state/record_value.ts";
import {
  effectiveStatus,
  type SessionRecord,
  type SessionStatus,
  sessionTtlSeconds,
} from "../state/session.ts";
import { quote } from "../text/printable.ts";
import { type Attributes, DynamoDbTable } from "./dynamodb.ts";
import { openDynamoDbCaller } from "./dynamodb_caller.ts";
import type { ListedBy } from "./attribute_table.ts";
import { itemPages, PAGE_SIZE, wholeItems } from "./dynamodb_listing.ts";
import { listLimit, takeRecords } from "./listing.ts";
import { applyMark, markId, markOf, readMark, type RevocationMark } from "./revocation_mark.ts";
import { checkRevocation, checkTouch, idTaken } from "./session_arguments.ts";
import { formatMoment, readSession, readSessions, writeSession } from "./session_attributes.ts";
import type {
  SessionListOptions,
  SessionRevocation,
  SessionStore,
  SessionTouch,
  TransitionResult,
} from "./store.ts";
import type { StoreOptions } from "./store_options.ts";
import { SERVER_INSTANCE_INDEX, SESSION_TABLE } from "./table_kind.ts";

/** What every record has; an index that carries all of it spares the way to the table. */
const WHOLE = [
  "id",
  "user",
  "profile",
  "server_instance_id",
  "status",
  "started_at",
  "last_access_at",
  "expires_at",
  "created_at",
  "updated_at",
  "request_count",
  "ttl",
];

/** Opens the store in the table `name` without calling it. Rejects with `CONFIG_INVALID`. */
export async function openDynamoDbStore(
  name: string,
  options: StoreOptions,
): Promise<SessionStore> {
  const caller = await openDynamoDbCaller({ kind: SESSION_TABLE, table: name }, options);
  return new DynamoDbSessionStore(new DynamoDbTable(name, caller));
}

/** The store over an open table. Use {@linkcode openDynamoDbStore}. */
export class DynamoDbSessionStore implements SessionStore {
  readonly table: string;
  readonly #table: DynamoDbTable;

  constructor(table: DynamoDbTable) {
    this.table = table.name;
    this.#table = table;
  }

  async create(record: SessionRecord, signal?: AbortSignal): Promise<void> {
    const item = writeSession(record);
    const call = this.#call("create", record.id, signal);
    const result = await this.#table.create({ ...item, id: record.id }, call);
    // The same record from the same server: an earlier attempt whose answer was lost.
    if (result.applied || result.item?.["server_instance_id"] === record.serverInstanceId) return;
    throw idTaken(call);
  }

  async get(id: string, signal?: AbortSignal): Promise<SessionRecord | null> {
    if (!isRecordId(id)) return null;
    const call = this.#call("read", id, signal);
    const reads = [this.#table.get(id, call), this.#mark(id, call)] as const;
    // No call goes on when this one has been answered.
    await Promise.allSettled(reads);
    const [item, mark] = await Promise.all(reads);
    return item === null ? null : await this.#judge(readSession(item), mark, call);
  }

  async touch(id: string, touch: SessionTouch, signal?: AbortSignal): Promise<TransitionResult> {
    checkTouch(touch);
    const call = this.#call("touch", id, signal);
    const { now, lastAccessAt, requests, expiresAt } = touch;
    const accessed = lastAccessAt === null ? "" : ", last_access_at = :last_access_at";
    const counted = {
      id,
      condition: "expires_at > :now",
      values: {
        ":now": formatMoment(now),
        ":requests": requests,
        ...(lastAccessAt === null ? {} : { ":last_access_at": formatMoment(lastAccessAt) }),
      },
    };
    const result = await this.#transition({
      ...counted,
      update:
        `SET updated_at = :now, expires_at = :expires_at, #ttl = :ttl${accessed} ADD request_count :requests`,
      condition: `${counted.condition} AND expires_at <= :expires_at`,
      values: {
        ...counted.values,
        ":expires_at": formatMoment(expiresAt),
        ":ttl": sessionTtlSeconds(expiresAt),
      },
      names: { "#ttl": "ttl" },
    }, call);
    // An expiry that lies further ahead stays, but the answers count all the same.
    if (
      result.outcome === "unchanged" && result.record.expiresAt > expiresAt &&
      effectiveStatus(result.record, now) === "active"
    ) {
      const update = `SET updated_at = :now${accessed} ADD request_count :requests`;
      return await this.#transition({ ...counted, update }, call);
    }
    return result;
  }

  async expire(id: string, now: number, signal?: AbortSignal): Promise<TransitionResult> {
    return await this.#transition({
      id,
      update: "SET #status = :expired, updated_at = :now",
      values: { ":expired": "expired", ":now": formatMoment(now) },
    }, this.#call("expire", id, signal));
  }

  async revoke(
    id: string,
    revocation: SessionRevocation,
    signal?: AbortSignal,
  ): Promise<TransitionResult> {
    checkRevocation(revocation);
    const call = this.#call("revoke", id, signal);
    const result = await this.#revokeRecord(id, revocation, call);
    // Also for a session that was revoked before: the mark may be what failed then.
    if (result.outcome !== "missing" && result.record.status === "revoked") {
      await this.#setMark(result.record, call);
    }
    return result;
  }

  #revokeRecord(
    id: string,
    { now, by, reason }: SessionRevocation,
    call: StoreCall,
  ): Promise<TransitionResult> {
    return this.#transition({
      id,
      update:
        "SET #status = :revoked, updated_at = :now, revoked_by = :by, revoked_reason = :reason",
      values: { ":revoked": "revoked", ":now": formatMoment(now), ":by": by, ":reason": reason },
    }, call);
  }

  listByUser(user: string, options: SessionListOptions = {}): AsyncIterable<SessionRecord> {
    return this.#list("user", user, options);
  }

  listByStatus(
    status: SessionStatus,
    options: SessionListOptions = {},
  ): AsyncIterable<SessionRecord> {
    // The index lags behind the table: a record may have moved on.
    return this.#list("status", status, options, (record) => record.status === status);
  }

  listByProfile(profile: string, options: SessionListOptions = {}): AsyncIterable<SessionRecord> {
    return this.#list("profile", profile, options);
  }

  async findActiveByServerInstance(
    serverInstanceId: string,
    now: number,
  ): Promise<SessionRecord | null> {
    if (!isRecordName(serverInstanceId)) return null;
    const { name, hashKey, rangeKey } = SERVER_INSTANCE_INDEX;
    const query = {
      index: name,
      condition: "#hash = :hash AND #range = :active",
      names: { "#hash": hashKey, "#range": rangeKey },
      values: { ":hash": serverInstanceId, ":active": "active" },
      pageSize: PAGE_SIZE,
    };
    const call = { action: `find a server's session in session table ${quote(this.table)}` };
    let newest: SessionRecord | null = null;
    for await (const page of this.#table.query(query, call)) {
      const items = await wholeItems(this.#table, page, { call, isWhole });
      for (const record of readSessions(items)) {
        if (effectiveStatus(record, now) !== "active") continue;
        if (newest === null || record.createdAt > newest.createdAt) newest = record;
      }
    }
    return newest;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#table[Symbol.dispose]();
    return Promise.resolve();
  }

  async #mark(id: string, call: StoreCall): Promise<RevocationMark | null> {
    const item = await this.#table.get(markId(id), call);
    return item === null ? null : readMark(item);
  }

  async #setMark(record: SessionRecord, call: StoreCall): Promise<void> {
    const mark = markOf(record);
    const names = Object.keys(mark);
    await this.#table.update({
      id: markId(record.id),
      update: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
      condition: "attribute_not_exists(id)",
      names: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      values: Object.fromEntries(names.map((name) => [`:${name}`, mark[name]])),
    }, call);
  }

  /**
   * The record as it is in truth. Where a replica's touch undid the revocation it is made good, so
   * that listings tell it too; whoever may not write sees the truth all the same.
   */
  async #judge(
    record: SessionRecord,
    mark: RevocationMark | null,
    call: StoreCall,
  ): Promise<SessionRecord> {
    const judged = applyMark(record, mark);
    if (record.status === "active" && judged.status === "revoked") {
      const { updatedAt: now, revokedBy, revokedReason } = judged;
      const revocation = { now, by: revokedBy ?? "unknown", reason: revokedReason ?? "unknown" };
      await this.#revokeRecord(record.id, revocation, call).catch(() => {});
    }
    return judged;
  }

  /** A change of an active record. INVARIANT: what has ended never changes again. */
  async #transition(
    { id, update, values, condition, names = {} }: Transition,
    call: StoreCall,
  ): Promise<TransitionResult> {
    if (!isRecordId(id)) return { outcome: "missing" };
    const active = "#status = :active";
    const { applied, item } = await this.#table.update({
      id,
      update,
      condition: condition === undefined ? active : `${active} AND ${condition}`,
      names: { ...names, "#status": "status" },
      values: { ...values, ":active": "active" },
    }, call);
    if (item === null) return { outcome: "missing" };
    return { outcome: applied ? "applied" : "unchanged", record: readSession(item) };
  }

  async *#list(
    by: ListedBy,
    value: string,
    options: SessionListOptions,
    keep: (record: SessionRecord) => boolean = () => true,
  ): AsyncGenerator<SessionRecord> {
    const limit = listLimit(options, SESSION_TABLE);
    if (limit === 0 || !isRecordName(value)) return;
    const since = options.since === undefined ? "" : formatMoment(options.since);
    const call = { action: `list sessions of session table ${quote(this.table)}` };
    const query = { by, value, since, limit };
    yield* takeRecords(itemPages(this.#table, query, { call, isWhole }), {
      read: (item) => {
        const record = readSession(item);
        return keep(record) ? record : null;
      },
      kind: SESSION_TABLE,
      limit,
    });
  }

  #call(action: string, id: string, signal?: AbortSignal): StoreCall {
    return { action: `${action} session ${id} in session table ${quote(this.table)}`, signal };
  }
}

interface Transition {
  readonly id: string;
  readonly update: string;
  readonly values: Attributes;
  /** Beyond being active. */
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
}

function isWhole(item: Attributes): boolean {
  return WHOLE.every((name) => name in item) &&
    (item["status"] !== "revoked" || "revoked_by" in item);
}
