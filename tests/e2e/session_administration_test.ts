/**
 * Sessions as an administrator sees and stops them while real servers run: the real program on both
 * sides, one table between them.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { PROGRAM, type Running, startProcess } from "../support/sandbox.ts";
import { openSessionWorld, type SessionWorld, TABLE } from "../support/session_world.ts";
import { waitFor } from "../support/wait.ts";

const REASON = ["--reason", "laptop lost"];

/** Asks for credentials every 100 ms and writes the status of each answer. */
const ASK = `
const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } =
  Deno.env.toObject();
console.log("pid", Deno.pid);
for (;;) {
  const answer = await fetch(uri, { headers: { authorization: token } });
  console.log(answer.status, (await answer.json()).Code ?? "issued");
  if (answer.status === 403) Deno.exit(3);
  await new Promise((resolve) => setTimeout(resolve, 100));
}`;

/** Asks for nothing and, with \`deaf\`, does not heed a SIGTERM. */
const idle = (deaf: boolean) => `
console.log("pid", Deno.pid);
if (${deaf}) Deno.addSignalListener("SIGTERM", () => console.log("asked to end"));
setInterval(() => {}, 1000);`;

async function serve(
  { sandbox, env }: SessionWorld,
  { code, flags = [] }: { readonly code: string; readonly flags?: readonly string[] },
): Promise<Running> {
  const child = await sandbox.script("child", code);
  const server = sandbox.start([
    ...["exec", "--server", "--session-table", TABLE, "--profile", "prod", ...flags],
    ...["--", ...child],
  ], { env });
  await waitFor("the command to run", () => {
    assertEquals(server.stderr(), "");
    return server.stdout().includes("\n");
  });
  return server;
}

async function end(server: Running): Promise<void> {
  try {
    server.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await server.finished;
}

function childPid(server: Running): number {
  return Number(/^pid (\d+)$/m.exec(server.stdout())![1]);
}

function isAlive(pid: number): boolean {
  try {
    return !Deno.readTextFileSync(`/proc/${pid}/stat`).includes(") Z ");
  } catch {
    return false;
  }
}

Deno.test("a session is seen while it lives, stopped while it is busy, and shown afterwards", async () => {
  await using world = await openSessionWorld();
  const { sandbox, env } = world;
  const server = await serve(world, { code: ASK });
  try {
    await waitFor("credentials", () => server.stdout().includes("200 issued"));
    const listed = await sandbox.run(["server-sessions", "--status", "active", "-o", "json"], {
      env,
    });
    const [session] = JSON.parse(listed.stdout);
    assertEquals([session.user, session.profile, session.status], ["alice", "prod", "active"]);
    const revoked = await sandbox.run(["server-revoke", session.id, ...REASON, "--yes"], { env });
    const acknowledged = performance.now();
    assertEquals(revoked.code, 0, revoked.stderr);
    assertMatch(revoked.stdout, new RegExp(`^stopped +${session.id} `));
    // The command ends at its first refusal, and its exit status is the program's.
    const { code, stdout, stderr } = await server.finished;
    assert(performance.now() - acknowledged < 4000);
    assertEquals(code, 3, stderr);
    assertStringIncludes(stdout, "403 SESSION_REVOKED");
    const shown = await sandbox.run(["server-session", session.id], { env });
    assertMatch(shown.stdout, /^Status +revoked$/m);
    assertMatch(shown.stdout, /^Revoked by +alice$/m);
    assertMatch(shown.stdout, /^Reason +laptop lost$/m);
    assertStringIncludes(shown.stdout, "It gets no credentials. Those handed out until ");
    // The end of the server has not undone its revocation.
    assertEquals((await world.store.get(session.id))?.status, "revoked");
  } finally {
    await end(server);
  }
});

Deno.test({
  name:
    "--on-revoke kill ends a command that asks for nothing, and kills one that does not heed it",
  // /proc says whether a process is alive.
  ignore: Deno.build.os !== "linux",
  async fn() {
    // The grace of the one is long: the other ends meanwhile.
    await Promise.all([false, true].map(async (deaf) => {
      await using world = await openSessionWorld();
      const server = await serve(world, { code: idle(deaf), flags: ["--on-revoke", "kill"] });
      try {
        const pid = childPid(server);
        const { status, stderr: said } = await world.sentinel([
          ...["server-revoke", "--user", "alice", ...REASON, "--yes"],
        ]);
        assertEquals(status, 0, said);
        const acknowledged = performance.now();
        const { code, stdout, stderr } = await server.finished;
        const took = performance.now() - acknowledged;
        assertEquals(code, 77);
        assertMatch(
          stderr,
          /^error: Session [0-9a-f]{16} was revoked: the command is being ended$/m,
        );
        assertMatch(
          stderr,
          /^hint: See who and why: sentinel server-session [0-9a-f]{16} --table sentinel-sessions$/m,
        );
        assertEquals(isAlive(pid), false);
        assertEquals(stdout.includes("asked to end"), deaf);
        assert(deaf ? took > 4900 && took < 9000 : took < 4000, `it took ${took} ms`);
      } finally {
        await end(server);
      }
    }));
  },
});

Deno.test("without --on-revoke kill a revoked command goes on, without credentials", async () => {
  await using world = await openSessionWorld();
  const server = await serve(world, { code: idle(false), flags: ["--on-revoke", "refuse"] });
  try {
    await world.sentinel(["server-revoke", "--all", ...REASON, "--yes"]);
    const looks = world.dynamodb.count("GetItem");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert(isAlive(childPid(server)) || Deno.build.os !== "linux");
    assertEquals(world.dynamodb.count("GetItem"), looks, "an idle server looks at nothing");
    server.kill("SIGTERM");
    assertEquals((await server.finished).code, 143);
  } finally {
    await end(server);
  }
});

Deno.test("--on-revoke kill without a session says that there is nothing to revoke", async () => {
  await using world = await openSessionWorld();
  const { sandbox, env } = world;
  await sandbox.writePolicy('version: "1"\nrules: [{ name: all, effect: allow }]\n');
  const { code, stderr } = await sandbox.run([
    ...["exec", "--server", "--profile", "prod", "--on-revoke", "kill", "--", "true"],
  ], { env });
  assertEquals(code, 0);
  assertStringIncludes(stderr, "warning: there is no session to revoke");
});

Deno.test("a bulk revocation that is killed half-way is ended by the same command", async () => {
  await using world = await openSessionWorld();
  const { sandbox, env, dynamodb, store } = world;
  for (let number = 0; number < 40; number++) await world.session(number);
  let updates = 0;
  dynamodb.before("UpdateItem", () => {
    if (++updates === 20) dynamodb.inject("UpdateItem", { kind: "hang" });
  });
  const command = ["server-revoke", "--all", ...REASON, "--yes"];
  const killed = sandbox.start(command, { env });
  await waitFor("the half of it", () => updates >= 20 && killed.stdout().includes("stopped"));
  killed.kill("SIGKILL");
  const { stdout: told } = await killed.finished;
  dynamodb.reset();
  for (const [, id] of told.matchAll(/^stopped +(\w+)/gm)) {
    assertEquals((await store.get(id!))?.status, "revoked", "what was told is so");
  }
  const ended = await sandbox.run(command, { env });
  assertEquals(ended.code, 0, ended.stderr);
  const twice = [...told.matchAll(/^stopped +(\w+)/gm)].map(([, id]) => id!)
    .filter((id) => ended.stdout.includes(id));
  assertEquals(twice, []);
  assertEquals((await Array.fromAsync(store.listByStatus("active"))).length, 0);
  assertEquals((await Array.fromAsync(store.listByStatus("revoked"))).length, 40);
});

Deno.test("two administrators at once, as processes: all is stopped, each by one of them", async () => {
  await using world = await openSessionWorld();
  const { sandbox, env } = world;
  for (let number = 0; number < 30; number++) await world.session(number);
  const runs = await Promise.all(
    ["one", "two"].map((reason) =>
      sandbox.run(["server-revoke", "--all", "--reason", reason, "--yes"], { env })
    ),
  );
  const stopped = runs.flatMap(({ code, stdout, stderr }) => {
    assertEquals(code, 0, stderr);
    return [...stdout.matchAll(/^stopped +(\w+)/gm)].map(([, id]) => id!);
  });
  assertEquals(stopped.length, 30);
  assertEquals(new Set(stopped).size, 30);
});

/** `script` of util-linux gives a program a terminal. */
const hasScript = await new Deno.Command("script", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);
if (!hasScript) console.log("script of util-linux is not on the PATH: no test of --watch");

Deno.test({
  name: "--watch shows at a terminal who comes and goes, until it is interrupted",
  ignore: !hasScript,
  async fn() {
    await using world = await openSessionWorld();
    await world.session(1);
    const words = [Deno.execPath(), ...PROGRAM, "server-sessions", "--all-users", "--watch"];
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const watch = startProcess("script", ["-qec", `stty cols 90 rows 10; ${quoted}`, "/dev/null"], {
      env: { ...world.env, TERM: "xterm" },
      stdin: "piped",
    });
    const screen = () => watch.stdout().split("\x1b[H").at(-1)!;
    try {
      await waitFor("the first frame", () => screen().includes("1 session "));
      await world.session(0, { user: "bob" });
      await waitFor(
        "the next one",
        () => screen().includes("2 sessions ") && screen().includes("bob"),
      );
      await world.sentinel(["server-revoke", "--all", ...REASON, "--yes"]);
      await waitFor("what changed", () => (screen().match(/revoked/g) ?? []).length === 2);
      // Ctrl-C, typed.
      const keyboard = watch.stdin!.getWriter();
      await keyboard.write(new TextEncoder().encode("\x03"));
      const { stdout } = await watch.finished;
      await keyboard.close().catch(() => {});
      for (const line of stdout.split("\x1b[K\r\n")) {
        assert(line.replaceAll(/\p{Cc}\[[HJK]/gu, "").length <= 90, line);
      }
    } finally {
      await end(watch);
    }
  },
});
