/**
 * A session table on a DynamoDB endpoint, as the tests of the DynamoDB store need it: on an
 * endpoint of ours, or wherever SENTINEL_TEST_DYNAMODB_URL points.
 *
 * @module
 */
import { openSessionStore } from "../../src/store/open.ts";
import type { SessionStore } from "../../src/store/store.ts";
import type { StoreOptions } from "../../src/store/store_options.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  type TableOptions,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import type { StoreSubject } from "./session_store_contract.ts";

/** A DynamoDB-compatible service outside of the tests, or `null`. */
export const OUTSIDE_URL = Deno.env.get("SENTINEL_TEST_DYNAMODB_URL") ?? null;

/** A fresh table and the endpoint of ours that keeps it. */
export interface DynamoDbSubject extends StoreSubject {
  readonly service: DynamoDbEndpoint;
  open(options?: StoreOptions): Promise<SessionStore>;
}

/** Region and credentials for an endpoint: an outside one is used as the environment says. */
export function access(endpoint: string) {
  const accessKeyId = Deno.env.get("AWS_ACCESS_KEY_ID");
  const secretAccessKey = Deno.env.get("AWS_SECRET_ACCESS_KEY");
  if (endpoint !== OUTSIDE_URL || accessKeyId === undefined || secretAccessKey === undefined) {
    return { region: "us-east-1", credentials: TEST_CREDENTIALS };
  }
  const sessionToken = Deno.env.get("AWS_SESSION_TOKEN");
  return {
    region: Deno.env.get("AWS_REGION") ?? "us-east-1",
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  };
}

/** How a table at `endpoint` is reached. */
export function optionsAt(endpoint: string): StoreOptions {
  const { region, credentials } = access(endpoint);
  return { region, endpoint, credentials: () => Promise.resolve(credentials) };
}

/** Opens a table at `endpoint`. */
export function openTableAt(
  endpoint: string,
  table: string,
  options: StoreOptions = {},
): Promise<SessionStore> {
  return openSessionStore(table, { ...optionsAt(endpoint), ...options });
}

/** Starts an endpoint with an empty session table. */
export async function startDynamoDbSubject(
  options: TableOptions = {},
): Promise<DynamoDbSubject> {
  const service = await startDynamoDbEndpoint();
  const table = "sessions";
  await createSessionTable(service, table, options);
  service.reset();
  return {
    table,
    endpoint: service.url,
    service,
    open: (options) => openTableAt(service.url, table, options),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Creates an empty session table at an outside endpoint; it is deleted in the end. */
export async function createOutsideSubject(url: string): Promise<StoreSubject> {
  const table = `sentinel-test-${crypto.randomUUID()}`;
  const { region, credentials } = access(url);
  await createSessionTable({ url }, table, { region, credentials });
  return {
    table,
    endpoint: url,
    open: () => openTableAt(url, table),
    [Symbol.asyncDispose]: () => deleteOutsideTable(url, table),
  };
}

/** Deletes a table at an outside endpoint. */
export async function deleteOutsideTable(url: string, table: string): Promise<void> {
  const { region, credentials } = access(url);
  const { DeleteTableCommand, DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({ region, endpoint: url, credentials });
  await client.send(new DeleteTableCommand({ TableName: table }));
  client.destroy();
}
