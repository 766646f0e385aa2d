/**
 * Whoever finds the port of a running server without its token: web pages, scanners, other
 * programs of the machine. They get nothing, leave nothing, and learn nothing (P12).
 *
 * @module
 */
import { exchange } from "../server/raw_http.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { openSandbox } from "../support/sandbox.ts";
import { policyOf, readLog, serve, sessionsIn } from "../support/serving.ts";

Deno.test("strangers get nothing from a running server, and are no decisions", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "require_server_session" }));
  const table = `sqlite:${sandbox.home}/sessions.db`;
  const log = `${sandbox.home}/decisions.jsonl`;
  await using server = await serve(sandbox, {
    flags: ["--session-table", table, "--log-file", log],
  });
  const { token } = server;
  const { port, host, pathname } = new URL(server.url);
  const request = (
    { method = "GET", target = pathname, headers = {} }: {
      readonly method?: string;
      readonly target?: string;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ) => {
    const all = { host, authorization: token, ...headers };
    const lines = Object.entries(all).filter(([, value]) => value !== "").map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
  };
  const strangers: readonly (readonly [text: string, status: number])[] = [
    [request({ headers: { authorization: "" } }), 401],
    [request({ headers: { authorization: token.slice(0, -1) } }), 401],
    [request({ headers: { authorization: `Bearer ${token}` } }), 401],
    [request({ headers: { host: `localhost:${port}` } }), 421],
    [request({ headers: { host: "attacker.example" } }), 421],
    [request({ headers: { host: "169.254.169.254" } }), 421],
    [request({ target: `http://attacker.example${pathname}` }), 421],
    [request({ headers: { origin: `http://${host}` } }), 403],
    [request({ headers: { "sec-fetch-site": "same-origin" } }), 403],
    [request({ method: "POST" }), 405],
    [request({ method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" } }), 405],
    [request({ target: `${pathname}?` }), 400],
    [request({ target: "/latest/meta-data/iam/security-credentials/" }), 400],
    [request({ headers: { "content-length": "5" } }) + "hello", 400],
  ];
  for (const [text, status] of strangers) {
    const [response] = await exchange(Number(port), text);
    assertEquals(response?.status, status, text);
    const { body, headers } = response!;
    assert(!/AKIA|ASIA|arn:|\d{12}|alice|prod/.test(body), body);
    assertEquals(headers.get("access-control-allow-origin"), undefined);
    assertEquals(headers.get("cache-control"), "no-store");
  }
  // Who knows how to ask still gets an answer, and is the only one on record.
  const [owner] = await exchange(Number(port), request({}));
  assertEquals(owner?.status, 200);
  assertEquals((await readLog(log)).map(({ outcome }) => outcome), ["issued", "issued"]);
  assertEquals((await server.end()).stderr, "");
  assertEquals((await sessionsIn(table))[0]?.requestCount, 1);
});

Deno.test("the server is on 127.0.0.1 alone, whatever the environment says", async () => {
  await using sandbox = await openSandbox(policyOf({ effect: "allow" }));
  const env = { DENO_SERVE_ADDRESS: "tcp:0.0.0.0:0", HOST: "0.0.0.0", PORT: "80" };
  await using server = await serve(sandbox, { env });
  assertEquals((await server.ask()).status, 200);
  const { port } = new URL(server.url);
  const addresses = Deno.networkInterfaces().map(({ address }) => address);
  for (const hostname of ["127.0.0.2", "::1", ...addresses]) {
    if (hostname === "127.0.0.1" || hostname.startsWith("fe80")) continue;
    const connected = await Deno.connect({ hostname, port: Number(port) }).then((connection) => {
      connection.close();
      return true;
    }, () => false);
    assert(!connected, `it listens on ${hostname}`);
  }
});
