/**
 * Capacity units by AWS's published rules, from a table's definition and an item before and
 * after: dynalite does not count what the indexes cost.
 *
 * @module
 */

/** One attribute value on the wire: `{ S: "text" }`, `{ N: "1" }`, … */
export type WireValue = Readonly<Record<string, unknown>>;
/** An item on the wire. */
export type WireItem = Readonly<Record<string, WireValue>>;

/** What of a table's definition decides the cost of a write. */
export interface CapacityTable {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly Projection: {
      readonly ProjectionType: string;
      readonly NonKeyAttributes?: readonly string[];
    };
  }[];
}

const encoder = new TextEncoder();
const utf8Length = (text: string): number => encoder.encode(text).length;

function valueSize(value: WireValue): number {
  const [type, content] = Object.entries(value)[0] ?? ["NULL", true];
  switch (type) {
    case "S":
      return utf8Length(String(content));
    case "N":
      return Math.ceil(String(content).replace(/^-|\./g, "").length / 2) + 1;
    case "B":
      return Math.floor(String(content).length * 3 / 4);
    case "SS":
    case "NS":
      return (content as string[]).reduce((sum, member) => sum + utf8Length(member), 0);
    case "L":
      return (content as WireValue[]).reduce((sum, member) => sum + 1 + valueSize(member), 3);
    case "M":
      return 3 + itemSize(content as WireItem) + Object.keys(content as WireItem).length;
    default:
      return 1;
  }
}

/** Bytes of an item: names and values. */
export function itemSize(item: WireItem): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + utf8Length(name) + valueSize(value),
    0,
  );
}

/** Write units of `bytes`: one for each KiB begun, at least one. */
function writeUnitsOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** The index's view of an item, or `null` when the item lacks one of the index's keys. */
function projected(
  item: WireItem | null,
  names: { readonly keys: readonly string[]; readonly all: readonly string[] | null },
): WireItem | null {
  if (item === null || !names.keys.every((key) => key in item)) return null;
  if (names.all === null) return item;
  return Object.fromEntries(
    names.all.filter((name) => name in item).map((name) => [
      name,
      item[name]!,
    ]),
  );
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What a change writes to one partition of an index. */
export interface IndexWrite {
  readonly index: string;
  /** The value that is looked up. */
  readonly partition: WireValue;
  readonly units: number;
}

/**
 * What changing `before` into `after` writes to the indexes: nothing where an index's view did not
 * change, two writes (delete and put) where its key did, else one.
 */
export function indexWrites(
  table: CapacityTable,
  before: WireItem | null,
  after: WireItem | null,
): IndexWrite[] {
  const writes: IndexWrite[] = [];
  const tableKeys = table.KeySchema.map((key) => key.AttributeName);
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    const keys = index.KeySchema.map((key) => key.AttributeName);
    const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
    const all = ProjectionType === "ALL"
      ? null
      : [...new Set([...tableKeys, ...keys, ...NonKeyAttributes])].sort();
    const old = projected(before, { keys, all });
    const now = projected(after, { keys, all });
    const write = (item: WireItem, bytes = itemSize(item)) =>
      writes.push({
        index: index.IndexName,
        partition: item[keys[0]!]!,
        units: writeUnitsOf(bytes),
      });
    if (old !== null && now !== null) {
      if (!keys.every((key) => same(old[key], now[key]))) {
        write(old);
        write(now);
      } else if (!sameItem(old, now)) {
        write(now, Math.max(itemSize(old), itemSize(now)));
      }
    } else if (old !== null || now !== null) {
      write((old ?? now)!);
    }
  }
  return writes;
}

/** Write units of a change in the table itself: those of the larger of the two. */
export function tableWriteUnits(before: WireItem | null, after: WireItem | null): number {
  return writeUnitsOf(Math.max(itemSize(before ?? {}), itemSize(after ?? {})));
}

/** Write units of changing `before` into `after`, in the table and in its indexes. */
export function writeUnits(
  table: CapacityTable,
  before: WireItem | null,
  after: WireItem | null,
): number {
  return indexWrites(table, before, after)
    .reduce((sum, { units }) => sum + units, tableWriteUnits(before, after));
}

function sameItem(a: WireItem, b: WireItem): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => same(a[name], b[name]));
}
