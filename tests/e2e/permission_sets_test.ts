/**
 * What the program may do: the named permission sets suffice for whole flows and hold nothing that
 * no flow needs, and a process that serves gives up what it no longer needs (P15).
 *
 * @module
 */
import { SESSION_TABLE } from "../../src/store/table_kind.ts";
import { tableDefinition } from "../../src/store/tables.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { startDynamoDbEndpoint } from "../support/dynamodb_endpoint.ts";
import { type Finished, openSandbox, type Sandbox, startProcess } from "../support/sandbox.ts";
import { policyOf } from "./policies.ts";
import { exists, readRecords } from "./traces.ts";

const ROOT = new URL("../../", import.meta.url);
const PROGRAM = new URL("main.ts", ROOT).href;
const DENO_JSON = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));

type PermissionSet = Readonly<Record<string, boolean | readonly string[]>>;

/** Runs the program with exactly these arguments of Deno. */
function runWith(
  sandbox: Sandbox,
  permissions: readonly string[],
  options: { readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  return startProcess(Deno.execPath(), [
    ...["run", "--no-prompt", "--frozen", "--quiet", ...permissions],
    ...[PROGRAM, ...options.args],
  ], { env: { ...sandbox.env, ...options.env }, cwd: sandbox.home }).finished;
}

/** A set of deno.json as flags, without `dropped` (`run`, or `sys` of one name). */
function flagsWithout(set: PermissionSet, dropped: string): string[] {
  return Object.entries(set).flatMap(([name, value]) => {
    if (name === dropped) return [];
    if (value === true) return [`--allow-${name}`];
    assert(Array.isArray(value), `${name} is a list`);
    return [`--allow-${name}=${value.filter((item) => item !== dropped).join(",")}`];
  });
}

const SERVER = ["exec", "--server", "--profile", "prod"];

Deno.test("-P=exec and -P=credentials suffice for whole flows, silently", async () => {
  await using sandbox = await openSandbox(policyOf());
  await using dynamodb = await startDynamoDbEndpoint();
  await dynamodb.call("CreateTable", tableDefinition(SESSION_TABLE, "sessions"));
  const env = { AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
  const log = ["--log-file", `${sandbox.home}/decisions.jsonl`];
  const flows: readonly (readonly [set: string, args: readonly string[]])[] = [
    ["-P=credentials", ["credentials", "--profile", "prod", ...log]],
    ["-P=credentials", ["credentials", "--profile", "base"]],
    ["-P=credentials", ["--help"]],
    ["-P=exec", ["exec", "--profile", "chain", ...log, "--", "true"]],
    ["-P=exec", [...SERVER, ...log, "--", "true"]],
    ["-P=exec", [...SERVER, "--session-table", "sqlite:sessions.db", "--", "true"]],
    ["-P=exec", [...SERVER, "--session-table", "sessions", "--", "true"]],
  ];
  const ended = await Promise.all(
    flows.map(([set, args]) => runWith(sandbox, [set], { args, env })),
  );
  for (const [index, { code, stderr }] of ended.entries()) {
    assertEquals([code, stderr], [0, ""], flows[index]!.flat().join(" "));
  }
  assert(await exists(`${sandbox.home}/sessions.db`), "sessions were kept in a file");
  assert(dynamodb.count("PutItem") + dynamodb.count("UpdateItem") > 0, "and in DynamoDB");
  const hosts = new Set((await readRecords(`${sandbox.home}/decisions.jsonl`)).map((r) => r.host));
  assertEquals([...hosts], [Deno.hostname()]);
});

Deno.test("each permission of a set is needed: without it something ends or is missing", async () => {
  await using sandbox = await openSandbox(policyOf());
  const sets: Readonly<Record<string, PermissionSet>> = DENO_JSON.permissions;
  const flows = {
    credentials: ["credentials", "--profile", "prod", "--log-stderr"],
    exec: ["exec", "--profile", "prod", "--log-stderr", "--", "true"],
  };
  for (const [name, args] of Object.entries(flows)) {
    const set = sets[name]!;
    assertEquals("ffi" in set || "import" in set, false);
    assertEquals("run" in set, name === "exec");
    for (const dropped of [...Object.keys(set), "uid"].filter((each) => each !== "sys")) {
      const { code, stderr } = await runWith(sandbox, flagsWithout(set, dropped), { args });
      const what = `${name} without ${dropped}: ${stderr}`;
      if (name === "credentials" && dropped === "write") {
        assertEquals(code, 0, what);
        assertMatch(stderr, /^warning: [^\n]*\bcache/);
      } else {
        assertEquals(code, dropped === "net" ? 69 : 78, what);
        assertStringIncludes(stderr, "error: ");
      }
    }
    const { stderr } = await runWith(sandbox, flagsWithout(set, "hostname"), { args });
    assertStringIncludes(stderr, '"host":"unknown"');
  }
});

Deno.test({
  name: "a process that serves has given up programs, foreign code and, where it can, writing",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using sandbox = await openSandbox(policyOf());
    const log = `${sandbox.home}/decisions.jsonl`;
    const probe = new URL("permission_probe.ts", import.meta.url).href;
    // It asks the server for credentials as well: the open log must still take the record.
    const child = 'kill -WINCH $PPID; until [ -e "$1" ]; do sleep 0.02; done; ' +
      'exec "$2" eval "const e = Deno.env.get.bind(Deno.env); const answer = await fetch(' +
      "e('AWS_CONTAINER_CREDENTIALS_FULL_URI'), { headers: { authorization: " +
      "e('AWS_CONTAINER_AUTHORIZATION_TOKEN') } }); console.log(answer.status)\"";
    const cases = [[[], "prompt"], [["--session-table", "sqlite:sessions.db"], "granted"]] as const;
    for (const [table, write] of cases) {
      const go = `${sandbox.home}/go-${write}`;
      const running = startProcess(Deno.execPath(), [
        ...["run", "-A", "--frozen", "--quiet", `--preload=${probe}`, PROGRAM, ...SERVER],
        ...[...table, "--log-file", log, "--", "sh", "-c", child, "sh", go, Deno.execPath()],
      ], { env: sandbox.env, cwd: sandbox.home });
      const line = await firstLine(running.stderr, running.finished);
      await Deno.writeTextFile(go, "");
      const { code, stdout, stderr } = await running.finished;
      assertEquals([code, stdout, stderr], [0, "200\n", `${line}\n`]);
      assertEquals(JSON.parse(line), {
        run: "prompt",
        ffi: "prompt",
        import: "prompt",
        write,
        read: "granted",
        net: "granted",
        env: "granted",
      });
    }
    assertEquals((await readRecords(log)).length, 4);
  },
});

/** The first line that a process writes; what it wrote in all when it ends without one. */
async function firstLine(text: () => string, finished: Promise<unknown>): Promise<string> {
  let ended = false;
  finished.then(() => ended = true);
  while (!text().includes("\n") && !ended) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return text().split("\n")[0]!;
}
