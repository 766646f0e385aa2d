/**
 * How a served command ends, and what the program makes of it: its status, its signals, the
 * processes it leaves behind, a listener that dies under it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { openSandbox } from "../support/sandbox.ts";
import { policyOf, serve, sessionsIn, timed } from "../support/serving.ts";

const REQUIRED = policyOf({ effect: "require_server_session" });

Deno.test("a command that ignores SIGTERM is killed when its time is up; requests go on till then", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, {
    flags: ["--session-table", table, "--kill-after", "2s"],
    prologue: "trap '' TERM",
  });
  const { value: { code }, ms } = await timed(async () => {
    for (let i = 0; i < 3; i++) server.process.kill("SIGTERM");
    assertEquals((await server.ask()).status, 200);
    return await server.process.finished;
  });
  assertEquals(code, 137);
  assert(ms > 1900 && ms < 8000, `killed after ${ms} ms`);
  assertMatch(server.process.stderr(), /went on for 2 s after SIGTERM: killed/);
  const [session] = await sessionsIn(table);
  assertEquals([session?.status, session?.requestCount], ["expired", 1]);
});

Deno.test("the status of a served command is the program's, and so is the signal that ends it", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "require_server" }));
  const ends = [["exit 0", 0], ["exit 77", 77], ["exit 255", 255], ["kill -SEGV $$", 139]] as const;
  await Promise.all(ends.map(async ([script, status]) => {
    const { code, stderr } = await sandbox.run(
      ["exec", "-s", "--profile", "prod", "--", "/bin/sh", "-c", script],
    );
    assertEquals([code, stderr], [status, ""], script);
  }));
});

Deno.test("what a command leaves running keeps neither the program nor the session", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  await using server = await serve(sandbox, {
    flags: ["--session-table", table],
    prologue: `sleep 60 </dev/null >/dev/null 2>&1 & echo $! >"$HOME/left"`,
  });
  const left = Number(await Deno.readTextFile(`${sandbox.home}/left`));
  const { value: { code }, ms } = await timed(() => server.end(3));
  Deno.kill(left, "SIGKILL");
  assertEquals(code, 3);
  assert(ms < 10_000, `it took ${ms} ms`);
  assertEquals((await sessionsIn(table)).map(({ status }) => status), ["expired"]);
});

Deno.test("a listener that dies takes the command with it, loudly, and ends the session", async () => {
  await using sandbox = await openSandbox(REQUIRED);
  const table = `sqlite:${sandbox.home}/sessions.db`;
  // Connections beyond the limit kill the listener: it cannot accept and cannot refuse.
  await using server = await serve(sandbox, {
    flags: ["--session-table", table],
    before: "ulimit -n 64",
  });
  const connections: Deno.Conn[] = [];
  try {
    const port = Number(new URL(server.url).port);
    for (let i = 0; i < 80; i++) {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
  } catch {
    // It is dead already.
  }
  const { code, stderr } = await server.process.finished;
  for (const connection of connections) connection.close();
  assertEquals(code, 69, stderr);
  assertMatch(stderr, /^error: The credential server on 127\.0\.0\.1:\d+ died: .+\nhint: .+\n$/);
  assertEquals((await sessionsIn(table)).map(({ status }) => status), ["expired"]);
});
