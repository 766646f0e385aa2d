/**
 * Signatures under attack: requests that the SDK signed and someone changed afterwards, headers
 * that no client would send, and bytes that are no HTTP at all.
 *
 * @module
 */
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import fc from "fast-check";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../assert.ts";
import { startStsEndpoint, type StsEndpoint } from "../sts_endpoint.ts";
import { type ClientKeys, refusalOf, StsSdkClient } from "./sdk_client.ts";
import { checkSkew } from "./signature.ts";
import { StsError } from "./sts_error.ts";

/** What of an SDK request the tests change. */
interface SdkRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string | undefined;
}

type Change = (request: SdkRequest) => void;

/** A GetCallerIdentity that is changed before, or after, the SDK signs it. */
async function send(
  sts: StsEndpoint,
  options: { readonly keys: ClientKeys; readonly before?: Change; readonly after?: Change },
) {
  using client = new StsSdkClient(sts, { keys: options.keys });
  client.middlewareStack.add((next) => (args) => {
    options.before?.(args.request as SdkRequest);
    return next(args);
  }, { step: "build", priority: "high" });
  // The lowest middleware of the step: the signature is made already.
  client.middlewareStack.add((next) => (args) => {
    options.after?.(args.request as SdkRequest);
    return next(args);
  }, { step: "finalizeRequest", priority: "low" });
  return await client.send(new GetCallerIdentityCommand({}));
}

function editAuthorization(edit: (value: string) => string): Change {
  return ({ headers }) => {
    const name = Object.keys(headers).find((key) => key.toLowerCase() === "authorization")!;
    headers[name] = edit(headers[name]!);
  };
}

const asGet: Change = (request) => {
  request.method = "GET";
  request.query = { Action: "GetCallerIdentity", Version: "2011-06-15" };
  request.body = undefined;
  delete request.headers["content-type"];
};

Deno.test("a request that was changed after it was signed is refused", async (t) => {
  await using sts = startStsEndpoint();
  const role = sts.addRole({ name: "R" });
  const keys = sts.addRoleSession({ roleArn: role.arn, sessionName: "s1" });
  const changes: Record<string, readonly [Change, string]> = {
    "another body of the same length": [(r) => {
      r.body = r.body!.replace("GetCallerIdentity", "GetCallerIdentitz");
    }, "InvalidAction"],
    "parameters in another order": [(r) => {
      r.body = r.body!.split("&").reverse().join("&");
    }, "SignatureDoesNotMatch"],
    "a query": [(r) => {
      r.query = { Extra: "1" };
    }, "SignatureDoesNotMatch"],
    "a signed header": [(r) => {
      r.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8";
    }, "SignatureDoesNotMatch"],
    "an x-amz- header that was not signed": [(r) => {
      r.headers["x-amz-target"] = "Other";
    }, "SignatureDoesNotMatch"],
    "another date": [(r) => {
      r.headers["x-amz-date"] = r.headers["x-amz-date"]!.replace(
        /(\d)Z$/,
        (_, digit) => `${(Number(digit) + 1) % 10}Z`,
      );
    }, "SignatureDoesNotMatch"],
    "the scope's region": [
      editAuthorization((value) => value.replace("eu-west-1", "eu-west-2")),
      "SignatureDoesNotMatch",
    ],
    "one bit of the signature": [
      editAuthorization((value) => value.replace(/.$/, (c) => c === "0" ? "1" : "0")),
      "SignatureDoesNotMatch",
    ],
    "the session token": [(r) => {
      r.headers["x-amz-security-token"] = keys.sessionToken.slice(1);
    }, "InvalidClientTokenId"],
  };
  for (const [name, [after, code]] of Object.entries(changes)) {
    await t.step(name, async () => {
      assertEquals((await refusalOf(send(sts, { keys, after }))).code, code);
    });
  }
  await send(sts, { keys });
});

const setDate = (value: string): Change => ({ headers }) => {
  headers["x-amz-date"] = value;
};

const dropHeader = (dropped: string): Change => ({ headers }) => {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === dropped) delete headers[name];
  }
};

const STATUS: Readonly<Record<string, number>> = {
  IncompleteSignature: 400,
  MissingAuthenticationToken: 403,
  SignatureDoesNotMatch: 403,
};

/** What is done to a request, and the code and message with which it is refused. */
const MALFORMED: Readonly<Record<string, readonly [Change, keyof typeof STATUS, string]>> = {
  "none": [
    dropHeader("authorization"),
    "MissingAuthenticationToken",
    "Request is missing Authentication Token",
  ],
  "a bearer token": [
    editAuthorization(() => "Bearer abc"),
    "IncompleteSignature",
    "Unsupported algorithm",
  ],
  "another algorithm": [
    editAuthorization((value) => value.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")),
    "IncompleteSignature",
    "Unsupported algorithm",
  ],
  "only the algorithm": [
    editAuthorization(() => "AWS4-HMAC-SHA256"),
    "IncompleteSignature",
    "key=value pair",
  ],
  "no credential": [
    editAuthorization((value) => value.replace(/Credential=\S+, /, "")),
    "IncompleteSignature",
    "requires 'Credential' parameter",
  ],
  "no signature": [
    editAuthorization((value) => value.replace(/, Signature=\S+/, "")),
    "IncompleteSignature",
    "requires 'Signature' parameter",
  ],
  "two signatures": [
    editAuthorization((value) => `${value}, Signature=${"0".repeat(64)}`),
    "IncompleteSignature",
    "has 'Signature' twice",
  ],
  "a short signature": [
    editAuthorization((value) => value.slice(0, -2)),
    "IncompleteSignature",
    "64 hex digits",
  ],
  "an upper-case signature": [
    editAuthorization((value) => value.replace(/Signature=.*/, `Signature=${"AB".repeat(32)}`)),
    "IncompleteSignature",
    "64 hex digits",
  ],
  "a scope of four parts": [
    editAuthorization((value) => value.replace("/aws4_request", "")),
    "IncompleteSignature",
    "exactly 5 slash-delimited elements",
  ],
  "another service": [
    editAuthorization((value) => value.replace("/sts/", "/iam/")),
    "SignatureDoesNotMatch",
    "scoped to correct service: 'sts'.",
  ],
  "another terminator": [
    editAuthorization((value) => value.replace("aws4_request", "aws5_request")),
    "SignatureDoesNotMatch",
    "scoped to the terminator 'aws4_request'.",
  ],
  "no region": [
    editAuthorization((value) => value.replace("eu-west-1", "")),
    "SignatureDoesNotMatch",
    "scoped to a valid region.",
  ],
  "another day": [
    editAuthorization((value) => value.replace(/\/\d{8}\//, "/20200101/")),
    "SignatureDoesNotMatch",
    "scoped to the day of X-Amz-Date.",
  ],
  "host not signed": [
    editAuthorization((value) => value.replace("host;", "")),
    "SignatureDoesNotMatch",
    "'Host' or ':authority' must be a 'SignedHeader'",
  ],
  "x-amz-date not signed": [
    editAuthorization((value) => value.replace(/;x-amz-date/, "")),
    "SignatureDoesNotMatch",
    "'x-amz-date' is present but was not signed",
  ],
  "signed headers out of order": [
    editAuthorization((value) =>
      value.replace(
        /SignedHeaders=([^,]+)/,
        (_, names) => `SignedHeaders=${names.split(";").reverse().join(";")}`,
      )
    ),
    "IncompleteSignature",
    "lower case, sorted and unique",
  ],
  "signed headers that no header can be called": [
    editAuthorization((value) => value.replace(/SignedHeaders=[^,]+/, "$&;ä(")),
    "IncompleteSignature",
    "must be header names",
  ],
  "a signed header that is not there": [
    editAuthorization((value) => value.replace(/SignedHeaders=[^,]+/, "$&;zzz")),
    "SignatureDoesNotMatch",
    "The signed header 'zzz' is not in the request",
  ],
  "no X-Amz-Date": [
    dropHeader("x-amz-date"),
    "IncompleteSignature",
    "requires existence of a 'X-Amz-Date' header",
  ],
  "a date that is none": [setDate("20261399T000000Z"), "IncompleteSignature", "Date must be in"],
  "a day that is none": [setDate("20260230T000000Z"), "IncompleteSignature", "Date must be in"],
  "a date in another form": [
    setDate("2026-03-01T12:00:00Z"),
    "IncompleteSignature",
    "Date must be in",
  ],
};

Deno.test("an Authorization header that is not as it must be is refused", async (t) => {
  await using sts = startStsEndpoint();
  const keys = sts.addUser({ name: "u" });
  for (const [name, [after, code, part]] of Object.entries(MALFORMED)) {
    await t.step(name, async () => {
      const refusal = await refusalOf(send(sts, { keys, after }));
      assertEquals([refusal.status, refusal.code], [STATUS[code], code]);
      assertStringIncludes(refusal.message, part);
      assertEquals(sts.calls.at(-1)?.callerArn, null);
    });
  }
});

Deno.test("a request that declares its payload unsigned is refused", async () => {
  await using sts = startStsEndpoint();
  const refusal = await refusalOf(send(sts, {
    keys: sts.addUser({ name: "u" }),
    before: ({ headers }) => headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD",
  }));
  assertEquals(refusal.code, "SignatureDoesNotMatch");
  assertMatch(refusal.message, /^The request signature we calculated does not match/);
});

Deno.test("what the SDK signs is accepted: GET, odd queries, odd header spacing", async () => {
  await using sts = startStsEndpoint();
  const keys = sts.addUser({ name: "u" });
  await send(sts, { keys, before: asGet });
  await send(sts, {
    keys,
    before: ({ headers }) => headers["x-amz-meta-note"] = "  two   spaces  ",
  });
  // Accepted by the signature, then refused for what it asks: names that sort by more than ASCII.
  const refusal = await refusalOf(send(sts, {
    keys,
    before: (request) => {
      asGet(request);
      Object.assign(request.query, { "a": "~ *'()!é/+", "a-": "1", "A": "2", "a=b": "&" });
    },
  }));
  assertEquals(refusal.code, "ValidationError");
  assertMatch(refusal.message, /^Unknown parameter: /);
});

Deno.test("a signature holds fifteen minutes either way", () => {
  const made = "20260301T120000Z";
  const time = Date.parse("2026-03-01T12:00:00Z");
  checkSkew(made, time - 900_000);
  checkSkew(made, time);
  checkSkew(made, time + 900_000);
  const late = assertThrows(() => checkSkew(made, time + 900_001), StsError);
  assertEquals([late.status, late.code], [403, "SignatureDoesNotMatch"]);
  assertEquals(
    late.message,
    "Signature expired: 20260301T120000Z is now earlier than 20260301T120000Z (20260301T121500Z - 15 min.)",
  );
  const early = assertThrows(() => checkSkew(made, time - 901_000), StsError);
  assertEquals(
    early.message,
    "Signature not yet current: 20260301T120000Z is still later than 20260301T115959Z (20260301T114459Z + 15 min.)",
  );
  assertThrows(() => checkSkew("20260230T120000Z", time), StsError);
});

Deno.test("unsigned requests are answered in STS's XML, whatever they are", async (t) => {
  await using sts = startStsEndpoint();
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const whoami = "Action=GetCallerIdentity&Version=2011-06-15";
  const cases: Record<string, readonly [string, RequestInit, number, string]> = {
    "unsigned": [
      "/",
      { method: "POST", body: whoami, headers: form },
      403,
      "MissingAuthenticationToken",
    ],
    "unsigned GET": [`/?${whoami}`, {}, 403, "MissingAuthenticationToken"],
    "no form": ["/", { method: "POST", body: whoami }, 400, "MissingAction"],
    "another path": [`/x?${whoami}`, {}, 404, "UnknownOperationException"],
    "another method": ["/", { method: "DELETE" }, 405, "MethodNotAllowed"],
    "a huge body": [
      "/",
      { method: "POST", body: "x".repeat(131_073), headers: form },
      413,
      "RequestEntityTooLarge",
    ],
    "a huge body in chunks": [
      "/",
      {
        method: "POST",
        headers: form,
        body: ReadableStream.from((function* () {
          for (let i = 0; i < 40; i++) yield new Uint8Array(4096);
        })()),
      },
      413,
      "RequestEntityTooLarge",
    ],
    "broken escapes": ["/?Action=%zz&Version=%ff%00", {}, 400, "InvalidAction"],
    "markup": [
      `/?Version=1&Action=${encodeURIComponent('<a>&"]]>\u0001\ufffe')}`,
      {},
      400,
      "InvalidAction",
    ],
  };
  for (const [name, [path, init, status, code]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const response = await fetch(`${sts.url}${path}`, init);
      const xml = await response.text();
      assertEquals(response.status, status);
      assertEquals(response.headers.get("content-type"), "text/xml");
      const id = response.headers.get("x-amzn-requestid") ?? "";
      assertStringIncludes(xml, `<Type>Sender</Type><Code>${code}</Code><Message>`);
      assertStringIncludes(xml, `<RequestId>${id}</RequestId>`);
      assertWellFormed(xml);
      assertEquals(sts.calls.at(-1)?.errorCode, code);
    });
  }
});

/** Fails unless `xml` is tags that nest and text without markup or forbidden characters. */
function assertWellFormed(xml: string): void {
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml), "forbidden characters");
  let rest = xml.trim();
  for (let before = ""; rest !== before;) {
    before = rest;
    rest = rest.replaceAll(
      /<(\w+)(?: xmlns="[^"<>&]*")?>(?:[^<>&]|&(?:amp|lt|gt|quot|#xD);)*<\/\1>/g,
      "",
    );
  }
  assertEquals(rest, "", `not well-formed: ${xml}`);
}

const CLAIM = "20260301/eu-west-1/sts/aws4_request";

Deno.test("random headers and bodies never crash the endpoint", async () => {
  await using sts = startStsEndpoint();
  const { accessKeyId } = sts.addUser({ name: "u" });
  const printable = fc.string({ unit: fc.constantFrom(..."=,/; ;Credential\"'<&%é\\0aAZ~") });
  const parts = fc.record({ scope: printable, names: printable, claim: fc.boolean() });
  const authorization = fc.oneof(
    printable,
    printable.map((text) => `AWS4-HMAC-SHA256 ${text}`),
    parts.map(({ scope, names, claim }) =>
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${claim ? CLAIM : scope}, ` +
      `SignedHeaders=host;x-amz-date${names}, Signature=${"0".repeat(64)}`
    ),
  );
  const date = fc.oneof(printable, fc.constant("20260301T120000Z"));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    printable.map((text) => `Action=AssumeRole&Version=2011-06-15&${text}`),
  );
  await fc.assert(
    fc.asyncProperty(authorization, date, body, async (value, amzDate, payload) => {
      const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
      headers.set("authorization", value);
      headers.set("x-amz-date", amzDate);
      const response = await fetch(sts.url, {
        method: "POST",
        headers,
        body: payload as Uint8Array<ArrayBuffer> | string,
      });
      assertWellFormed(await response.text());
      assert(response.status === 400 || response.status === 403, String(response.status));
    }),
    { numRuns: 300, seed: 2 },
  );
});

/** Sends raw bytes and reads until the endpoint closes or has answered. */
async function exchange(sts: StsEndpoint, bytes: string): Promise<string> {
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(sts.url).port),
  });
  await connection.write(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
  const buffer = new Uint8Array(65_536);
  const read = await connection.read(buffer).catch(() => null);
  return new TextDecoder().decode(buffer.subarray(0, read ?? 0));
}

Deno.test("bytes that are no HTTP leave the endpoint standing", async (t) => {
  await using sts = startStsEndpoint();
  const keys = sts.addUser({ name: "u" });
  for (
    const bytes of [
      "\x00\xff\xfe\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET http://evil.example/?Action=x HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET http://%zz/ HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET //x//..//?Action=a#b HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(500)}\r\n`,
    ]
  ) {
    await t.step(JSON.stringify(bytes).slice(0, 60), async () => {
      const answer = await exchange(sts, bytes);
      assert(answer === "" || /^HTTP\/1\.[01] 4\d\d /.test(answer), answer);
      await send(sts, { keys });
    });
  }
});

Deno.test("a client that promises a body and never sends it does not hold up the end", async () => {
  const sts = startStsEndpoint();
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(sts.url).port),
  });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
  await connection.write(new TextEncoder().encode(head));
  await send(sts, { keys: sts.addUser({ name: "u" }) });
  await sts[Symbol.asyncDispose]();
  assertEquals(await connection.read(new Uint8Array(1)).catch(() => null), null);
  assertEquals(sts.calls.map((call) => call.outcome), ["dropped", "ok"]);
});
