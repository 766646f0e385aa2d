import { formatIamPolicy, tablePolicy } from "../../src/store/iam_policy.ts";
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { createSessionTable, startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";

const TABLE = "sentinel-sessions";
const REGION = "eu-west-1";
const TRACKED = `version: "1"
rules:
  - { name: tracked, effect: require_server_session, conditions: { profiles: [prod] } }
`;
/** Asks until it is refused, and says how that was. */
const CLIENT = `
const headers = { authorization: Deno.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") };
for (;;) {
  const answer = await fetch(Deno.env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"), { headers });
  const { Code } = await answer.json();
  if (answer.status !== 200) {
    console.log(answer.status, Code);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
`;

Deno.test("permissions: server, revoker and auditor do their work as real processes, each with the printed IAM document only", async () => {
  await using sandbox = await openSandbox(TRACKED);
  await using dynamodb = await startDynamoDbEndpoint();
  await createSessionTable(dynamodb, TABLE);
  const people = {
    server: sandbox.keys,
    revoker: sandbox.sts.addUser({ name: "rita" }),
    auditor: sandbox.sts.addUser({ name: "otto" }),
  };
  for (const [role, { accessKeyId }] of Object.entries(people)) {
    const document = tablePolicy({
      kind: SESSION_TABLE,
      table: TABLE,
      region: REGION,
      role: role as keyof typeof people,
      kmsKey: null,
    });
    dynamodb.restrict(accessKeyId, formatIamPolicy(document));
  }
  const env = { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url, AWS_REGION: REGION };
  const as = (who: "revoker" | "auditor", args: readonly string[]) =>
    sandbox.run(args, {
      env: {
        ...env,
        AWS_ACCESS_KEY_ID: people[who].accessKeyId,
        AWS_SECRET_ACCESS_KEY: people[who].secretAccessKey,
      },
    });
  const list = ["server-sessions", "--all-users", "--output", "json"];

  const client = await sandbox.script("client", CLIENT);
  const server = sandbox.start(
    ["exec", "--server", "--session-table", TABLE, "--profile", "prod", "--", ...client],
    { env },
  );
  try {
    const id = await waitFor("the session in the auditor's list", async () => {
      const { code, stdout, stderr } = await as("auditor", list);
      assertEquals(code, 0, stderr);
      return /"id": "([0-9a-f]{16})"/.exec(stdout)?.[1];
    });
    const shown = await as("auditor", ["server-session", id]);
    assertEquals(shown.code, 0, shown.stderr);

    const revoke = ["server-revoke", id, "--reason", "laptop stolen", "--yes"];
    const denied = await as("auditor", revoke);
    assertEquals(denied.code, 69, denied.stderr);
    assertStringIncludes(denied.stderr, "AWS denies access");
    const stopped = await as("revoker", revoke);
    assertEquals(stopped.code, 0, stopped.stderr);

    const { code, stdout, stderr } = await server.finished;
    assertEquals([code, stdout], [0, "403 SESSION_REVOKED\n"], stderr);
    assertEquals(stderr.includes("denies access"), false, stderr);
    assertStringIncludes((await as("revoker", list)).stdout, '"status": "revoked"');
  } finally {
    try {
      server.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await server.finished;
  }
});
