/**
 * A DynamoDB endpoint on the loopback for tests and benches: it counts every call, and can be
 * told to be slow, to fail, to throttle, to hang or to lose answers.
 *
 * @module
 */
import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { SESSION_TABLE, type TableKind } from "../../src/store/table_kind.ts";
import { tableDefinition, TTL_ATTRIBUTE } from "../../src/store/tables.ts";
import {
  AMZ_JSON,
  type Answer,
  type DynamoDbRequest,
  DynamoDbTables,
  failure,
} from "./dynamodb_tables.ts";
import { iamRequestsOf, isAllowed } from "./iam_evaluator.ts";

export type { DynamoDbRequest };

/** What an endpoint does instead of, before or after answering. */
export type DynamoDbFault =
  /** Answers after `ms`. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Answers with an error and does nothing. */
  | {
    readonly kind: "error";
    readonly status: number;
    readonly type: string;
    readonly message?: string;
  }
  /** Answers `ProvisionedThroughputExceededException` and does nothing. */
  | { readonly kind: "throttle" }
  /** Never answers, and does nothing. */
  | { readonly kind: "hang" }
  /** Does nothing; the connection dies in the middle of the answer. */
  | { readonly kind: "reset" }
  /** Does what was asked; then the connection dies in the middle of the answer. */
  | { readonly kind: "lose-answer" }
  /** Does nothing of a batch and says so. */
  | { readonly kind: "unprocessed" }
  /** Answers as an endpoint that does not know `ReturnValuesOnConditionCheckFailure`. */
  | { readonly kind: "without-old-item" };

/** How often a fault or a hook strikes. */
export interface Repetition {
  /** Calls that are struck; default: all. */
  readonly times?: number;
}

/** A running endpoint. */
export interface DynamoDbEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Every call since the start or the last {@linkcode reset}, in order, faults included. */
  readonly requests: readonly DynamoDbRequest[];
  /** Calls of one operation, or of all. */
  count(operation?: string): number;
  /** Write units by AWS's rules, indexes included. */
  writeUnits(): number;
  /** Read units by AWS's rules. */
  readUnits(): number;
  /** Lets `operation` (or `*`) fail from now on; the newest fault strikes first. */
  inject(operation: string, fault: DynamoDbFault, options?: Repetition): void;
  /** Runs `hook` before `operation` is carried out: the place for a race. */
  before(
    operation: string,
    hook: (request: DynamoDbRequest) => unknown,
    options?: Repetition,
  ): void;
  /**
   * Lets calls that are signed with this access key do only what the IAM document (JSON text)
   * allows. Other keys may do everything.
   */
  restrict(accessKeyId: string, document: string): void;
  /** Forgets faults, hooks and counts; tables stay. Calls that hang stay unanswered. */
  reset(): void;
  /** Calls dynalite itself: not counted, never struck. Rejects with the error's `__type`. */
  call(operation: string, body: unknown): Promise<Record<string, unknown>>;
}

/** Faults or hooks that wait for their call. */
class Strikes<T> {
  #waiting: { readonly operation: string; readonly what: T; left: number }[] = [];

  add(operation: string, what: T, { times = Infinity }: Repetition = {}): void {
    this.#waiting.unshift({ operation, what, left: times });
  }

  take(operation: string): T | null {
    const strike = this.#waiting.find(({ operation: struck, left }) =>
      left > 0 && (struck === operation || struck === "*")
    );
    if (strike === undefined) return null;
    strike.left--;
    return strike.what;
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = ms === Infinity ? undefined : setTimeout(end, ms);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

function respond(answer: Answer): Response {
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { "content-type": AMZ_JSON, "x-amzn-requestid": "TEST" },
  });
}

/** Announces more than it sends, then breaks the connection. */
function brokenResponse(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: (controller) => controller.close(),
  });
  return new Response(body, { headers: { "content-type": AMZ_JSON, "content-length": "1000" } });
}

const ACCOUNT = "123456789012";

/** The answer to a call that the signer's IAM document does not allow, or `null`. */
function denied(
  request: DynamoDbRequest,
  authorization: string,
  documents: ReadonlyMap<string, string>,
): Answer | null {
  const [, accessKeyId = "", region = ""] =
    /Credential=([^/]+)\/[^/]+\/([^/]+)\//.exec(authorization) ?? [];
  const document = documents.get(accessKeyId);
  if (document === undefined) return null;
  const refused = iamRequestsOf(request, { region, account: ACCOUNT })
    .find((iamRequest) => !isAllowed(document, iamRequest));
  if (refused === undefined) return null;
  const { action, resource } = refused;
  return failure("AccessDeniedException", `not authorized to perform: ${action} on ${resource}`);
}

/** Starts an endpoint on a free port of 127.0.0.1. */
export function startDynamoDbEndpoint(): Promise<DynamoDbEndpoint> {
  const tables = new DynamoDbTables();
  const faults = new Strikes<DynamoDbFault>();
  const hooks = new Strikes<(request: DynamoDbRequest) => unknown>();
  const documents = new Map<string, string>();
  const closing = new AbortController();
  let requests: DynamoDbRequest[] = [];

  async function handle(incoming: Request): Promise<Response> {
    const [, operation] = (incoming.headers.get("x-amz-target") ?? "").split(".");
    if (incoming.method !== "POST" || operation === undefined) {
      return new Response("<UnknownOperationException/>\n", { status: 404 });
    }
    let body: DynamoDbRequest["body"];
    try {
      body = await incoming.json();
    } catch {
      return respond(failure("SerializationException", "the body is not JSON"));
    }
    const request = { operation, body };
    requests.push(request);
    const denial = denied(request, incoming.headers.get("authorization") ?? "", documents);
    if (denial !== null) return respond(denial);
    const fault = faults.take(operation);
    if (fault?.kind === "error") {
      return respond(failure(fault.type, fault.message ?? "injected", fault.status));
    }
    if (fault?.kind === "throttle") {
      return respond(failure("ProvisionedThroughputExceededException", "Rate exceeded"));
    }
    if (fault?.kind === "unprocessed") {
      const UnprocessedKeys = body["RequestItems"];
      return respond({ status: 200, body: { Responses: {}, UnprocessedKeys } });
    }
    if (fault?.kind === "reset") return brokenResponse();
    if (fault?.kind === "slow") await pause(fault.ms, closing.signal);
    if (fault?.kind === "hang") {
      await pause(Infinity, closing.signal);
      return brokenResponse();
    }
    await hooks.take(operation)?.(request);
    const answer = await tables.perform(request, Object.fromEntries(incoming.headers));
    if (fault?.kind === "lose-answer") return brokenResponse();
    if (fault?.kind === "without-old-item" && answer.status !== 200) delete answer.body["Item"];
    return respond(answer);
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handle);
  return Promise.resolve({
    url: `http://127.0.0.1:${server.addr.port}`,
    get requests() {
      return requests;
    },
    count: (operation?: string) =>
      requests.filter((request) => operation === undefined || request.operation === operation)
        .length,
    writeUnits: () => tables.writeUnits,
    readUnits: () => tables.readUnits,
    inject: (operation, fault, options) => faults.add(operation, fault, options),
    before: (operation, hook, options) => hooks.add(operation, hook, options),
    restrict: (accessKeyId, document) => void documents.set(accessKeyId, document),
    reset() {
      faults.clear();
      hooks.clear();
      requests = [];
      tables.writeUnits = tables.readUnits = 0;
    },
    call: (operation, body) => tables.call(operation, body),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  });
}

/** Static credentials that every local endpoint accepts. */
export const TEST_CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
} as const;

/** How {@linkcode createTable} makes a table. */
export interface TableOptions {
  /** `narrow` is ours; `all` is a table whose indexes carry everything. Default `narrow`. */
  readonly projection?: "narrow" | "all";
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default {@linkcode TEST_CREDENTIALS}. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Creates a session table at any DynamoDB-like endpoint and waits until it is active. */
export async function createSessionTable(
  endpoint: { readonly url: string },
  name: string,
  options: TableOptions = {},
): Promise<void> {
  await createTable(endpoint, { kind: SESSION_TABLE, name }, options);
}

/** Creates a table of a kind at any DynamoDB-like endpoint and waits until it is active. */
export async function createTable(
  endpoint: { readonly url: string },
  { kind, name }: { readonly kind: TableKind; readonly name: string },
  { projection = "narrow", region = "us-east-1", credentials = TEST_CREDENTIALS }: TableOptions =
    {},
): Promise<void> {
  const { CreateTableCommand, DescribeTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } =
    await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({
    region,
    endpoint: endpoint.url,
    credentials,
  });
  try {
    // The round trip makes the read-only definition the SDK's own mutable type.
    const definition = structuredClone(
      tableDefinition(kind, name),
    ) as CreateTableCommandInput;
    if (projection === "all") {
      for (const index of definition.GlobalSecondaryIndexes ?? []) {
        index.Projection = { ProjectionType: "ALL" };
      }
    }
    await client.send(new CreateTableCommand(definition));
    const describe = new DescribeTableCommand({ TableName: name });
    while ((await client.send(describe)).Table?.TableStatus !== "ACTIVE") {
      await pause(20);
    }
    const specification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
    await client.send(
      new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: specification }),
    );
  } finally {
    client.destroy();
  }
}
