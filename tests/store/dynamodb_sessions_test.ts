import { openSessionStore } from "../../src/store/open.ts";
import {
  createSessionTable,
  type SessionTableOptions,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "../support/dynamodb_endpoint.ts";
import { describeSessionStore } from "./session_store_contract.ts";

function openTable(table: string, endpoint: string) {
  return openSessionStore(table, {
    region: "us-east-1",
    endpoint,
    credentials: () => Promise.resolve(TEST_CREDENTIALS),
  });
}

async function setup(options: SessionTableOptions) {
  const endpoint = await startDynamoDbEndpoint();
  await createSessionTable(endpoint, "sessions", options);
  return {
    table: "sessions",
    endpoint: endpoint.url,
    open: () => openTable("sessions", endpoint.url),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

for (const projection of ["narrow", "all"] as const) {
  describeSessionStore(`DynamoDB (${projection})`, {
    setup: () => setup({ projection }),
    histories: 30,
  });
}
