/**
 * How values stand in a table, the same for every kind and every store: moments as text that sorts,
 * text that says something. Reading forgives another spelling of a moment, never another meaning.
 *
 * @module
 */
import { SentinelError } from "../errors.ts";
import { isRecordMoment } from "../state/record_value.ts";
import type { TableKind } from "./table_kind.ts";

/** Attributes to be written, free of the wire's types. `null` = the record has no such attribute. */
export type RecordAttributes = Readonly<Record<string, string | number | null>>;
/** Attributes as they were found: anything. */
export type FoundAttributes = Readonly<Record<string, unknown>>;

/**
 * A moment as tables hold it: `YYYY-MM-DDTHH:MM:SS.sssZ`. The width is fixed because stores
 * compare and sort moments as text. Throws the kind's `recordInvalid` beyond the years 0000–9999.
 */
export function formatRecordMoment(time: number, kind: TableKind): string {
  if (!isRecordMoment(time)) {
    throw new SentinelError(
      kind.recordInvalid,
      `Cannot write a ${kind.name} record: a moment is not within the years 0000–9999`,
    );
  }
  return new Date(time).toISOString();
}

const RFC_3339 =
  /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch of an RFC 3339 text, or `null`. */
export function readMoment(value: unknown): number | null {
  if (typeof value !== "string" || !RFC_3339.test(value)) return null;
  try {
    // Date.parse would take February 30 for March 1.
    const time = Temporal.Instant.from(value).epochMilliseconds;
    return isRecordMoment(time) ? time : null;
  } catch {
    return null;
  }
}

/** A text that says something, or `null`. */
export function readText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Reads `rows` for a listing: a record that cannot be judged is passed over. */
export function readRecords<T>(
  rows: readonly FoundAttributes[],
  { read, kind }: {
    readonly read: (row: FoundAttributes) => T;
    readonly kind: TableKind;
  },
): T[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (thrown) {
      if (thrown instanceof SentinelError && thrown.code === kind.recordInvalid) return [];
      throw thrown;
    }
  });
}
