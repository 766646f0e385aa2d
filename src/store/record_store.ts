/**
 * Approval requests and break-glass events in their table, wherever that is: what is written is
 * checked, what is read is understood or refused, and of two changes of one record one finds the
 * other.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { ApprovalRequest, RequestStatus } from "../state/approval_request.ts";
import type { BreakGlassEvent, EventStatus, Invocation } from "../state/break_glass_event.ts";
import { isRecordId, isRecordName } from "../state/record_value.ts";
import { quote } from "../text/printable.ts";
import type { AttributeTable, GuardedTable, ListedBy } from "./attribute_table.ts";
import type { StoreCall } from "./store_call.ts";
import { BREAKGLASS_FORMAT } from "./break_glass_format.ts";
import { countInvocation, readHistory } from "./invocation_history.ts";
import { listLimit, takeRecords } from "./listing.ts";
import type {
  BreakGlassStore,
  RecordListOptions,
  ReplaceResult,
  RequestStore,
} from "./override_store.ts";
import { formatRecordMoment } from "./record_attributes.ts";
import { changeOf, hasBegunAs, isDone, type RecordFormat } from "./record_format.ts";
import { REQUEST_FORMAT } from "./request_format.ts";

/** Where records of one kind are kept. */
interface RecordPlace<T, Table extends AttributeTable> {
  /** The table's name as the user gave it. */
  readonly name: string;
  readonly table: Table;
  readonly format: RecordFormat<T>;
}

class RecordStore<
  T extends { readonly id: string },
  Status extends string,
  Table extends AttributeTable,
> implements AsyncDisposable {
  readonly table: string;
  protected readonly place: RecordPlace<T, Table>;

  constructor(place: RecordPlace<T, Table>) {
    this.table = place.name;
    this.place = place;
  }

  async create(record: T, signal?: AbortSignal): Promise<void> {
    const { table, format } = this.place;
    const attributes = { ...format.write(record), id: record.id };
    const call = this.call("create", record.id, signal);
    const { applied, item } = await table.create(attributes, call);
    // The same record: an earlier attempt whose answer was lost.
    if (applied || (item !== null && hasBegunAs(format, item, attributes))) return;
    throw new SentinelError(
      format.kind.unavailable,
      `Cannot ${call.action}: the id belongs to another record`,
      { suggestion: "Try again: the next record gets another id." },
    );
  }

  async get(id: string, signal?: AbortSignal): Promise<T | null> {
    if (!isRecordId(id)) return null;
    const { table, format } = this.place;
    const item = await table.get(id, this.call("read", id, signal));
    return item === null ? null : format.read(item);
  }

  async replace(from: T, to: T, signal?: AbortSignal): Promise<ReplaceResult<T>> {
    const { table, format } = this.place;
    const change = changeOf(format, from, to);
    const { applied, item } = await table.update(change, this.call("change", from.id, signal));
    if (item === null) return { outcome: "missing" };
    const outcome = applied || isDone(change, item) ? "applied" : "conflict";
    return { outcome, record: format.read(item) };
  }

  listByUser(user: string, options: RecordListOptions = {}): AsyncIterable<T> {
    return this.#list("user", user, options);
  }

  listByStatus(status: Status, options: RecordListOptions = {}): AsyncIterable<T> {
    return this.#list("status", status, options);
  }

  listByProfile(profile: string, options: RecordListOptions = {}): AsyncIterable<T> {
    return this.#list("profile", profile, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.place.table[Symbol.asyncDispose]();
  }

  async *#list(by: ListedBy, value: string, options: RecordListOptions): AsyncGenerator<T> {
    const { table, format } = this.place;
    const { kind, read } = format;
    const limit = listLimit(options, kind);
    const since = options.since === undefined ? "" : formatRecordMoment(options.since, kind);
    if (limit === 0 || !isRecordName(value)) return;
    const call = { action: `list ${kind.records} of ${kind.name} table ${quote(this.table)}` };
    yield* takeRecords(table.pages({ by, value, since, limit }, call), {
      // The index lags behind the table: a record may have moved on, or be another.
      read: (row) => row[by] === value ? read(row) : null,
      kind,
      limit,
    });
  }

  protected call(action: string, id: string, signal?: AbortSignal): StoreCall {
    const { name } = this.place.format.kind;
    return {
      action: `${action} ${name} record ${id} in ${name} table ${quote(this.table)}`,
      signal,
    };
  }
}

class BreakGlassRecordStore extends RecordStore<BreakGlassEvent, EventStatus, GuardedTable>
  implements BreakGlassStore {
  async countInvocation<Refusal>(
    invocation: Invocation,
    judge: (earlier: readonly Invocation[]) => Refusal | null,
    signal?: AbortSignal,
  ): Promise<Refusal | null> {
    return await countInvocation(this.place.table, {
      invocation,
      judge,
      call: { action: `count an invocation in break-glass table ${quote(this.table)}`, signal },
    });
  }

  async invocations(signal?: AbortSignal): Promise<readonly Invocation[]> {
    const action = `read the history of invocations in break-glass table ${quote(this.table)}`;
    const call = { action, signal };
    return readHistory(await this.place.table.readHistory(call), call);
  }
}

/** The store of requests in `table`, which the user calls `name`. */
export function createRequestStore(name: string, table: AttributeTable): RequestStore {
  return new RecordStore<ApprovalRequest, RequestStatus, AttributeTable>({
    name,
    table,
    format: REQUEST_FORMAT,
  });
}

/** The store of break-glass events in `table`, which the user calls `name`. */
export function createBreakGlassStore(name: string, table: GuardedTable): BreakGlassStore {
  return new BreakGlassRecordStore({ name, table, format: BREAKGLASS_FORMAT });
}
