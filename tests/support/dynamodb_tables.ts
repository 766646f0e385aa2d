/**
 * DynamoDB's tables in memory: dynalite without its socket, and what dynalite does not know: TTL,
 * the old item of a failed condition, and what a write costs in the indexes.
 *
 * @module
 */
import dynalite from "dynalite";
import { type Answer, type DynamoDbRequest, errorType, failure } from "./dynamodb_answer.ts";
import { type CapacityTable, itemSize, type WireItem, writeUnits } from "./dynamodb_capacity.ts";
import { DynamoDbControlPlane } from "./dynamodb_control_plane.ts";

export type { Answer, DynamoDbRequest };
export { failure };

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem"]);
const READS = new Set(["GetItem", "BatchGetItem", "Query", "Scan"]);
/** Media type of every body. */
export const AMZ_JSON = "application/x-amz-json-1.0";
const INTERNAL_HEADERS = {
  "content-type": AMZ_JSON,
  "x-amz-date": "20250101T000000Z",
  authorization: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
};

/** Calls dynalite without a socket: its request handler is fed by hand. */
function createDynalite() {
  const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const handle = dynalite(options).listeners("request")[0];
  return (operation: string, text: string, headers: Readonly<Record<string, string>>) =>
    new Promise<Answer>((resolve) => {
      const listeners: Record<string, (data?: string) => void> = {};
      const request = {
        method: "POST",
        url: "/",
        headers: { ...headers, "x-amz-target": `DynamoDB_20120810.${operation}` },
        on: (event: string, listener: () => void) => listeners[event] = listener,
        removeAllListeners: () => {},
      };
      const response = {
        statusCode: 200,
        setHeader: () => {},
        end(text: string) {
          resolve({ status: this.statusCode, body: JSON.parse(text) });
        },
      };
      handle(request, response);
      listeners["data"]!(text);
      listeners["end"]!();
    });
}

/** What is done with a call once no fault stands in its way. */
export class DynamoDbTables {
  readonly #dynalite = createDynalite();
  readonly #definitions = new Map<string, CapacityTable>();
  readonly #controlPlane = new DynamoDbControlPlane((operation, body) =>
    this.#run(operation, body)
  );
  readonly #ttlAttributes = new Map<string, string>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  writeUnits = 0;
  readUnits = 0;

  async call(operation: string, body: unknown): Promise<Record<string, unknown>> {
    const answer = await this.#run(operation, body);
    if (answer.status !== 200) {
      throw new Error(`${errorType(answer)}: ${answer.body["message"]}`);
    }
    return answer.body;
  }

  perform(
    { operation, body }: DynamoDbRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    if (operation === "UpdateTimeToLive") return this.#updateTimeToLive(body);
    if (operation === "DescribeTimeToLive") return this.#describeTimeToLive(body);
    if (WRITES.has(operation)) {
      // One write at a time, so that the item before and after it is known for certain.
      const write = this.#lastWrite.then(() => this.#write({ operation, body }, headers));
      this.#lastWrite = write.catch(() => {});
      return write;
    }
    if (READS.has(operation)) return this.#read({ operation, body }, headers);
    if (operation.endsWith("Table")) this.#definitions.delete(String(body["TableName"]));
    if (this.#controlPlane.knows(operation)) return this.#control({ operation, body });
    return this.#run(operation, body, headers);
  }

  #run(
    operation: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = INTERNAL_HEADERS,
  ): Promise<Answer> {
    return this.#dynalite(operation, JSON.stringify(body), headers);
  }

  async #control({ operation, body }: DynamoDbRequest): Promise<Answer> {
    const answer = await this.#controlPlane.perform({ operation, body });
    if (operation === "DeleteTable" && answer.status === 200) {
      this.#ttlAttributes.delete(String(body["TableName"]));
    }
    return answer;
  }

  async #definition(table: string): Promise<CapacityTable | null> {
    const known = this.#definitions.get(table);
    if (known !== undefined) return known;
    const { status, body } = await this.#run("DescribeTable", { TableName: table });
    if (status !== 200) return null;
    const definition = body["Table"] as CapacityTable;
    this.#definitions.set(table, definition);
    return definition;
  }

  async #item(table: string, key: unknown): Promise<WireItem | null> {
    const get = { TableName: table, Key: key, ConsistentRead: true };
    return ((await this.#run("GetItem", get)).body["Item"] ?? null) as WireItem | null;
  }

  async #write(
    { operation, body }: DynamoDbRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const table = String(body["TableName"]);
    const definition = await this.#definition(table);
    if (definition === null) return this.#run(operation, body, headers);
    const keyed = (body["Key"] ?? body["Item"]) as WireItem | undefined;
    const key = Object.fromEntries(
      definition.KeySchema.map(({ AttributeName: name }) => [name, keyed?.[name]]),
    );
    const before = await this.#item(table, key);
    const answer = await this.#run(operation, body, headers);
    if (answer.status === 200) {
      this.writeUnits += writeUnits(definition, before, await this.#item(table, key));
    } else if (errorType(answer) === "ConditionalCheckFailedException") {
      this.writeUnits += Math.max(1, Math.ceil(itemSize(before ?? {}) / 1024));
      if (body["ReturnValuesOnConditionCheckFailure"] === "ALL_OLD" && before !== null) {
        answer.body["Item"] = before;
      }
    }
    return answer;
  }

  async #read(
    { operation, body }: DynamoDbRequest,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const answer = await this.#run(
      operation,
      { ...body, ReturnConsumedCapacity: "TOTAL" },
      headers,
    );
    const consumed = [answer.body["ConsumedCapacity"] ?? []].flat() as { CapacityUnits: number }[];
    for (const { CapacityUnits } of consumed) this.readUnits += CapacityUnits;
    if (body["ReturnConsumedCapacity"] === undefined) delete answer.body["ConsumedCapacity"];
    return answer;
  }

  async #updateTimeToLive(body: DynamoDbRequest["body"]): Promise<Answer> {
    const table = String(body["TableName"]);
    if (await this.#definition(table) === null) {
      return failure("ResourceNotFoundException", `Requested resource not found: Table: ${table}`);
    }
    if (this.#controlPlane.isBusy(table)) {
      return failure("ResourceInUseException", `Attempt to change a busy resource: ${table}`);
    }
    const { AttributeName: name, Enabled: enabled } = (body["TimeToLiveSpecification"] ??
      {}) as Record<string, unknown>;
    if (typeof name !== "string" || name === "" || name.length > 255) {
      return failure("ValidationException", "TimeToLiveSpecification.AttributeName is not valid");
    }
    if (typeof enabled !== "boolean") {
      return failure("ValidationException", "TimeToLiveSpecification.Enabled must not be null");
    }
    const current = this.#ttlAttributes.get(table);
    if (enabled === (current !== undefined)) {
      const state = enabled ? "enabled" : "disabled";
      return failure("ValidationException", `TimeToLive is already ${state}`);
    }
    if (!enabled && name !== current) {
      return failure("ValidationException", "TimeToLive is active on a different AttributeName");
    }
    if (enabled) this.#ttlAttributes.set(table, name);
    else this.#ttlAttributes.delete(table);
    return { status: 200, body: { TimeToLiveSpecification: body["TimeToLiveSpecification"] } };
  }

  async #describeTimeToLive(body: DynamoDbRequest["body"]): Promise<Answer> {
    const table = String(body["TableName"]);
    if (await this.#definition(table) === null) {
      return failure("ResourceNotFoundException", `Requested resource not found: Table: ${table}`);
    }
    const name = this.#ttlAttributes.get(table);
    const description = name === undefined
      ? { TimeToLiveStatus: "DISABLED" }
      : { TimeToLiveStatus: "ENABLED", AttributeName: name };
    return { status: 200, body: { TimeToLiveDescription: description } };
  }
}
