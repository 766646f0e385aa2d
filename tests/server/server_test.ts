import { SentinelError } from "../../src/errors.ts";
import type { Decision } from "../../src/gate/decision.ts";
import { newId } from "../../src/gate/request_id.ts";
import { type CredentialServer, type ServerOptions, startServer } from "../../src/server/server.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { waitFor } from "../support/wait.ts";
import { allowed, CREDENTIALS } from "./decisions.ts";
import { connectRaw } from "./raw_http.ts";

function start(options: Partial<ServerOptions> = {}): CredentialServer {
  return startServer({
    port: 0,
    newRequestId: newId,
    authorize: () => Promise.resolve(allowed()),
    ...options,
  });
}

function message({ port, token }: CredentialServer): string {
  return `GET /v1/credentials HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${token}\r\n\r\n`;
}

async function ask(server: Pick<CredentialServer, "url" | "token">): Promise<number> {
  const response = await fetch(server.url, { headers: { authorization: server.token } });
  await response.body?.cancel();
  return response.status;
}

Deno.test("startServer() serves fetch clients at its url with its token", async () => {
  await using server = start();
  assertEquals(server.url, `http://127.0.0.1:${server.port}/v1/credentials`);
  assertMatch(server.token, /^[0-9a-f]{64}$/);
  const response = await fetch(server.url, { headers: { authorization: server.token } });
  assertEquals((await response.json()).AccessKeyId, CREDENTIALS.accessKeyId);
});

Deno.test("two servers share neither port nor token", async () => {
  await using one = start();
  await using other = start();
  assertNotEquals(one.port, other.port);
  assertEquals(await ask({ url: other.url, token: one.token }), 401);
});

Deno.test("it listens on 127.0.0.1 and on no other address of this machine", async () => {
  await using server = start();
  const addresses = Deno.networkInterfaces().map(({ address }) => address.split("%")[0] ?? "");
  for (const hostname of new Set([...addresses, "127.0.0.2", "::1", "::ffff:127.0.0.2"])) {
    if (hostname === "127.0.0.1") continue;
    await assertRejects(async () => {
      (await Deno.connect({ hostname, port: server.port })).close();
    });
  }
});

Deno.test("a port in use is SERVER_FAILED and named; the next server gets another", async () => {
  await using server = start();
  const error = assertThrows(() => start({ port: server.port }), SentinelError);
  assertEquals(error.code, "SERVER_FAILED");
  assertEquals(error.message, `Cannot listen on 127.0.0.1:${server.port}: the port is in use`);
  assertStringIncludes(error.suggestion, "--server-port");
  assertEquals(await ask(server), 200, "the first serves on");
});

Deno.test("a port that is none is SERVER_FAILED and named", () => {
  for (const port of [-1, 65_536, 1.5, NaN]) {
    const error = assertThrows(() => start({ port }), SentinelError, `127.0.0.1:${port}: `);
    assertEquals(error.code, "SERVER_FAILED");
  }
});

/** What a client holds when the server is told to end. */
const HOLDERS: Readonly<Record<string, (server: CredentialServer) => Promise<AsyncDisposable>>> = {
  "an idle connection": async ({ port }) => held(await connectRaw(port)),
  "an idle connection that was served": async (server) => {
    const connection = await connectRaw(server.port);
    await connection.write(message(server));
    assertEquals((await connection.read())?.status, 200);
    return held(connection);
  },
  "half a request line": async ({ port }) => {
    const connection = await connectRaw(port);
    await connection.write("GET /v1/cred");
    return held(connection);
  },
  "headers without end": async (server) => {
    const connection = await connectRaw(server.port);
    await connection.write(message(server).slice(0, -2));
    return held(connection);
  },
  "a body that never comes": async (server) => {
    const connection = await connectRaw(server.port);
    await connection.write(
      message(server).replace("\r\n\r\n", "\r\nContent-Length: 1000000\r\n\r\n"),
    );
    assertEquals((await connection.read())?.status, 400);
    return held(connection);
  },
  "HTTP/2": async (server) => {
    const client = Deno.createHttpClient({ http1: false, http2: true });
    const response = await fetch(server.url, { client });
    assertEquals(response.status, 421);
    await response.body?.cancel();
    return held({ [Symbol.dispose]: () => client.close() });
  },
  "answers that are not read": async (server) => {
    const connection = await connectRaw(server.port);
    let progress = 0;
    const flood = (async () => {
      const requests = message(server).repeat(500);
      for (;; progress++) await connection.write(requests);
    })().catch(() => {});
    // The flood is stuck when neither side takes any more.
    let before = -1;
    await waitFor("a stuck connection", async () => {
      before = progress;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return progress === before && progress > 0;
    });
    return {
      async [Symbol.asyncDispose]() {
        connection[Symbol.dispose]();
        await flood;
      },
    };
  },
};

function held(resource: Disposable): AsyncDisposable {
  return {
    [Symbol.asyncDispose]() {
      resource[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

for (const [what, hold] of Object.entries(HOLDERS)) {
  Deno.test(`${what} does not hold the server open`, async () => {
    const server = start();
    await using _client = await hold(server);
    const started = performance.now();
    await server.shutdown();
    assert(performance.now() - started < 1000);
    await server.finished;
    await assertRejects(
      () => Deno.connect({ hostname: "127.0.0.1", port: server.port }),
      Deno.errors.ConnectionRefused,
    );
  });
}

Deno.test("shutdown() lets a request that waits have its answer", async () => {
  const decision = Promise.withResolvers<Decision>();
  let asked = false;
  const server = start({
    authorize() {
      asked = true;
      return decision.promise;
    },
  });
  using connection = await connectRaw(server.port);
  await connection.write(message(server));
  await waitFor("the question", () => asked);
  const ended = server.shutdown();
  decision.resolve(allowed());
  assertEquals((await connection.read())?.status, 200);
  await ended;
  assertEquals(await connection.read(), null, "the connection is closed");
});

Deno.test("shutdown() hands out nothing more, not on connections that are open either", async () => {
  const decision = Promise.withResolvers<Decision>();
  let asked = 0;
  const server = start({
    authorize() {
      asked++;
      return decision.promise;
    },
  });
  using waiting = await connectRaw(server.port);
  using late = await connectRaw(server.port);
  await waiting.write(message(server));
  await waitFor("the question", () => asked > 0);
  const ended = server.shutdown();
  await late.write(message(server));
  const refused = await late.read();
  assertEquals(refused?.status, 503);
  assertStringIncludes(refused?.body ?? "", "SERVER_CLOSED");
  decision.resolve(allowed());
  await ended;
  assertEquals(asked, 1);
});

Deno.test("shutdown() waits for a gate that hangs no longer than a request does", async () => {
  let asked = false;
  const server = start({
    deadlineMs: 100,
    authorize() {
      asked = true;
      return new Promise(() => {});
    },
  });
  using connection = await connectRaw(server.port);
  await connection.write(message(server));
  await waitFor("the question", () => asked);
  const started = performance.now();
  await server.shutdown();
  assert(performance.now() - started < 1000);
  assertEquals((await connection.read())?.status, 503);
});

Deno.test("shutdown() may be asked for again and again, and frees the port", async () => {
  const server = start();
  const [first] = [server.shutdown(), server.shutdown()];
  await first;
  await server.shutdown();
  await server[Symbol.asyncDispose]();
  await server.finished;
  await using next = start({ port: server.port });
  assertEquals(await ask(next), 200);
  assertEquals(await ask({ url: next.url, token: server.token }), 401);
});

interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Open files that the process may have. */
  readonly files?: number;
  readonly permissions?: readonly string[];
}

/** Starts `server_program.ts` and reads what it prints, line by line. */
function runProgram({ env = {}, files, permissions = ["--allow-all"] }: ProgramOptions) {
  const program = new URL("server_program.ts", import.meta.url).href;
  const args = ["run", "--no-prompt", "--no-check", ...permissions, program];
  const command = files === undefined
    ? [Deno.execPath(), ...args]
    : ["sh", "-c", `ulimit -n ${files}; exec "$0" "$@"`, Deno.execPath(), ...args];
  const child = new Deno.Command(command[0] ?? "", {
    args: command.slice(1),
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stderr = new Response(child.stderr).text();
  let pending = "";
  return {
    async line(): Promise<Record<string, string | null>> {
      while (!pending.includes("\n")) {
        const { done, value } = await lines.read();
        if (done) throw new Error(`the program ended: ${await stderr}`);
        pending += value;
      }
      const end = pending.indexOf("\n");
      const line = JSON.parse(pending.slice(0, end));
      pending = pending.slice(end + 1);
      return line;
    },
    stderr,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      while (!(await lines.read()).done);
      await stderr;
      await child.status;
    },
  };
}

Deno.test("DENO_SERVE_ADDRESS moves the listener nowhere and adds none", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const prefix of ["", "duplicate,"]) {
      const socket = `${directory}/${prefix.length}.sock`;
      const override = `${prefix}unix:${socket}`;
      await using program = runProgram({ env: { DENO_SERVE_ADDRESS: override } });
      const { url, inherited } = await program.line();
      assertMatch(url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/v1\/credentials$/);
      assertEquals(inherited, override, "the child keeps its variable");
      assertEquals(await ask({ url: url ?? "", token: "" }), 401);
      await assertRejects(() => Deno.stat(socket), Deno.errors.NotFound);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("without the permission to listen it is SERVER_FAILED", async () => {
  await using program = runProgram({ permissions: ["--allow-env"] });
  assertEquals(await program.line(), {
    code: "SERVER_FAILED",
    message: "Cannot listen on 127.0.0.1:0: Deno was not given the permission",
  });
});

Deno.test("without sight of DENO_SERVE_ADDRESS it does not listen", async () => {
  await using program = runProgram({ permissions: ["--allow-net=127.0.0.1"] });
  assertEquals((await program.line()).code, "SERVER_FAILED");
});

Deno.test({
  name: "a listener that dies of too many connections is told through `finished`",
  ignore: Deno.build.os === "windows", // has no ulimit
  async fn() {
    await using program = runProgram({ files: 64 });
    const { url } = await program.line();
    const port = Number(new URL(url ?? "").port);
    using held = new DisposableStack();
    const first = held.use(await connectRaw(port));
    for (let index = 0; index < 200; index++) {
      const connection = await connectRaw(port).catch(() => null);
      if (connection === null) break;
      held.use(connection);
    }
    const { code, message } = await program.line();
    assertEquals(code, "SERVER_FAILED");
    assertStringIncludes(message ?? "", `The credential server on 127.0.0.1:${port} died: `);
    assertEquals(await first.read(), null, "its shutdown has closed the connections");
  },
});

Deno.test("a server prints nothing by itself", async () => {
  let stderr: Promise<string>;
  {
    await using program = runProgram({});
    stderr = program.stderr;
    const { url } = await program.line();
    assertEquals(await ask({ url: url ?? "", token: "" }), 401);
  }
  assertEquals(await stderr, "");
});
