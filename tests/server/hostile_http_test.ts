/**
 * Hostile HTTP over a real socket: what the runtime's parser lets through must still not pass.
 *
 * @module
 */
import fc from "fast-check";
import { newId } from "../../src/gate/request_id.ts";
import { type CredentialServer, type ServerOptions, startServer } from "../../src/server/server.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { allowed, CREDENTIALS } from "./decisions.ts";
import { connectRaw, exchange } from "./raw_http.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

/** A server that says yes to whoever gets as far as the gate. */
function start(
  options: Partial<ServerOptions> = {},
): CredentialServer & { readonly asked: number } {
  let asked = 0;
  const server = startServer({
    port: 0,
    newRequestId: newId,
    authorize() {
      asked++;
      return Promise.resolve(allowed());
    },
    ...options,
  });
  return Object.defineProperty(server, "asked", { get: () => asked }) as typeof server & {
    readonly asked: number;
  };
}

interface Target {
  readonly line?: string;
  /** Header lines; default: the right `Host` and token. */
  readonly headers?: readonly string[];
}

function rightHeaders({ port, token }: CredentialServer): readonly string[] {
  return [`Host: 127.0.0.1:${port}`, `Authorization: ${token}`];
}

/** A request as text. */
function message(server: CredentialServer, { line, headers }: Target = {}): string {
  return [
    line ?? "GET /v1/credentials HTTP/1.1",
    ...headers ?? rightHeaders(server),
    "",
    "",
  ].join("\r\n");
}

/** Status of the only answer to `target`; 0 when the connection was closed without one. */
async function statusOf(server: CredentialServer, target: Target): Promise<number> {
  const headOnly = target.line?.startsWith("HEAD ") ?? false;
  const [response] = await exchange(server.port, message(server, target), { headOnly });
  if (response === undefined) return 0;
  if (response.status !== 200) {
    assert(!response.body.includes(CREDENTIALS.secretAccessKey));
    assert(!response.body.includes(server.token));
  }
  return response.status;
}

Deno.test("the right request gets credentials over the socket", async () => {
  await using server = start();
  const [response] = await exchange(server.port, message(server));
  assertEquals(response?.status, 200);
  assertEquals(JSON.parse(response?.body ?? "").Token, CREDENTIALS.sessionToken);
  assertEquals(response?.headers.get("content-encoding"), undefined);
  assertMatch(response?.headers.get("x-request-id") ?? "", /^[0-9a-f]{16}$/);
});

Deno.test("an answer is never compressed, so that its length tells nothing", async () => {
  await using server = start({
    authorize: () => Promise.resolve(allowed({ sessionToken: "x".repeat(4000) })),
  });
  const headers = [...rightHeaders(server), "Accept-Encoding: gzip, br, zstd"];
  const [response] = await exchange(server.port, message(server, { headers }));
  assertEquals(response?.status, 200);
  assertEquals(response?.headers.get("content-encoding"), undefined);
  assertEquals(JSON.parse(response?.body ?? "").Token.length, 4000);
});

Deno.test("Host over the socket: only the exact one, once", async () => {
  await using server = start();
  const { port, token } = server;
  const right = `Host: 127.0.0.1:${port}`;
  const authorization = `Authorization: ${token}`;
  const table: readonly (readonly [number, ...string[]])[] = [
    [200, right],
    [200, `hOsT:127.0.0.1:${port}`],
    [200, `Host: \t127.0.0.1:${port} `],
    [421],
    [421, "Host:"],
    [421, `Host: 127.0.0.1.:${port}`],
    [421, `Host: 127.0.0.1:0${port}`],
    [421, "Host: 127.0.0.1"],
    [421, `Host: 127.0.0.1:${port}.`],
    [421, `Host: 127.0.0.1:${port}/v1`],
    [421, `Host: 127.0.0.1:${port}#`],
    [421, `Host: 127.0.0.1:${port}?`],
    [421, `Host: @127.0.0.1:${port}`],
    [421, `Host: user:pass@127.0.0.1:${port}`],
    [421, `Host: LOCALHOST:${port}`],
    [421, `Host: localhost:${port}`],
    [421, `Host: [::1]:${port}`],
    [421, `Host: 0x7f.1:${port}`],
    [421, "Host: rebound.attacker.example"],
    [421, `Host: rebound.attacker.example:${port}`],
    [400, right, right],
    [400, right, "Host: attacker.example"],
    [400, "Host: attacker.example", right],
    [400, `Host : 127.0.0.1:${port}`],
    [400, `Host: 127.0.0.1:${port}\0`],
    [421, "X-Forwarded-Host: 127.0.0.1", `Forwarded: host=127.0.0.1:${port}`],
  ];
  for (const [expected, ...hosts] of table) {
    const status = await statusOf(server, { headers: [...hosts, authorization] });
    assertEquals(status, expected, JSON.stringify(hosts));
  }
  assertEquals(server.asked, 3);
});

Deno.test("the target's own host counts as much as Host does", async () => {
  await using server = start();
  const { port } = server;
  const table: readonly (readonly [number, string])[] = [
    // RFC 9112 §3.2.2: a server accepts the absolute form of its own name.
    [200, `GET http://127.0.0.1:${port}/v1/credentials HTTP/1.1`],
    [421, "GET http://attacker.example/v1/credentials HTTP/1.1"],
    [421, `GET http://attacker.example:${port}/v1/credentials HTTP/1.1`],
    [421, `GET https://127.0.0.1:${port}/v1/credentials HTTP/1.1`],
    [421, `GET http://user@127.0.0.1:${port}/v1/credentials HTTP/1.1`],
    [421, `GET http://127.0.0.1:${port}@attacker.example/v1/credentials HTTP/1.1`],
    [421, `GET http://127.0.0.1:${port}.attacker.example/v1/credentials HTTP/1.1`],
    [421, `GET http://127.0.0.1/v1/credentials HTTP/1.1`],
    [421, `GET file://127.0.0.1:${port}/v1/credentials HTTP/1.1`],
    [421, `CONNECT 127.0.0.1:${port} HTTP/1.1`],
    [421, "CONNECT attacker.example:443 HTTP/1.1"],
    [405, "OPTIONS * HTTP/1.1"],
    [400, "GET * HTTP/1.1"],
    [400, "GET v1/credentials HTTP/1.1"],
  ];
  for (const [expected, line] of table) {
    assertEquals(await statusOf(server, { line }), expected, line);
  }
  assertEquals(server.asked, 1);
});

Deno.test("a page in a browser gets nothing by DNS rebinding, not even a preflight", async () => {
  await using server = start();
  const { port, token } = server;
  const rebound = `Host: rebound.attacker.example:${port}`;
  const own = `Host: 127.0.0.1:${port}`;
  const secret = `Authorization: ${token}`;
  const preflight = "OPTIONS /v1/credentials HTTP/1.1";
  const table: readonly (readonly [number, string, ...string[]])[] = [
    [421, "GET /v1/credentials HTTP/1.1", rebound, secret, "Sec-Fetch-Site: same-origin"],
    [421, preflight, rebound, "Origin: null", "Access-Control-Request-Headers: authorization"],
    [403, preflight, own, "Origin: https://attacker.example"],
    [403, "GET /v1/credentials HTTP/1.1", own, secret, "Origin: null"],
    [403, "GET /v1/credentials HTTP/1.1", own, secret, "Origin:"],
    [403, "GET /v1/credentials HTTP/1.1", own, secret, "oRiGiN: x", "Origin: y"],
    [403, "GET /v1/credentials HTTP/1.1", own, secret, "Sec-Fetch-Site: cross-site"],
  ];
  for (const [expected, line, ...headers] of table) {
    const [response] = await exchange(port, message(server, { line, headers }));
    assertEquals(response?.status, expected, JSON.stringify([line, ...headers]));
    const allowing = [...response?.headers.keys() ?? []].filter((name) =>
      name.startsWith("access-control-")
    );
    assertEquals(allowing, []);
  }
  assertEquals(server.asked, 0);
});

Deno.test("Authorization over the socket: only the exact token, once", async () => {
  await using server = start();
  const { port, token } = server;
  const table: readonly (readonly [number, ...string[]])[] = [
    [200, `Authorization: ${token}`],
    [200, `authorization:\t ${token} \t`],
    [401],
    [401, "Authorization:"],
    [401, `Authorization: Bearer ${token}`],
    [401, `Authorization: ${token.slice(1)}`],
    [401, `Authorization: ${token.slice(0, -1)}`],
    [401, `Authorization: ${token}0`],
    [401, `Authorization: ${token} ${token}`],
    [401, `Authorization: ${token.toUpperCase()}x`],
    [401, `Authorization: ${token},`],
    [401, `Authorization: ${token.slice(0, -1)}\xe9`],
    [401, `Authorization: ${token}`, `Authorization: ${token}`],
    [401, `Authorization: ${token}`, "authorization: other"],
    [401, "Authorization: other", `Authorization: ${token}`],
    [401, "Authorization:", `Authorization: ${token}`],
    [401, `Proxy-Authorization: ${token}`, `Cookie: Authorization=${token}`],
    [400, `Authorization: ${token}\0`],
    [400, `Authorization: ${token.slice(0, 32)}\r\n ${token.slice(32)}`],
    [400, `Authorization: ${"x".repeat(100_000)}`],
  ];
  for (const [expected, ...headers] of table) {
    const status = await statusOf(server, { headers: [`Host: 127.0.0.1:${port}`, ...headers] });
    assertEquals(status, expected, JSON.stringify(headers).slice(0, 200));
  }
  assertEquals(server.asked, 2);
});

Deno.test("methods and paths over the socket: GET of one path", async () => {
  await using server = start();
  const table: readonly (readonly [number, string])[] = [
    ...["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "GETT", "PRI"].map(
      (method) => [405, `${method} /v1/credentials`] as const,
    ),
    ...[
      "/",
      "/v1",
      "/v1/credentials/",
      "//v1/credentials",
      "/v1//credentials",
      "/v1/../v1/credentials",
      "/v1/./credentials",
      "/%761/credentials",
      "/v1%2fcredentials",
      "/v1/credentials?",
      "/v1/credentials?role=admin",
      "/v1/credentials#",
      "/v1/credentials#fragment",
      "/v1/credentials;x",
      "/v1/credentials%00",
      "/V1/credentials",
      "/\\v1/credentials",
      "/@127.0.0.1/v1/credentials",
      "/v1/credential\xe9",
      `/${"x".repeat(5000)}`,
    ].map((path) => [400, `GET ${path}`] as const),
  ];
  for (const [expected, line] of table) {
    assertEquals(await statusOf(server, { line: `${line} HTTP/1.1` }), expected, line);
  }
  assertEquals(server.asked, 0);
});

Deno.test("a body is refused, however it is announced", async () => {
  await using server = start();
  const right = rightHeaders(server);
  const table: readonly (readonly [number, string, string, string])[] = [
    [400, "Content-Length: 3", "abc", "a body"],
    [400, "Content-Length: 1000000000", "", "a body that never comes"],
    [400, "Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n", "chunks"],
    [400, "Transfer-Encoding: chunked", "", "chunks that never come"],
    [400, "Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n", "smuggling"],
    [400, "Content-Length: 3\r\nContent-Length: 4", "abcd", "two lengths"],
    [400, "Content-Length: -1", "", "a negative length"],
    [400, "Expect: 100-continue\r\nContent-Length: 3", "abc", "a body after asking"],
    [200, "Content-Length: 0", "", "none"],
  ];
  for (const [expected, header, body, what] of table) {
    const text = message(server, { headers: [...right, header] }) + body;
    const [response] = await exchange(server.port, text);
    assertEquals(response?.status, expected, what);
  }
  assertEquals(server.asked, 1);
});

Deno.test("a refused body is never read as the next request", async () => {
  await using server = start();
  const smuggled = message(server);
  const headers = [...rightHeaders(server), `Content-Length: ${smuggled.length}`];
  const next = message(server, { line: "PUT / HTTP/1.1" });
  const responses = await exchange(server.port, message(server, { headers }) + smuggled + next, {
    responses: 2,
  });
  assertEquals(responses.map(({ status }) => status), [400, 405]);
  assertEquals(server.asked, 0);
});

Deno.test("pipelined requests are judged one by one and answered in order", async () => {
  await using server = start();
  const right = message(server);
  const stranger = message(server, { headers: [`Host: 127.0.0.1:${server.port}`] });
  const elsewhere = message(server, { headers: ["Host: attacker.example"] });
  const wrongPath = message(server, { line: "GET /other HTTP/1.1" });
  const round = [right, stranger, elsewhere, wrongPath];
  const responses = await exchange(server.port, Array(25).fill(round).flat().join(""), {
    responses: 100,
  });
  assertEquals(
    responses.map(({ status }) => status),
    Array(25).fill([200, 401, 421, 400]).flat(),
  );
  assertEquals(new Set(responses.map(({ headers }) => headers.get("x-request-id"))).size, 100);
});

Deno.test("HTTP/1.0 is answered like HTTP/1.1: it, too, needs Host and the token", async () => {
  await using server = start();
  const line = "GET /v1/credentials HTTP/1.0";
  assertEquals(await statusOf(server, { line }), 200);
  assertEquals(await statusOf(server, { line, headers: [`Authorization: ${server.token}`] }), 421);
  assertEquals(await statusOf(server, { line, headers: [`Host: 127.0.0.1:${server.port}`] }), 401);
});

Deno.test("HTTP/2 does not get around Host: its requests name an authority instead", async () => {
  await using server = start();
  using client = Deno.createHttpClient({ http1: false, http2: true });
  const response = await fetch(server.url, { client, headers: { authorization: server.token } });
  assertEquals(response.status, 421);
  assert(!(await response.text()).includes(CREDENTIALS.secretAccessKey));
  assertEquals(server.asked, 0);
});

Deno.test("an upgrade to HTTP/2 is not made", async () => {
  await using server = start();
  const headers = [
    ...rightHeaders(server),
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__",
  ];
  assertEquals(await statusOf(server, { headers }), 200);
});

Deno.test("headers without end are cut off", async () => {
  await using server = start();
  const many = Array.from({ length: 1000 }, (_, index) => `X-${index}: 1`);
  assertEquals(await statusOf(server, { headers: [...rightHeaders(server), ...many] }), 400);
  const large = `X: ${"x".repeat(2_000_000)}`;
  const status = await statusOf(server, { headers: [...rightHeaders(server), large] });
  assert(status === 400 || status === 0, `${status}`);
  assertEquals(server.asked, 0);
});

Deno.test("garbage gets no credentials and leaves the server serving", async () => {
  await using server = start();
  const right = message(server);
  const exact = ["/v1/credentials", `127.0.0.1:${server.port}`, server.token];
  const oneByteOff = fc.tuple(fc.constantFrom(...exact), fc.nat(63), fc.nat(255)).map(
    ([part, index, code]) => {
      const at = right.indexOf(part) + index % part.length;
      const other = code === right.charCodeAt(at) ? code ^ 1 : code;
      return right.slice(0, at) + String.fromCharCode(other) + right.slice(at + 1);
    },
  );
  const bytes = fc.string({
    unit: fc.nat(255).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, oneByteOff), async (text) => {
      using connection = await connectRaw(server.port);
      // Ends whatever was left unfinished, so that an answer or a close must come.
      await connection.write(`${text}\r\n\r\n\0\r\n\r\n`);
      const response = await connection.read();
      assert(response === null || response.status !== 200, `${response?.status}`);
    }),
    { numRuns: 400 },
  );
  assertEquals(server.asked, 0);
  assertEquals(await statusOf(server, {}), 200);
});

Deno.test("hundreds of connections that never finish a request delay nobody", async () => {
  await using server = start();
  using held = new DisposableStack();
  const right = message(server);
  for (let index = 0; index < 300; index++) {
    const connection = held.use(await connectRaw(server.port));
    await connection.write(right.slice(0, index % right.length));
  }
  const started = performance.now();
  const responses = await exchange(server.port, right.repeat(20), { responses: 20 });
  assertEquals(responses.map(({ status }) => status), Array(20).fill(200));
  assert(performance.now() - started < 900, "slower than the SDKs' time-out");
});

Deno.test("a gate that hangs is 503 for its own request and holds up no other", async () => {
  let first = true;
  await using server = start({
    deadlineMs: 300,
    authorize() {
      const decision = first ? new Promise<never>(() => {}) : Promise.resolve(allowed());
      first = false;
      return decision;
    },
  });
  let hangs = true;
  const hanging = statusOf(server, {}).finally(() => hangs = false);
  const started = performance.now();
  while (first) await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(await statusOf(server, {}), 200);
  assert(hangs, "it was not waited for");
  assertEquals(await hanging, 503);
  assert(performance.now() - started < 900);
});

Deno.test("clients that go away while the gate decides hurt nobody", async () => {
  const decision = Promise.withResolvers<ReturnType<typeof allowed>>();
  let asked = 0;
  await using server = start({
    authorize() {
      asked++;
      return decision.promise;
    },
  });
  for (let index = 0; index < 20; index++) {
    using connection = await connectRaw(server.port);
    await connection.write(message(server));
    while (asked === index) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  decision.resolve(allowed());
  assertEquals(await statusOf(server, {}), 200);
});
