/**
 * What a store of records asks of the place where they are kept: attributes in, attributes out.
 * Each change is one conditional update there; nothing is read, changed and written back.
 *
 * @module
 */
import type { FoundAttributes, RecordAttributes } from "./record_attributes.ts";
import type { RecordChange } from "./record_format.ts";
import type { StoreCall } from "./store_call.ts";

/** Attributes by which records are listed. */
export type ListedBy = "user" | "status" | "profile";

/** Which records a listing asks for. */
export interface ListQuery {
  readonly by: ListedBy;
  readonly value: string;
  /** Created at or after this moment, as text; `""` = ever. */
  readonly since: string;
  /** Most records that are needed; `Infinity` = all. */
  readonly limit: number;
}

/** What became of a write. `item` is what is stored now, where there is anything. */
export interface WriteResult {
  readonly applied: boolean;
  readonly item: FoundAttributes | null;
}

/** An open table of records with the key `id`. Every method rejects with `SentinelError`. */
export interface AttributeTable extends AsyncDisposable {
  /** Writes a new record; not applied when there is one of the same id. */
  create(
    attributes: RecordAttributes & { readonly id: string },
    call: StoreCall,
  ): Promise<WriteResult>;
  /** Read strongly consistent. */
  get(id: string, call: StoreCall): Promise<FoundAttributes | null>;
  update(change: RecordChange, call: StoreCall): Promise<WriteResult>;
  /** Pages of records, newest first by creation; they may lag. */
  pages(query: ListQuery, call: StoreCall): AsyncIterable<readonly FoundAttributes[]>;
}

/** The history of invocations as stored. */
export interface StoredHistory {
  /** Number of the state; each write makes it one more. `null` = there is no history yet. */
  readonly version: number | null;
  /** JSON, as somebody wrote it. */
  readonly invocations: unknown;
}

/** A table that also keeps the history by which invocations are limited. */
export interface GuardedTable extends AttributeTable {
  readHistory(call: StoreCall): Promise<StoredHistory>;
  /**
   * Writes the history that follows `from`, unless another was written since. Resolves to `null`
   * when it is written, else to the history as it is.
   */
  writeHistory(
    from: StoredHistory,
    invocations: string,
    call: StoreCall,
  ): Promise<StoredHistory | null>;
}
