import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { policyOf, serve } from "../support/serving.ts";
import { waitFor } from "../support/wait.ts";

const DEV = "arn:aws:iam::123456789012:role/Dev";

/** Puts keys of a session of role Dev into the files, as a login tool does. */
async function logIn(sandbox: Sandbox, sessionName: string, durationSeconds: number) {
  const keys = sandbox.sts.addRoleSession({ roleArn: DEV, sessionName, durationSeconds });
  await Deno.writeTextFile(
    `${sandbox.home}/.aws/credentials`,
    `[base]\naws_access_key_id = ${keys.accessKeyId}\n` +
      `aws_secret_access_key = ${keys.secretAccessKey}\naws_session_token = ${keys.sessionToken}\n`,
    { mode: 0o600 },
  );
}

Deno.test("keys that a login renewed in the files reach a running server; those of others do not", async () => {
  let ahead = 0;
  await using sandbox = await openSandbox(policyOf({ effect: "require_server" }), {
    sts: { now: () => Date.now() + ahead },
  });
  sandbox.sts.addRole({ name: "Dev", account: "123456789012" });
  await logIn(sandbox, "alice", 60);
  await using server = await serve(sandbox, { flags: ["--lazy"] });
  // AWS takes the login for over.
  ahead = 61_000;
  assertEquals((await server.ask()).status, 503);
  await logIn(sandbox, "mallory", 3600);
  await waitFor("the warning", async () => {
    assertEquals((await server.ask()).status, 503);
    return server.process.stderr().includes("has the keys of somebody else now");
  });
  await logIn(sandbox, "alice", 3600);
  const answer = await waitFor("credentials", async () => {
    const asked = await server.ask();
    return asked.status === 200 ? asked : null;
  });
  assertMatch(answer.body["AccessKeyId"] ?? "", /^ASIA/);
  const roles = sandbox.sts.calls.filter(({ action, outcome }) =>
    action === "AssumeRole" && outcome === "ok"
  );
  assert(roles.every(({ callerArn }) => callerArn?.endsWith("assumed-role/Dev/alice")));
});
