import { SentinelError } from "../../src/errors.ts";
import type { Decision, Refused } from "../../src/gate/decision.ts";
import { createHandler, type HandlerOptions } from "../../src/server/handler.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { allowed, CREDENTIALS, refused } from "./decisions.ts";
import { ManualClock } from "../support/manual_clock.ts";

const HOST = "127.0.0.1:41234";
const URL_TEXT = `http://${HOST}/v1/credentials`;
const TOKEN = "0123456789abcdef".repeat(4);

/** A handler, what it asked of the gate and what it told its listener. */
function setUp(options: Partial<HandlerOptions> = {}) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const told: string[] = [];
  let ids = 0;
  const authorize = options.authorize ?? (() => Promise.resolve(allowed()));
  const handler = createHandler({
    host: HOST,
    token: TOKEN,
    newRequestId: () => `id-${++ids}`,
    clock,
    onAllowed: () => told.push("allowed"),
    onRefusal: (refusal) => told.push(`refused ${refusal.code}`),
    onFault: (error) => told.push(`fault ${error.code}`),
    ...options,
    authorize(requestId, isWanted) {
      asked.push(requestId);
      return authorize(requestId, isWanted);
    },
  });
  return { handler, clock, asked, told };
}

interface RequestOptions {
  readonly url?: string;
  readonly method?: string;
  /** Added to what a right request has; `null` takes away. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

function request({ url = URL_TEXT, method = "GET", headers = {} }: RequestOptions = {}): Request {
  const all = { host: HOST, authorization: TOKEN, accept: "*/*", ...headers };
  return new Request(url, {
    method,
    headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
  });
}

async function read(response: Response | Promise<Response>) {
  const { status, headers, body } = await response;
  const text = await new Response(body).text();
  return { status, headers, body: JSON.parse(text), text };
}

Deno.test("the right request gets credentials", async () => {
  const { handler, asked, told } = setUp();
  const { status, headers, body } = await read(handler(request()));
  assertEquals(status, 200);
  assertEquals(body.AccessKeyId, CREDENTIALS.accessKeyId);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("x-request-id"), "id-1");
  assertEquals(asked, ["id-1"]);
  assertEquals(told, ["allowed"]);
});

const WRONG_HOSTS: readonly (string | null)[] = [
  null,
  "",
  "127.0.0.1",
  "127.0.0.1:80",
  "127.0.0.1:041234",
  "127.0.0.1.:41234",
  "127.0.0.2:41234",
  "127.1:41234",
  "2130706433:41234",
  "0.0.0.0:41234",
  "[::1]:41234",
  "[::ffff:127.0.0.1]:41234",
  "localhost:41234",
  "LOCALHOST:41234",
  "user@127.0.0.1:41234",
  "127.0.0.1:41234/",
  "127.0.0.1:41234, 127.0.0.1:41234",
  "attacker.example",
  "127.0.0.1.attacker.example:41234",
];

Deno.test("another Host is 421, whatever else is right", async () => {
  for (const host of WRONG_HOSTS) {
    const { handler, asked } = setUp();
    const { status, body } = await read(handler(request({ headers: { host } })));
    assertEquals([status, body.Code], [421, "MISDIRECTED_REQUEST"], `${host}`);
    assertEquals(asked, []);
  }
});

Deno.test("another host, scheme or user in an absolute target is 421, though Host is right", async () => {
  const { handler, asked } = setUp();
  for (
    const url of [
      "http://attacker.example/v1/credentials",
      "http://127.0.0.1:41235/v1/credentials",
      "http://127.0.0.1:4123/v1/credentials",
      "http://127.0.0.1/v1/credentials",
      "http://localhost:41234/v1/credentials",
      "https://127.0.0.1:41234/v1/credentials",
    ]
  ) {
    assertEquals((await read(handler(request({ url })))).status, 421, url);
  }
  assertEquals(asked, []);
});

Deno.test("a browser is refused before its token is looked at", async () => {
  const { handler, asked } = setUp();
  for (
    const headers of [
      { origin: "null" },
      { origin: "" },
      { origin: `http://${HOST}` },
      { origin: "https://attacker.example" },
      { "sec-fetch-site": "same-origin" },
      { "sec-fetch-site": "cross-site", authorization: null },
      { "sec-fetch-site": "none" },
    ]
  ) {
    const { status, body } = await read(handler(request({ headers })));
    assertEquals([status, body.Code], [403, "BROWSER_REFUSED"], JSON.stringify(headers));
  }
  assertEquals(asked, []);
});

const WRONG_TOKENS: readonly (string | null)[] = [
  null,
  "",
  TOKEN.slice(1),
  TOKEN.slice(0, -1),
  `${TOKEN}0`,
  `0${TOKEN}`,
  `${TOKEN.slice(0, -1)}0`,
  TOKEN.toUpperCase(),
  `Bearer ${TOKEN}`,
  `Basic ${btoa(`:${TOKEN}`)}`,
  `${TOKEN}, ${TOKEN}`,
  `${TOKEN}, `,
  `"${TOKEN}"`,
  TOKEN.replace("0", "é"),
  "x".repeat(100_000),
  `${TOKEN}${"\u00ff".repeat(64)}`,
];

Deno.test("another token is 401", async () => {
  for (const authorization of WRONG_TOKENS) {
    const { handler, asked } = setUp();
    const { status, body } = await read(handler(request({ headers: { authorization } })));
    assertEquals([status, body.Code], [401, "UNAUTHORIZED"], `${authorization}`);
    assertEquals(asked, []);
  }
});

Deno.test("without the token every method, path and body get the very same answer", async () => {
  const { handler } = setUp();
  const answers = new Set<string>();
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "X"]) {
    for (const path of ["/v1/credentials", "/", "/v1/credentials?x", "/nothing", "/v1/"]) {
      for (const length of [null, "0", "12"]) {
        const { status, headers, text } = await read(handler(request({
          url: `http://${HOST}${path}`,
          method,
          headers: { authorization: null, "content-length": length },
        })));
        const shown = [...headers].filter(([name]) => name !== "x-request-id");
        answers.add(JSON.stringify([status, shown, text]));
      }
    }
  }
  assertEquals(answers.size, 1);
});

Deno.test("with the token every method but GET is 405", async () => {
  const { handler, asked } = setUp();
  for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "GETS"]) {
    const { status, headers } = await read(handler(request({ method })));
    assertEquals([status, headers.get("allow")], [405, "GET"], method);
  }
  assertEquals(asked, []);
});

Deno.test("with the token every path but one is 400, never 404", async () => {
  const { handler, asked } = setUp();
  for (
    const path of [
      "/",
      "/v1/credentials/",
      "/v1/credentials?",
      "/v1/credentials?a=b",
      "/v1/credentialsx",
      "//v1/credentials",
      "/V1/credentials",
      "/%761/credentials",
      "/v1/credentials#",
    ]
  ) {
    const { status, body } = await read(handler(request({ url: `http://${HOST}${path}` })));
    assertEquals([status, body.Code], [400, "BAD_REQUEST"], path);
  }
  assertEquals(asked, []);
});

Deno.test("with the token a request with a body is 400", async () => {
  const { handler, asked } = setUp();
  for (
    const headers of [
      { "content-length": "1" },
      { "content-length": "00" },
      { "content-length": "0, 0" },
      { "transfer-encoding": "chunked" },
      { "transfer-encoding": "identity", "content-length": "0" },
    ]
  ) {
    assertEquals((await read(handler(request({ headers })))).status, 400, JSON.stringify(headers));
  }
  assertEquals(asked, []);
  assertEquals((await read(handler(request({ headers: { "content-length": "0" } })))).status, 200);
});

Deno.test("a refusal is 403 with the gate's code and cleaned words", async () => {
  const reason = "only arn:aws:iam::123456789012:role/Ops may\nuse it";
  const refusal = refused("POLICY_DENIED", { matchedRule: "freeze", reason });
  const heard: Refused[] = [];
  const { handler, told } = setUp({
    authorize: () => Promise.resolve(refusal),
    onRefusal: (of) => heard.push(of),
  });
  const { status, body, text } = await read(handler(request()));
  assertEquals(status, 403);
  assertEquals(body.Code, "POLICY_DENIED");
  assertEquals(body.Message, body.message);
  assertEquals(
    body.Message,
    'policy denies profile "prod": rule "freeze" (1): only <arn> may\\u{a}use it',
  );
  assert(!text.includes("123456789012"));
  assert(heard[0] === refusal, "the listener hears it whole");
  assertEquals(told, []);
});

Deno.test("a fault is answered by its kind and told in full", async () => {
  const message = "Cannot assume role arn:aws:iam::123456789012:role/Prod: canary";
  const heard: SentinelError[] = [];
  const { handler } = setUp({
    authorize: () => Promise.reject(new SentinelError("AWS_REFUSED", message)),
    onFault: (error) => heard.push(error),
  });
  const { status, text, body } = await read(handler(request()));
  assertEquals([status, body.Code], [503, "AWS_REFUSED"]);
  assert(!/arn:|canary|\d{12}/.test(text), text);
  assertEquals(heard.map((error) => error.message), [message]);
});

const BROKEN: Readonly<Record<string, () => Promise<Decision>>> = {
  "rejects with a foreign error": () => Promise.reject(new TypeError("canary at file.ts:1")),
  "rejects with a text": () => Promise.reject("canary"),
  "rejects with nothing": () => Promise.reject(undefined),
  "throws": () => {
    throw new TypeError("canary");
  },
  "resolves to nothing": () => Promise.resolve(undefined as unknown as Decision),
  "resolves to another kind": () => Promise.resolve({ kind: "canary" } as unknown as Decision),
  "resolves without credentials": () => Promise.resolve({ kind: "allow" } as unknown as Decision),
  "resolves to a refusal without words": () =>
    Promise.resolve({ kind: "deny", code: "POLICY_DENIED" } as unknown as Decision),
  "resolves to credentials without a date": () => Promise.resolve(allowed({ expiresAt: NaN })),
};
for (const [what, authorize] of Object.entries(BROKEN)) {
  Deno.test(`a gate that ${what} is 503 INTERNAL and gives nothing away`, async () => {
    const { handler, told } = setUp({ authorize });
    const { status, body, text } = await read(handler(request()));
    assertEquals([status, body.Code], [503, "INTERNAL"]);
    assert(!/canary|stack|file|ASIA/i.test(text), text);
    assertEquals(told.filter((line) => line.startsWith("fault")), ["fault INTERNAL"]);
    assert(!told.includes("allowed"));
  });
}

Deno.test("credentials that never end or have no token are withheld", async () => {
  for (const lacking of [{ sessionToken: null }, { expiresAt: null }]) {
    const { handler, told } = setUp({ authorize: () => Promise.resolve(allowed(lacking)) });
    const { status, body, text } = await read(handler(request()));
    assertEquals([status, body.Code], [503, "CREDENTIALS_UNSUITABLE"]);
    assert(!text.includes("canary"));
    assertEquals(told, ["fault CREDENTIALS_UNSUITABLE"]);
  }
});

Deno.test("listeners that throw change no answer", async () => {
  const broken = () => {
    throw new Error("the terminal is gone");
  };
  const listeners = { onAllowed: broken, onRefusal: broken, onFault: broken };
  const answers: readonly (readonly [number, () => Promise<Decision>])[] = [
    [200, () => Promise.resolve(allowed())],
    [403, () => Promise.resolve(refused())],
    [503, () => Promise.reject(new Error())],
  ];
  for (const [expected, authorize] of answers) {
    const { handler } = setUp({ ...listeners, authorize });
    assertEquals((await handler(request())).status, expected);
  }
});

Deno.test("a source of request ids that fails is 503 and asks nothing", async () => {
  const { handler, asked } = setUp({
    newRequestId: () => {
      throw new Error("no entropy");
    },
  });
  assertEquals((await read(handler(request()))).status, 503);
  assertEquals(asked, []);
});

Deno.test("a decision that takes longer than 900 ms is 503 TIMED_OUT", async () => {
  const { handler, clock, told } = setUp({ authorize: () => new Promise(() => {}) });
  const answer = read(handler(request()));
  await clock.advance(899);
  assertEquals(told, []);
  await clock.advance(1);
  const { status, body } = await answer;
  assertEquals([status, body.Code], [503, "TIMED_OUT"]);
  assertEquals(told, ["fault TIMED_OUT"]);
});

Deno.test("what comes after the deadline is neither answered nor told", async () => {
  const late = [allowed(), refused(), new Error("late")] as const;
  for (const outcome of late) {
    const decision = Promise.withResolvers<Decision>();
    const { handler, clock, told } = setUp({ authorize: () => decision.promise, deadlineMs: 5 });
    const answer = read(handler(request()));
    await clock.advance(5);
    if (outcome instanceof Error) decision.reject(outcome);
    else decision.resolve(outcome);
    assertEquals((await answer).status, 503);
    await decision.promise.catch(() => {});
    assertEquals(told, ["fault TIMED_OUT"]);
  }
});

Deno.test("more requests in flight than allowed are 429, and only those", async () => {
  const decision = Promise.withResolvers<Decision>();
  const { handler, asked } = setUp({ authorize: () => decision.promise, maxInFlight: 3 });
  const answers = Array.from({ length: 5 }, () => read(handler(request())));
  const stranger = await read(handler(request({ headers: { authorization: null } })));
  assertEquals(stranger.status, 401, "strangers learn nothing of the load");
  decision.resolve(allowed());
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assertEquals(statuses, [200, 200, 200, 429, 429]);
  assertEquals(asked.length, 3);
  assertEquals((await read(handler(request()))).status, 200, "the places are free again");
});

Deno.test("a hanging gate does not lock the endpoint for good", async () => {
  let hangs = true;
  const { handler, clock } = setUp({
    authorize: () => hangs ? new Promise(() => {}) : Promise.resolve(allowed()),
    maxInFlight: 2,
  });
  const hanging = [read(handler(request())), read(handler(request()))];
  assertEquals((await read(handler(request()))).status, 429);
  await clock.advance(900);
  await Promise.all(hanging);
  hangs = false;
  assertEquals((await read(handler(request()))).status, 200);
});

Deno.test("close() refuses new requests and waits for those that were let in", async () => {
  const decision = Promise.withResolvers<Decision>();
  const { handler } = setUp({ authorize: () => decision.promise });
  const before = read(handler(request()));
  let closed = false;
  const closing = handler.close().then(() => closed = true);
  const { status, body } = await read(handler(request()));
  assertEquals([status, body.Code], [503, "SERVER_CLOSED"]);
  assert(!closed);
  decision.resolve(allowed());
  assertEquals((await before).status, 200);
  await closing;
});

Deno.test("request ids differ and stand in every answer", async () => {
  const { handler } = setUp();
  const ids = new Set<string | null>();
  for (
    const options of [{}, { method: "PUT" }, { headers: { host: "x" } }, {
      headers: { authorization: null },
    }]
  ) {
    ids.add((await handler(request(options))).headers.get("x-request-id"));
  }
  assertEquals([...ids], ["id-1", "id-2", "id-3", "id-4"]);
});

Deno.test("no answer to whoever has no token carries more than fixed words", async () => {
  const { handler } = setUp();
  for (
    const headers of [
      { host: "canary.example" },
      { origin: "http://canary.example" },
      { authorization: "canary" },
    ]
  ) {
    const { text } = await read(handler(request({ headers })));
    assertMatch(
      text,
      /^\{"Code":"[A-Z_]+","Message":"[^"]+","code":"[A-Z_]+","message":"[^"]+"\}$/,
    );
    assert(!text.includes("canary") && !text.includes(TOKEN) && !text.includes("41234"));
  }
});
