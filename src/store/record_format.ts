/**
 * How records of one kind stand in their table, and what a change may change: the part of a store
 * that does not depend on where the table is.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import type { FoundAttributes, RecordAttributes } from "./record_attributes.ts";
import type { TableKind } from "./table_kind.ts";

/** A kind of record as attributes. */
export interface RecordFormat<T> {
  readonly kind: TableKind;
  /** Attributes that a change may change; all others stay as they were created. */
  readonly changing: readonly string[];
  /** Attributes that a change compares with what is stored, where it changes them. */
  readonly compared: readonly string[];
  /** Statuses in which a record never changes again. */
  readonly final: readonly string[];
  /** The attributes of a record; throws the kind's `recordInvalid` when it must not be written. */
  write(record: T): RecordAttributes;
  /** The record of attributes; throws the kind's `recordInvalid` when it cannot be judged. */
  read(attributes: FoundAttributes): T;
}

/** One conditional update. */
export interface RecordChange {
  readonly id: string;
  /** What the stored record must have for it. `null` = the attribute must be absent. */
  readonly expected: RecordAttributes;
  /** What is written. */
  readonly changed: Readonly<Record<string, string | number>>;
}

/** The update that makes `to` of `from`. Throws the kind's `recordInvalid` when there is none. */
export function changeOf<T>(format: RecordFormat<T>, from: T, to: T): RecordChange {
  const [before, after] = [format.write(from), format.write(to)];
  if (format.final.includes(String(before["status"]))) throw unchangeable(format, "it is over");
  const changed: Record<string, string | number> = {};
  const expected: Record<string, string | number | null> = { status: before["status"] ?? null };
  // The moment of a change is written even where it is that of the change before.
  const names = format.changing.filter((name) =>
    before[name] !== after[name] || name === "updated_at"
  );
  for (const name of names) {
    const value = after[name] ?? null;
    if (value === null) throw unchangeable(format, `${name} cannot be taken away`);
    changed[name] = value;
    if (format.compared.includes(name)) expected[name] = before[name] ?? null;
  }
  const other = Object.keys(after).find((name) =>
    before[name] !== after[name] && !format.changing.includes(name)
  );
  if (other !== undefined) throw unchangeable(format, `${other} stays as it was created`);
  return { id: String(before["id"]), expected, changed };
}

function unchangeable<T>({ kind }: RecordFormat<T>, problem: string): SentinelError {
  return new SentinelError(kind.recordInvalid, `Cannot change a ${kind.name} record: ${problem}`);
}

/**
 * Whether `stored` is what `to` was to become: an earlier attempt whose answer was lost has done
 * the change already.
 */
export function isDone({ changed }: RecordChange, stored: FoundAttributes): boolean {
  return Object.entries(changed).every(([name, value]) => stored[name] === value);
}

/** Whether `stored` began as these attributes, whatever became of it since. */
export function hasBegunAs<T>(
  { changing }: RecordFormat<T>,
  stored: FoundAttributes,
  attributes: RecordAttributes,
): boolean {
  return Object.entries(attributes).every(([name, value]) =>
    changing.includes(name) || (stored[name] ?? null) === value
  );
}
