/**
 * `deno task demo`: the main job of the program, on embedded parts and without an AWS account. It
 * runs the real program as child processes, shows what happens, and ends with status 0 only if
 * every step really happened. It leaves nothing behind.
 *
 * @module
 */
import { openSessionStore } from "../src/store/open.ts";
import type { SessionRecord } from "../src/state/session.ts";
import type { SessionStore } from "../src/store/store.ts";
import { openApprovalWorld } from "../tests/support/approval_world.ts";
import { openSandbox, PROD_ROLE, type Sandbox } from "../tests/support/sandbox.ts";

const TRACKED = `version: "1"
rules:
  - name: prod-tracked
    effect: require_server_session
    conditions:
      profiles: [prod]
    reason: Production needs a session that can be revoked
`;

const DENIED = `version: "1"
rules:
  - name: freeze
    effect: deny
    conditions:
      profiles: [prod]
    reason: Change freeze until Monday
`;

/** A real AWS SDK client on its default credential chain; it asks anew whenever it is told to. */
function childProgram(sdk: string, directory: string): string {
  return `import { GetCallerIdentityCommand, STSClient } from ${JSON.stringify(sdk)};
async function ask() {
  const client = new STSClient({ maxAttempts: 1 });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    console.log("the SDK says: I am " + Arn);
  } catch (error) {
    console.log("the SDK says: " + error.message);
  } finally {
    client.destroy();
  }
}
async function until(name) {
  for (;;) {
    try {
      await Deno.stat(${JSON.stringify(directory)} + "/" + name);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
await ask();
await until("again");
await ask();
`;
}

class StepFailed extends Error {}

function check(condition: unknown, what: string): asserts condition {
  if (!condition) throw new StepFailed(what);
}

function title(text: string): void {
  console.log(`\n── ${text}`);
}

function show(text: string): void {
  for (const line of text.trimEnd().split("\n")) console.log(`   ${line}`);
}

async function eventually<T>(what: string, probe: () => Promise<T | null> | T | null): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new StepFailed(`${what} did not happen within 15 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function sessions(store: SessionStore): Promise<SessionRecord[]> {
  return await Array.fromAsync(store.listByProfile("prod"));
}

async function demonstrateRefusals(sandbox: Sandbox): Promise<void> {
  title("The policy wants a tracked session for profile prod");
  show(TRACKED);
  title("Plain exec is refused");
  console.log("   $ sentinel exec --profile prod -- aws s3 ls");
  const exec = await sandbox.run(["exec", "--profile", "prod", "--", "aws", "s3", "ls"]);
  show(exec.stderr);
  check(exec.code === 77, `exec ended with ${exec.code}, not 77`);
  check(
    exec.stderr.includes('policy requires server mode with session tracking for profile "prod".'),
    "exec did not say why",
  );
  title("So is credential_process");
  console.log("   $ sentinel credentials --profile prod");
  const credentials = await sandbox.run(["credentials", "--profile", "prod"]);
  show(credentials.stderr);
  check(credentials.code === 77, `credentials ended with ${credentials.code}, not 77`);
  check(credentials.stdout === "", "credentials printed something");
  check(
    credentials.stderr.includes("credential_process doesn't support session tracking."),
    "credentials did not say why",
  );
  check(sandbox.sts.count("AssumeRole") === 0, "a role was assumed after a refusal");
}

async function demonstrateServer(sandbox: Sandbox, sdk: string): Promise<void> {
  const table = `sqlite:${sandbox.home}/sessions.db`;
  const log = `${sandbox.home}/decisions.jsonl`;
  const child = await sandbox.script("client", childProgram(sdk, sandbox.home));
  title("With a server and a session it runs; the command is an AWS SDK client");
  console.log(
    "   $ sentinel exec --server --session-table sqlite:sessions.db --log-file decisions.jsonl \\\n" +
      "       --profile prod -- deno run client.ts",
  );
  const server = sandbox.start([
    ...["exec", "--server", "--session-table", table, "--log-file", log],
    ...["--profile", "prod", "--", ...child],
  ]);
  try {
    const said = await eventually("an answer to the SDK", () => {
      if (server.stderr() !== "") throw new StepFailed(`the server said: ${server.stderr()}`);
      return server.stdout().includes("\n") ? server.stdout() : null;
    });
    show(said);
    check(said.includes(":assumed-role/Prod/sentinel=alice=direct="), "the SDK got other keys");

    title("Its session is on record, active and counted");
    const store = await openSessionStore(table, {});
    const active = await eventually("a counted session", async () => {
      const [session] = await sessions(store);
      return session !== undefined && session.requestCount > 0 ? session : null;
    });
    show(describeSession(active));
    check(active.status === "active", `the session is ${active.status}`);
    check(said.includes(active.sourceIdentity ?? "?"), "session and credentials do not join");

    title("The policy is edited while the command runs: the next request is refused");
    show(DENIED);
    await sandbox.writePolicy(DENIED);
    await Deno.writeTextFile(`${sandbox.home}/again`, "");
    const { code, stdout, stderr } = await server.finished;
    show(stderr);
    show(stdout.slice(said.length));
    check(stderr.includes("Change freeze until Monday"), "the terminal was not told why");
    check(stdout.slice(said.length).includes("the SDK says: "), "the SDK did not ask again");
    check(!stdout.slice(said.length).includes("assumed-role"), "the SDK got credentials again");
    check(code === 0, `exec ended with ${code}`);

    title("The command has ended, and so has its session");
    const ended = await store.get(active.id);
    await store[Symbol.asyncDispose]();
    check(ended?.status === "expired", `the session is ${ended?.status}`);
    show(describeSession(ended));
  } finally {
    await endProcess(server);
  }

  title("Every decision left a line in the log");
  const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line));
  for (const { timestamp, outcome, rule, reason, source_identity } of records) {
    show(JSON.stringify({ timestamp, outcome, rule, reason, source_identity }));
  }
  const outcomes = records.map((record) => record.outcome);
  check(outcomes.includes("issued"), "no line says issued");
  check(outcomes.at(-1) === "denied", `the last line says ${outcomes.at(-1)}`);
  check(sandbox.sts.count("AssumeRole") === 1, "STS was asked for a role more than once");
}

async function demonstrateRevocation(sandbox: Sandbox): Promise<void> {
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await sandbox.writePolicy(TRACKED);
  title("The policy is as before; another server runs, and its command works on and on");
  console.log(
    "   $ sentinel exec --server --session-table sqlite:sessions.db --on-revoke kill \\\n" +
      "       --profile prod -- deno run work.ts",
  );
  const work = await sandbox.script("work", 'console.log("working"); setInterval(() => {}, 1000);');
  const server = sandbox.start([
    ...["exec", "--server", "--session-table", table, "--on-revoke", "kill"],
    ...["--profile", "prod", "--", ...work],
  ]);
  try {
    await eventually("the command's start", () => {
      if (server.stderr() !== "") throw new StepFailed(`the server said: ${server.stderr()}`);
      return server.stdout().includes("working") ? true : null;
    });
    title("Who is serving what?");
    console.log("   $ sentinel server-sessions --table sqlite:sessions.db");
    const list = await sandbox.run(["server-sessions", "--table", table]);
    show(list.stdout);
    const [id] = /^[0-9a-f]{16}(?= +active)/m.exec(list.stdout) ?? [];
    check(list.code === 0 && id !== undefined, "no active session was listed");

    title("That session is revoked");
    console.log(`   $ sentinel server-revoke ${id} --table sqlite:sessions.db \\`);
    console.log('       --reason "laptop lost" --yes');
    const revoked = await sandbox.run([
      ...["server-revoke", id, "--table", table, "--reason", "laptop lost", "--yes"],
    ]);
    show(revoked.stdout);
    check(revoked.code === 0, `server-revoke ended with ${revoked.code}: ${revoked.stderr}`);
    check(revoked.stdout.includes("1 stopped, 0 already over, 0 failed."), "it was not stopped");

    title("Its command is ended within seconds");
    const { code, stderr } = await server.finished;
    show(stderr);
    check(code === 77, `exec ended with ${code}, not 77`);
    check(stderr.includes(`Session ${id} was revoked`), "the terminal was not told why");
  } finally {
    await endProcess(server);
  }
}

async function demonstrateApproval(): Promise<void> {
  await using world = await openApprovalWorld();
  const { sandbox, env } = world;
  title("Another policy: production needs somebody else's approval. alice asks, and waits");
  console.log('   $ sentinel exec --wait --justification "fix the importer" --profile prod -- ...');
  const child = ["/bin/sh", "-c", 'echo "the command runs with key $AWS_ACCESS_KEY_ID"'];
  const waiting = sandbox.start([
    ...["exec", "--wait", "--justification", "fix the importer", "--profile", "prod", "--"],
    ...child,
  ], { env });
  try {
    const id = await eventually(
      "a request",
      () => /sentinel approve ([0-9a-f]{16})/.exec(waiting.stderr())?.[1] ?? null,
    );
    show(waiting.stderr().replaceAll(world.requestTable, "sqlite:overrides.db"));
    title("bob approves it in another terminal");
    console.log(`   $ sentinel approve ${id} --yes --comment "go on"`);
    const approve = ["approve", id, "--yes", "--comment", "go on"];
    const approved = await sandbox.run(approve, { env: { ...env, AWS_PROFILE: "bob" } });
    show(approved.stdout);
    check(approved.code === 0, `approve ended with ${approved.code}: ${approved.stderr}`);
    const { code, stdout, stderr } = await waiting.finished;
    title("alice's command goes on");
    show(`${stderr.split("\n").at(-2)}\n${stdout}`);
    check(code === 0 && stdout.includes("key ASIA"), `exec ended with ${code}`);
    const own = await sandbox.run(["approve", id, "--yes"], { env });
    check(own.code === 77, "somebody could decide on a request of her own");
  } finally {
    await endProcess(waiting);
  }
}

/** Nothing that was started may outlive the demo, also when a step failed. */
async function endProcess(server: ReturnType<Sandbox["start"]>): Promise<void> {
  try {
    server.kill("SIGTERM");
  } catch {
    // It has ended already.
  }
  await server.finished;
}

function describeSession(session: SessionRecord): string {
  return `session ${session.id}  user ${session.user}  profile ${session.profile}  ` +
    `status ${session.status}  requests ${session.requestCount}\n` +
    `source identity ${session.sourceIdentity}`;
}

/** The SDK at the version that this program itself uses. */
async function sdkSpecifier(): Promise<string> {
  const { imports } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
  );
  return imports["@aws-sdk/client-sts"];
}

const started = performance.now();
let status = 0;
const sandbox = await openSandbox(TRACKED);
try {
  console.log(`Sentinel on embedded parts: a strict STS on 127.0.0.1, role ${PROD_ROLE}`);
  await demonstrateRefusals(sandbox);
  await demonstrateServer(sandbox, await sdkSpecifier());
  await demonstrateRevocation(sandbox);
  await demonstrateApproval();
  console.log(`\nAll of it happened, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
} catch (error) {
  status = 1;
  console.error(`\nThe demo failed: ${error instanceof StepFailed ? error.message : error}`);
} finally {
  await sandbox[Symbol.asyncDispose]();
}
Deno.exit(status);
