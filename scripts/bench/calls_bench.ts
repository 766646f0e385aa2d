/**
 * What a busy server costs: calls of STS and DynamoDB, and write units, for 10,000 requests of its
 * command. The real program, its endpoint, and AWS's protocols on 127.0.0.1.
 *
 * @module
 */
import {
  createSessionTable,
  startDynamoDbEndpoint,
} from "../../tests/support/dynamodb_endpoint.ts";
import { openSandbox } from "../../tests/support/sandbox.ts";

/** Calls by 10,000 requests. */
export interface CallFigures {
  readonly requests: number;
  readonly seconds: number;
  /** Answers with credentials. */
  readonly answered: number;
  readonly assumeRole: number;
  readonly sessionReads: number;
  readonly sessionWrites: number;
  /** By AWS's rules, create and expiry included. */
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** Capacity units of a million requests that come as fast as those that were measured. */
export function unitsPerMillion(
  { requests, writeUnits, readUnits }: CallFigures,
): { readonly write: number; readonly read: number } {
  const scale = 1e6 / requests;
  return { write: Math.round(writeUnits * scale), read: Math.round(readUnits * scale) };
}

const POLICY = `version: "1"
rules:
  - name: tracked
    effect: require_server_session
    conditions:
      profiles: [prod]
`;

/** Asks the endpoint `requests` times, evenly over `seconds`. */
const CLIENT = `
const [requests, seconds] = Deno.args.map(Number);
const headers = { authorization: Deno.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") };
const uri = Deno.env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
const started = performance.now();
let answered = 0;
for (let sent = 0; sent < requests; sent += 10) {
  const wait = started + sent / requests * seconds * 1000 - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(uri, { headers })));
  for (const answer of answers) {
    await answer.body?.cancel();
    if (answer.status === 200) answered++;
  }
}
console.log(answered);
`;

/** Runs the program with a client that asks `requests` times over `seconds`. */
export async function measureCalls(requests: number, seconds: number): Promise<CallFigures> {
  const sandbox = await openSandbox(POLICY);
  const dynamodb = await startDynamoDbEndpoint();
  try {
    await createSessionTable(dynamodb, "sentinel-sessions");
    dynamodb.reset();
    const client = await sandbox.script("client", CLIENT);
    const { code, stdout, stderr } = await sandbox.run([
      ...["exec", "--server", "--session-table", "sentinel-sessions", "--profile", "prod", "--"],
      ...client,
      ...[requests, seconds].map(String),
    ], { env: { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url } });
    if (code !== 0) throw new Error(`exec ended with ${code}: ${stderr}`);
    return {
      requests,
      seconds,
      answered: Number(stdout),
      assumeRole: sandbox.sts.count("AssumeRole"),
      sessionReads: dynamodb.count("GetItem"),
      sessionWrites: dynamodb.count("PutItem") + dynamodb.count("UpdateItem"),
      writeUnits: dynamodb.writeUnits(),
      readUnits: dynamodb.readUnits(),
    };
  } finally {
    await dynamodb[Symbol.asyncDispose]();
    await sandbox[Symbol.asyncDispose]();
  }
}
