import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { FetchHandler, NoAnswerError, type SdkRequest } from "../../src/transport/fetch_handler.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { startStsEndpoint } from "../support/sts_endpoint.ts";
import { waitFor } from "../support/wait.ts";

const NEVER = new Promise<never>(() => {});

function requestTo(port: number, changes: Partial<SdkRequest> = {}): SdkRequest {
  return {
    method: "POST",
    protocol: "http:",
    hostname: "127.0.0.1",
    port,
    path: "/",
    headers: { "x-test": "1" },
    body: "hello",
    ...changes,
  };
}

interface Peer extends AsyncDisposable {
  readonly port: number;
  /** Bodies of the requests so far. */
  readonly received: readonly string[];
}

/** A server that answers by `answer`, given the number of the request from 0. */
function startPeer(answer: (number: number) => Response | Promise<Response>): Peer {
  const received: string[] = [];
  const closing = Promise.withResolvers<Response>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const number = received.push(await request.text()) - 1;
      return await Promise.race([answer(number), closing.promise]);
    },
  );
  return {
    port: server.addr.port,
    received,
    async [Symbol.asyncDispose]() {
      closing.resolve(new Response());
      await server.shutdown();
    },
  };
}

/** Runs `body` with a handler whose connections are closed afterwards. */
async function withHandler(
  timeoutMs: number,
  body: (handler: FetchHandler) => Promise<void>,
): Promise<void> {
  const handler = new FetchHandler(timeoutMs);
  try {
    await body(handler);
  } finally {
    handler.destroy();
    handler.destroy();
  }
}

Deno.test("what arrives is what the SDK signed", async () => {
  await using sts = startStsEndpoint();
  const alice = sts.addUser({ name: "alice" });
  for (const secretAccessKey of [alice.secretAccessKey, "wrong"]) {
    const client = new STSClient({
      region: "eu-west-1",
      endpoint: sts.url,
      credentials: { ...alice, secretAccessKey },
      requestHandler: new FetchHandler(5000),
    });
    const identity = client.send(new GetCallerIdentityCommand());
    if (secretAccessKey === "wrong") {
      await assertRejects(() => identity, Error, "signature");
    } else assertEquals((await identity).Arn, alice.arn);
    client.destroy();
  }
});

Deno.test("an answer comes with its status, its headers and every byte", () =>
  withHandler(5000, async (handler) => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    await using peer = startPeer((number) =>
      number === 0
        ? new Response(bytes, { status: 418, headers: { "x-answer": "a, b" } })
        : Response.redirect("http://127.0.0.1:9/elsewhere")
    );
    const { response } = await handler.handle(requestTo(peer.port, { path: "/a/b?c=d" }));
    assertEquals([response.statusCode, response.headers["x-answer"]], [418, "a, b"]);
    assertEquals(response.body, bytes);
    const redirect = await handler.handle(requestTo(peer.port));
    assertEquals(redirect.response.statusCode, 302, "a redirect is not followed");
    assertEquals(peer.received, ["hello", "hello"]);
  }));

Deno.test("a request that is given up is not sent again", () =>
  withHandler(5000, async (handler) => {
    await using peer = startPeer((number) => number === 1 || number === 2 ? NEVER : new Response());
    // The first leaves a connection to be used again, which is where Node's client repeats.
    await handler.handle(requestTo(peer.port, { body: "first" }));
    const giveUp = new AbortController();
    const given = handler.handle(requestTo(peer.port, { body: "given up" }), {
      abortSignal: giveUp.signal,
    });
    await waitFor("the request to arrive", () => peer.received.length === 2);
    giveUp.abort(new Error("enough"));
    assertEquals((await assertRejects(() => given)).name, "AbortError");
    const late = await assertRejects(() =>
      handler.handle(requestTo(peer.port, { body: "late" }), { requestTimeout: 50 })
    );
    assertEquals(late.name, "TimeoutError");
    await handler.handle(requestTo(peer.port, { body: "last" }));
    assertEquals(peer.received, ["first", "given up", "late", "last"]);
  }));

Deno.test("the time is up for the body, too", () =>
  withHandler(50, async (handler) => {
    await using peer = startPeer(() =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
        { headers: { "content-length": "2" } },
      )
    );
    const error = await assertRejects(() => handler.handle(requestTo(peer.port)));
    assertEquals(error.name, "TimeoutError");
  }));

Deno.test("why no answer came has the system's name", () =>
  withHandler(5000, async (handler) => {
    const codeOf = async (request: SdkRequest) =>
      (await assertRejects(() => handler.handle(request), NoAnswerError)).code;
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const closed = (async () => {
      const connection = await listener.accept();
      await connection.read(new Uint8Array(1000));
      connection.close();
      listener.close();
    })();
    assertEquals(await codeOf(requestTo(port)), "ECONNRESET");
    await closed;
    assertEquals(await codeOf(requestTo(port)), "ECONNREFUSED");
    assertEquals(
      await codeOf(requestTo(port, { hostname: "no-such-host.invalid" })),
      "ENOTFOUND",
    );
    await using peer = startPeer(() => new Response());
    assertEquals(await codeOf(requestTo(peer.port, { protocol: "https:" })), "EPROTO");
    assertEquals(peer.received, []);
    assert(!(await handler.handle(requestTo(peer.port))).response.headers["x-none"]);
  }));
