/**
 * The calls of DynamoDB's API that a table needs, through the SDK, which is loaded only when a
 * caller is opened. Every call ends in time, and every fault says what to do.
 *
 * @module
 */
import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DynamoDBClient,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { SentinelError } from "../errors.ts";
import { quote } from "../text/printable.ts";
import { dynamoDbFault, STORE_CLOSED } from "./dynamodb_fault.ts";
import { FetchHandler } from "../transport/fetch_handler.ts";
import type { StoreCall } from "./store_call.ts";
import type { StoreOptions } from "./store_options.ts";
import type { TableKind } from "./table_kind.ts";

type Sdk = typeof import("@aws-sdk/client-dynamodb");

/** Which table is called. */
export interface TablePlace {
  readonly kind: TableKind;
  /** Name of the table. */
  readonly table: string;
}

/** The condition of a write did not hold. */
export class ConditionFailed extends Error {
  /** The item as it is; absent when there is none, or the endpoint is too old to tell. */
  readonly item: Readonly<Record<string, AttributeValue>> | undefined;

  /** Carries the item as it is. */
  constructor(item: Readonly<Record<string, AttributeValue>> | undefined) {
    super("the condition did not hold");
    this.item = item;
  }
}

/** How long one attempt of a call may take. */
const ATTEMPT_TIMEOUT_MS = 3000;
/** The same where a request waits: a connection that died unseen must leave time for a second. */
const URGENT_ATTEMPT_TIMEOUT_MS = 400;
/** How long a call may take in all, credentials and retries included. */
const CALL_TIMEOUT_MS = 10_000;

/**
 * Opens a caller for a table, without calling. Rejects with `CONFIG_INVALID` when no region is
 * known.
 */
export async function openDynamoDbCaller(
  place: TablePlace,
  { region, endpoint, useFips, credentials }: StoreOptions,
): Promise<DynamoDbCaller> {
  // With an endpoint of the caller's nothing is left for the SDK to find.
  if (endpoint !== undefined && region === undefined) throw noRegion(place);
  const sdk = await loadSdk(place);
  const client = new sdk.DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined || endpoint === null ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // A caller who says where the table is has looked at the environment and at ~/.aws already.
    ...(endpoint === undefined ? {} : {
      ignoreConfiguredEndpointUrls: true,
      useDualstackEndpoint: false,
      defaultsMode: "standard" as const,
      authSchemePreference: [],
      userAgentAppId: () => Promise.resolve(undefined),
    }),
    ...(useFips === undefined ? {} : { useFipsEndpoint: useFips }),
    // The default asks for the release of the operating system.
    defaultUserAgentProvider: () => Promise.resolve([["sentinel"]]),
    maxAttempts: 2,
    retryMode: "standard",
    requestHandler: new FetchHandler(ATTEMPT_TIMEOUT_MS),
  });
  try {
    return new DynamoDbCaller({ sdk, client, ...place, region: await client.config.region() });
  } catch (thrown) {
    client.destroy();
    throw noRegion(place, thrown);
  }
}

function noRegion({ kind, table }: TablePlace, cause?: unknown): SentinelError {
  return new SentinelError(
    "CONFIG_INVALID",
    `Cannot open ${kind.name} table ${quote(table)}: no region is set`,
    { suggestion: "Set it with --region, AWS_REGION or the profile's region.", cause },
  );
}

async function loadSdk({ kind, table }: TablePlace): Promise<Sdk> {
  try {
    return await import("@aws-sdk/client-dynamodb");
  } catch (thrown) {
    throw new SentinelError(
      kind.unavailable,
      `Cannot open ${kind.name} table ${quote(table)}: the AWS SDK cannot be loaded`,
      { suggestion: "Run it once with network access, so that Deno can cache it.", cause: thrown },
    );
  }
}

interface CallerParts extends TablePlace {
  readonly sdk: Sdk;
  readonly client: DynamoDBClient;
  readonly region: string;
}

/** Calls DynamoDB for one table. Rejects with {@linkcode ConditionFailed} or `SentinelError`. */
export class DynamoDbCaller implements Disposable {
  readonly #parts: CallerParts;
  #closed = false;

  /** Use {@linkcode openDynamoDbCaller}. */
  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  getItem(input: GetItemCommandInput, call: StoreCall): Promise<GetItemCommandOutput> {
    const { sdk, client } = this.#parts;
    const command = new sdk.GetItemCommand(input);
    const requestTimeout = call.signal === undefined
      ? ATTEMPT_TIMEOUT_MS
      : URGENT_ATTEMPT_TIMEOUT_MS;
    return this.#send("GetItem", call, (o) => client.send(command, { ...o, requestTimeout }));
  }

  putItem(input: PutItemCommandInput, call: StoreCall): Promise<PutItemCommandOutput> {
    const { sdk, client } = this.#parts;
    const command = new sdk.PutItemCommand(input);
    return this.#send("PutItem", call, (options) => client.send(command, options));
  }

  updateItem(input: UpdateItemCommandInput, call: StoreCall): Promise<UpdateItemCommandOutput> {
    const { sdk, client } = this.#parts;
    const command = new sdk.UpdateItemCommand(input);
    return this.#send("UpdateItem", call, (options) => client.send(command, options));
  }

  query(input: QueryCommandInput, call: StoreCall): Promise<QueryCommandOutput> {
    const { sdk, client } = this.#parts;
    const command = new sdk.QueryCommand(input);
    return this.#send("Query", call, (options) => client.send(command, options));
  }

  batchGetItem(
    input: BatchGetItemCommandInput,
    call: StoreCall,
  ): Promise<BatchGetItemCommandOutput> {
    const { sdk, client } = this.#parts;
    const command = new sdk.BatchGetItemCommand(input);
    return this.#send("BatchGetItem", call, (options) => client.send(command, options));
  }

  /** The error of an operation that DynamoDB did in part only, time and again. */
  throttled(operation: string, call: StoreCall): SentinelError {
    return this.#fault(operation, call, { name: "ThrottlingException" });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#parts.client.destroy();
  }

  async #send<Output>(
    operation: string,
    call: StoreCall,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    if (this.#closed) throw this.#fault(operation, call, { name: STORE_CLOSED });
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), CALL_TIMEOUT_MS);
    const signal = AbortSignal.any([timeout.signal, ...(call.signal ? [call.signal] : [])]);
    try {
      signal.throwIfAborted();
      // The SDK heeds the signal neither between two attempts nor while it gets credentials.
      return await Promise.race([send({ abortSignal: signal }), aborted(signal)]);
    } catch (thrown) {
      if (thrown instanceof this.#parts.sdk.ConditionalCheckFailedException) {
        throw new ConditionFailed(thrown.Item);
      }
      throw this.#fault(operation, call, signal.aborted ? { name: "AbortError" } : thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  #fault(operation: string, { action }: StoreCall, thrown: unknown): SentinelError {
    const { kind, table, region } = this.#parts;
    return dynamoDbFault({ kind, action, operation, table, region }, thrown);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
