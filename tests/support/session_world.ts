/**
 * A world for the commands that administer sessions: a sandbox, a session table at DynamoDB's API,
 * an IAM, and sessions in it. Commands run in this process; `sandbox` starts real ones.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import { createSessionRecord, type SessionRecord } from "../../src/state/session.ts";
import { openSessionStore } from "../../src/store/open.ts";
import type { SessionStore } from "../../src/store/store.ts";
import {
  createSessionTable,
  type DynamoDbEndpoint,
  startDynamoDbEndpoint,
  TEST_CREDENTIALS,
} from "./dynamodb_endpoint.ts";
import { type FakeHost, fakeHost, type FakeHostOptions } from "./fake_host.ts";
import { type IamEndpoint, startIamEndpoint } from "./iam_endpoint.ts";
import { openSandbox, type Sandbox } from "./sandbox.ts";

/** Name of the session table. */
export const TABLE = "sentinel-sessions";

const TRACKED = `version: "1"
rules:
  - name: tracked
    effect: require_server_session
    conditions: { profiles: [prod] }
`;

/** The world. */
export interface SessionWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly dynamodb: DynamoDbEndpoint;
  readonly iam: IamEndpoint;
  readonly store: SessionStore;
  /** Environment of commands, of real processes too. The administrator is user alice. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `sentinel ...args` in this process. */
  sentinel(args: readonly string[], host?: FakeHostOptions): Promise<FakeHost & { status: number }>;
  /** Writes a session that began `number` minutes ago; by default alice's, of prod, and active. */
  session(number: number, changes?: Partial<SessionRecord>): Promise<SessionRecord>;
}

/** Opens the world. */
export async function openSessionWorld(): Promise<SessionWorld> {
  await using opening = new AsyncDisposableStack();
  const sandbox = opening.use(await openSandbox(TRACKED));
  const dynamodb = opening.use(await startDynamoDbEndpoint());
  const iam = opening.use(startIamEndpoint({ keys: sandbox.keys }));
  await createSessionTable(dynamodb, TABLE);
  const store = opening.use(
    await openSessionStore(TABLE, {
      region: "eu-west-1",
      endpoint: dynamodb.url,
      credentials: () => Promise.resolve(TEST_CREDENTIALS),
    }),
  );
  const env = {
    ...sandbox.env,
    AWS_REGION: "eu-west-1",
    AWS_PROFILE: "base",
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_IAM: iam.url,
  };
  const stack = opening.move();
  return {
    sandbox,
    dynamodb,
    iam,
    store,
    env,
    async sentinel(args, options = {}) {
      const host = fakeHost({ ...options, env: { ...env, ...options.env } });
      const status = await run(args, host);
      return Object.assign(host, { status });
    },
    async session(number, changes = {}) {
      const id = changes.id ?? number.toString(16).padStart(16, "0");
      const now = Date.now();
      const startedAt = now - number * 60_000;
      const user = changes.user ?? "alice";
      const record: SessionRecord = {
        ...createSessionRecord({
          id,
          user,
          profile: "prod",
          serverInstanceId: `server-${number}`,
          startedAt,
          expiresAt: now + 15 * 60_000,
          sourceIdentity: `sentinel=${user}=direct=${id}`,
        }),
        lastAccessAt: now,
        updatedAt: now,
        ...changes,
      };
      await store.create(record);
      return record;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
