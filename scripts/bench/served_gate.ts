/**
 * The gate as a server has it, for the bench of the endpoint: a policy in a file that is looked at
 * every time, a required session in SQLite, credentials in memory.
 *
 * @module
 */
import { systemClock } from "../../src/clock.ts";
import type { Decision } from "../../src/gate/decision.ts";
import { createGate } from "../../src/gate/gate.ts";
import { newId } from "../../src/gate/request_id.ts";
import { sha256Hex } from "../../src/gate/source_identity.ts";
import { createCredentialMemory } from "../../src/io/credential_memory.ts";
import { createPolicyFile } from "../../src/io/policy_file.ts";
import { createSessionTracker } from "../../src/server/session_tracker.ts";
import { openSessionStore } from "../../src/store/open.ts";

/** A gate that says yes, after all that it takes. */
export interface ServedGate extends AsyncDisposable {
  authorize(requestId: string): Decision | Promise<Decision>;
}

const POLICY = `version: "1"
rules:
  - name: nobody
    effect: deny
    conditions: { users: [mallory], profiles: [prod] }
  - name: tracked
    effect: require_server_session
    conditions:
      profiles: ["prod-*", prod]
      users: [alice]
      accounts: ["123456789012"]
      time: { hours: { start: "00:00", end: "23:59" }, timezone: Europe/Berlin }
`;

/** Opens the gate over files in a directory of its own. */
export async function openServedGate(): Promise<ServedGate> {
  const directory = await Deno.makeTempDir({ prefix: "sentinel-bench-" });
  const policy = `${directory}/policy.yaml`;
  await Deno.writeTextFile(policy, POLICY);
  // A file that was changed a moment ago is read at every request: measure the usual case.
  await Deno.utime(policy, new Date(0), new Date(0));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const sessionId = newId();
  const sessions = createSessionTracker({
    sessionId,
    serverInstanceId: newId(),
    user: "alice",
    profile: "prod",
    sourceIdentity: null,
    durationSeconds: 900,
    openStore: openSessionStore,
    clock: systemClock,
    warn: (message) => {
      throw new Error(message);
    },
  });
  const gate = createGate({
    policy: createPolicyFile(policy, { cacheDirectory: null }),
    overrides: null,
    sessions,
    credentials: createCredentialMemory({
      issue: ({ durationSeconds, sourceIdentity }) => ({
        accessKeyId: "ASIAIOSFODNN7EXAMPLE",
        secretAccessKey: "x".repeat(40),
        sessionToken: "x".repeat(300),
        expiresAt: Date.now() + durationSeconds * 1000,
        durationSeconds,
        accountId: "123456789012",
        roleArn: "arn:aws:iam::123456789012:role/Prod",
        sourceIdentity,
      }),
    }, systemClock),
    log: null,
    process: { host: "bench", pid: Deno.pid },
    userDigest: await sha256Hex("alice"),
  });
  return {
    authorize: (requestId) =>
      gate.authorizeNow({
        user: "alice",
        account: "123456789012",
        arn: "arn:aws:iam::111111111111:user/alice",
        profile: "prod",
        role: "arn:aws:iam::123456789012:role/Prod",
        mode: "server",
        time: Date.now(),
        sessionTable: `sqlite:${directory}/sessions.db`,
        durationSeconds: 900,
        requestId,
        command: "bench",
      }),
    async [Symbol.asyncDispose]() {
      await sessions.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
