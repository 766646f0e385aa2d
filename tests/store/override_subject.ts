/**
 * Tables of approval requests and break-glass events as their tests need them: in a file, on an
 * endpoint of ours, or wherever SENTINEL_TEST_DYNAMODB_URL points.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openBreakGlassStore, openRequestStore } from "../../src/store/open.ts";
import type { BreakGlassStore, RequestStore } from "../../src/store/override_store.ts";
import type { StoreOptions } from "../../src/store/store_options.ts";
import { BREAKGLASS_TABLE, REQUEST_TABLE, type TableKind } from "../../src/store/table_kind.ts";
import {
  createTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
} from "../support/dynamodb_endpoint.ts";
import { access, deleteOutsideTable, optionsAt, OUTSIDE_URL } from "./dynamodb_subject.ts";

/** Attributes as another program might have written them: a DynamoDB value where it is an object. */
export type RawAttributes = Readonly<Record<string, unknown>>;

/** A table under test. Each `open` gives another handle of the same table. */
export interface OverrideSubject<Store> extends AsyncDisposable {
  /** What `openRequestStore` or `openBreakGlassStore` takes. */
  readonly table: string;
  /** Where the service is, for a table in DynamoDB. */
  readonly endpoint: string | null;
  /** The endpoint of ours, or `null`. */
  readonly service: DynamoDbEndpoint | null;
  open(options?: StoreOptions): Promise<Store>;
  /** Writes an item past the store. */
  put(item: RawAttributes): Promise<void>;
}

/** A way to set up a table. */
export interface OverrideSetup {
  /** `sqlite`, `DynamoDB`, … */
  readonly where: string;
  readonly requests: () => Promise<OverrideSubject<RequestStore>>;
  readonly breakGlass: () => Promise<OverrideSubject<BreakGlassStore>>;
}

type Open<Store> = (table: string, options?: StoreOptions) => Promise<Store>;

async function setupFile<Store>(
  name: "requests" | "breakglass",
  open: Open<Store>,
): Promise<OverrideSubject<Store>> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/sentinel.db`;
  return {
    table: `sqlite:${path}`,
    endpoint: null,
    service: null,
    open: () => open(`sqlite:${path}`),
    put(item) {
      const { invocations, ...columns } = item as Record<string, string | number | null>;
      using database = new DatabaseSync(path, { timeout: 5000 });
      const into = invocations === undefined ? name : "breakglass_guard";
      const row = invocations === undefined ? columns : { ...columns, invocations };
      const names = Object.keys(row);
      database.prepare(
        `INSERT OR REPLACE INTO ${into} (${names}) VALUES (${names.map((name) => `:${name}`)})`,
      ).run(row);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** An item as DynamoDB takes it. */
export function wireItem(item: RawAttributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [
        name,
        typeof value === "string"
          ? { S: value }
          : typeof value === "number"
          ? { N: String(value) }
          : value,
      ]),
  );
}

async function setupEndpoint<Store>(
  kind: TableKind,
  open: Open<Store>,
): Promise<OverrideSubject<Store>> {
  const service = await startDynamoDbEndpoint();
  const table = "overrides";
  await createTable(service, { kind, name: table });
  service.reset();
  return {
    table,
    endpoint: service.url,
    service,
    open: (options) => open(table, { ...optionsAt(service.url), ...options }),
    put: async (item) =>
      void await service.call("PutItem", { TableName: table, Item: wireItem(item) }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

async function setupOutside<Store>(
  url: string,
  kind: TableKind,
  open: Open<Store>,
): Promise<OverrideSubject<Store>> {
  const table = `sentinel-test-${crypto.randomUUID()}`;
  const { region, credentials } = access(url);
  await createTable({ url }, { kind, name: table }, { region, credentials });
  return {
    table,
    endpoint: url,
    service: null,
    open: () => open(table, optionsAt(url)),
    async put(item) {
      const { DynamoDBClient, PutItemCommand } = await import("@aws-sdk/client-dynamodb");
      const client = new DynamoDBClient({ region, endpoint: url, credentials });
      await client.send(new PutItemCommand({ TableName: table, Item: wireItem(item) as never }));
      client.destroy();
    },
    [Symbol.asyncDispose]: () => deleteOutsideTable(url, table),
  };
}

function outside(url: string): OverrideSetup {
  return {
    where: `DynamoDB at ${url}`,
    requests: () => setupOutside(url, REQUEST_TABLE, openRequestStore),
    breakGlass: () => setupOutside(url, BREAKGLASS_TABLE, openBreakGlassStore),
  };
}

/** Every place where tables are tested. */
export const OVERRIDE_SETUPS: readonly OverrideSetup[] = [
  {
    where: "sqlite",
    requests: () => setupFile("requests", openRequestStore),
    breakGlass: () => setupFile("breakglass", openBreakGlassStore),
  },
  {
    where: "DynamoDB",
    requests: () => setupEndpoint(REQUEST_TABLE, openRequestStore),
    breakGlass: () => setupEndpoint(BREAKGLASS_TABLE, openBreakGlassStore),
  },
  ...(OUTSIDE_URL === null ? [] : [outside(OUTSIDE_URL)]),
];
