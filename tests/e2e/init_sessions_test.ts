/**
 * `sentinel init sessions` as a user runs it: the real process, killed half-way, asked at a real
 * terminal, and its table used by a server afterwards.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { openSandbox, PROGRAM } from "../support/sandbox.ts";
import { waitFor } from "../support/wait.ts";
import { policyOf } from "./policies.ts";

async function openWorld() {
  const stack = new AsyncDisposableStack();
  const dynamodb = stack.use(await startDynamoDbEndpoint());
  const sandbox = stack.use(await openSandbox(policyOf("require_server_session")));
  const env = { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
  const args = ["init", "sessions", "--aws-profile", "base", "--table", "sessions"];
  return {
    dynamodb,
    sandbox,
    env,
    args,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("a table is made, and a server keeps its session in it", async () => {
  await using world = await openWorld();
  const { sandbox, env, args } = world;
  const made = await sandbox.run([...args, "--yes"], { env });
  assertEquals(made.code, 0, made.stderr);
  assertMatch(made.stdout, /^Sentinel Init Sessions\n/);
  assertMatch(made.stderr, /^Create the table with its indexes\.\.\.\n/);
  const child = await sandbox.script("child", "console.log(Deno.env.get('AWS_REGION'))");
  const server = await sandbox.run([
    ...["exec", "--server", "--session-table", "sessions", "--profile", "prod"],
    // The table is where init made it: the region of the profile whose keys were used.
    ...["--region", "eu-central-1", "--", ...child],
  ], { env });
  assertEquals([server.code, server.stdout], [0, "eu-central-1\n"], server.stderr);
  const { Items } = await world.dynamodb.call("Scan", { TableName: "sessions" });
  const [item] = Items as readonly Record<string, { readonly S: string }>[];
  assertEquals([item?.["user"]?.S, item?.["status"]?.S], ["alice", "expired"]);
});

Deno.test("killed while DynamoDB works: the same command ends what was begun", async () => {
  await using world = await openWorld();
  const { sandbox, dynamodb, env, args } = world;
  dynamodb.inject("UpdateTimeToLive", { kind: "hang" });
  const killed = sandbox.start([...args, "--yes"], { env });
  await waitFor("the half-made table", () => dynamodb.count("UpdateTimeToLive") > 0);
  killed.kill("SIGKILL");
  await killed.finished;
  dynamodb.reset();
  const plan = await sandbox.run([...args, "--plan"], { env });
  assertStringIncludes(plan.stdout, "already exists. To do:");
  assertStringIncludes(plan.stdout, "(TTL)");
  assertEquals(dynamodb.requests.filter(({ operation }) => /Create|Update/.test(operation)), []);
  const ended = await sandbox.run([...args, "--yes"], { env });
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(dynamodb.count("CreateTable"), 0);
  assertEquals(dynamodb.count("UpdateTimeToLive"), 1);
});

/** `script` of util-linux gives a program a terminal. */
const hasScript = await (async () => {
  try {
    const { stdout } = await new Deno.Command("script", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
})();
if (!hasScript) console.log("script of util-linux is not on the PATH: no test at a real terminal");

Deno.test({ name: "at a terminal: asked, answered, done", ignore: !hasScript }, async () => {
  await using world = await openWorld();
  const { sandbox, dynamodb, env, args } = world;
  const quoted = [Deno.execPath(), ...PROGRAM, ...args].map((word) => `'${word}'`).join(" ");
  const answer = async (text: string) => {
    const child = new Deno.Command("script", {
      args: ["-qec", quoted, "/dev/null"],
      env: { ...sandbox.env, ...env, TERM: "xterm" },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reading = new Response(child.stdout).text();
    const errors = new Response(child.stderr).text();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    const { code } = await child.status;
    await writer.close().catch(() => {});
    await errors;
    return { code, text: await reading };
  };
  const no = await answer("n\n");
  assertEquals(no.code, 0, no.text);
  assertMatch(no.text, /Create this table\? \[y\/N\]: /);
  assertMatch(no.text, /Cancelled\./);
  assertEquals(dynamodb.count("CreateTable"), 0);
  const yes = await answer("y\n");
  assertEquals(yes.code, 0, yes.text);
  assertMatch(yes.text, /Table sessions is ready\./);
  assertEquals(dynamodb.count("CreateTable"), 1);
});
