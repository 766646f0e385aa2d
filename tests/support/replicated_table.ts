/**
 * A table in two regions, replicated as DynamoDB's global tables do it: each item by itself, whole,
 * some time later; of two writers of the same item the last one wins everywhere.
 *
 * @module
 */
import { openSessionStore } from "../../src/store/open.ts";
import type { SessionStore } from "../../src/store/store.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "./dynamodb_endpoint.ts";

/** One of the two. */
export type Region = "here" | "there";

/** One version of an item on its way to the other region. */
interface Version {
  readonly id: string;
  readonly writtenAt: number;
  readonly item: Record<string, unknown>;
}

/** A region: its endpoint, its store, and the versions that stand in it. */
interface Replica {
  readonly endpoint: DynamoDbEndpoint;
  readonly store: SessionStore;
  readonly versions: Map<string, Version>;
}

const TABLE = "sessions";

/** The table and its two stores. Writes are made one after the other. */
export class ReplicatedTable implements AsyncDisposable {
  readonly #regions: Readonly<Record<Region, Replica>>;
  readonly #underway: Record<Region, Version[]> = { here: [], there: [] };
  readonly #written: { readonly region: Region; readonly id: string }[] = [];
  #time = 0;

  private constructor(regions: Readonly<Record<Region, Replica>>) {
    this.#regions = regions;
    for (const region of ["here", "there"] as const) {
      const { endpoint } = regions[region];
      for (const operation of ["PutItem", "UpdateItem"]) {
        endpoint.before(operation, ({ body }) => {
          const { id } = (body["Key"] ?? body["Item"]) as { id: { S: string } };
          this.#written.push({ region, id: id.S });
        });
      }
    }
  }

  /** Makes the table in both regions. */
  static async open(): Promise<ReplicatedTable> {
    const open = async () => {
      const endpoint = await startDynamoDbEndpoint();
      await createSessionTable(endpoint, TABLE);
      const store = await openSessionStore(TABLE, {
        region: "us-east-1",
        endpoint: endpoint.url,
        credentials: () => Promise.resolve(TEST_CREDENTIALS),
      });
      return { endpoint, store, versions: new Map<string, Version>() };
    };
    return new ReplicatedTable({ here: await open(), there: await open() });
  }

  /** Does something in a region; what it writes is on its way from then on. */
  async at<T>(region: Region, work: (store: SessionStore) => Promise<T>): Promise<T> {
    const result = await work(this.#regions[region].store);
    for (const { region: from, id } of this.#written.splice(0)) {
      const { versions } = this.#regions[from];
      const item = await this.raw(from, id);
      // A condition that did not hold wrote nothing.
      if (item === null || JSON.stringify(item) === JSON.stringify(versions.get(id)?.item)) {
        continue;
      }
      const version = { id, writtenAt: ++this.#time, item };
      versions.set(id, version);
      this.#underway[from].push(version);
    }
    return result;
  }

  /** The item as it stands in a region, as on the wire, or `null`. */
  async raw(region: Region, id: string): Promise<Record<string, unknown> | null> {
    const { Item } = await this.#regions[region].endpoint.call("GetItem", {
      TableName: TABLE,
      Key: { id: { S: id } },
      ConsistentRead: true,
    });
    return (Item ?? null) as Record<string, unknown> | null;
  }

  /** Deletes an item in a region behind everybody's back. */
  async forget(region: Region, id: string): Promise<void> {
    await this.#regions[region].endpoint.call("DeleteItem", {
      TableName: TABLE,
      Key: { id: { S: id } },
    });
  }

  /** Lets up to `count` of the oldest writes of a region arrive in the other. */
  async deliver(from: Region, count = Infinity): Promise<void> {
    const to = this.#regions[from === "here" ? "there" : "here"];
    for (const version of this.#underway[from].splice(0, count)) {
      const { id, writtenAt, item } = version;
      if ((to.versions.get(id)?.writtenAt ?? 0) > writtenAt) continue;
      to.versions.set(id, version);
      await to.endpoint.call("PutItem", { TableName: TABLE, Item: item });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { store, endpoint } of Object.values(this.#regions)) {
      await store[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    }
  }
}
