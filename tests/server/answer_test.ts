import fc from "fast-check";
import { ERROR_CATALOGUE, type ErrorCode, SentinelError } from "../../src/errors.ts";
import {
  createResponse,
  credentialAnswer,
  fault,
  gateRefusal,
  publicMessage,
} from "../../src/server/answer.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";
import { CREDENTIALS, refused } from "./decisions.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

Deno.test("credentialAnswer() gives the fields that SDKs read, in whole seconds of UTC", () => {
  const { status, body } = credentialAnswer(CREDENTIALS);
  assertEquals(status, 200);
  assertEquals(
    body,
    '{"AccessKeyId":"ASIACANARYACCESSKEY1","SecretAccessKey":"canary/secret+access=key",' +
      '"Token":"canary-session-token","Expiration":"2026-06-17T12:15:00Z",' +
      '"AccountId":"123456789012","RoleArn":"arn:aws:iam::123456789012:role/Prod"}',
  );
});

Deno.test("credentialAnswer() leaves out what is not known", () => {
  const { body } = credentialAnswer({ ...CREDENTIALS, accountId: null, roleArn: null });
  assertEquals(Object.keys(JSON.parse(body)), [
    "AccessKeyId",
    "SecretAccessKey",
    "Token",
    "Expiration",
  ]);
});

Deno.test("credentialAnswer() is made once for the same credentials, anew for others", () => {
  const credentials = { ...CREDENTIALS };
  assert(credentialAnswer(credentials) === credentialAnswer(credentials));
  assert(credentialAnswer(credentials) !== credentialAnswer({ ...CREDENTIALS }));
});

for (
  const [name, lacking] of Object.entries({
    "a session token": { sessionToken: null },
    "any text in the session token": { sessionToken: "" },
    "an end of life": { expiresAt: null },
  })
) {
  Deno.test(`credentialAnswer() refuses credentials without ${name}`, () => {
    const error = assertThrows(
      () => credentialAnswer({ ...CREDENTIALS, ...lacking }),
      SentinelError,
    );
    assertEquals(error.code, "CREDENTIALS_UNSUITABLE");
  });
}

Deno.test("credentialAnswer() throws rather than print an end of life that is no date", () => {
  assertThrows(() => credentialAnswer({ ...CREDENTIALS, expiresAt: NaN }), RangeError);
});

Deno.test("gateRefusal() says code and message in both spellings, with status 403", () => {
  const { status, body } = gateRefusal(refused("SESSION_REVOKED"));
  const message = 'session for profile "prod" was revoked';
  assertEquals(status, 403);
  assertEquals(JSON.parse(body), {
    Code: "SESSION_REVOKED",
    Message: message,
    code: "SESSION_REVOKED",
    message,
  });
});

Deno.test("publicMessage() takes out ARNs and account ids in every spelling", () => {
  const table: readonly (readonly [string, string])[] = [
    ["nothing to hide", "nothing to hide"],
    ["ask arn:aws:iam::123456789012:role/Ops.", "ask <arn>"],
    ['"arn:aws-cn:sts::1:assumed-role/A/b@c" (me)', '"<arn>" (me)'],
    ["ARN:AWS:IAM::1:user/x, arn:aws:s3:::b", "<arn>, <arn>"],
    ["account 123456789012!", "account <account>!"],
    ["prod-123456789012-x", "prod-<account>-x"],
    ["12345678901234567", "<account>"],
    ["1234-5678-9012", "<account>"],
    ["12345678901 is too short", "12345678901 is too short"],
    ["two\nlines\x1b[31m\r", "two\\u{a}lines\\u{1b}[31m\\u{d}"],
    ["für 👩‍🚒", "f?r ???"],
  ];
  for (const [text, expected] of table) assertEquals(publicMessage(text), expected);
});

Deno.test("publicMessage() is one bounded line of ASCII without account ids, whatever the text", () => {
  const secrets = fc.constantFrom(
    "123456789012",
    "arn:aws:iam::123456789012:role/x",
    "9".repeat(40),
  );
  const text = fc.array(fc.oneof(fc.string({ unit: "binary" }), secrets), { maxLength: 30 });
  fc.assert(fc.property(text, (parts) => {
    const message = publicMessage(parts.join(""));
    assertMatch(message, /^[ -~]{0,300}$/);
    assert(!/\d{12}|arn:\S/i.test(message), message);
  }));
});

Deno.test("publicMessage() cuts after it has cleaned, so that no cut uncovers anything", () => {
  for (let length = 270; length <= 310; length++) {
    const message = publicMessage(`${"x".repeat(length)} 123456789012 arn:aws:iam::1:user/y`);
    assert(message.length <= 300);
    assert(!/\d|arn:/.test(message), message);
  }
});

Deno.test("publicMessage() takes hostile megabytes in linear time", () => {
  const started = performance.now();
  for (const unit of ["arn:", "1234-5678-", "12345678901 ", "\u202e", "a"]) {
    publicMessage(unit.repeat(100_000));
  }
  assert(performance.now() - started < 2000);
});

Deno.test("fault() answers with the catalogue's status and words for every code", () => {
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const { status, body } = fault(code);
    const { httpStatus, meaning } = ERROR_CATALOGUE[code];
    assertEquals(status, httpStatus);
    assertEquals(JSON.parse(body), { Code: code, Message: meaning, code, message: meaning });
  }
});

Deno.test("createResponse() forbids caching and sniffing and carries the request id", async () => {
  const response = createResponse({ status: 405, body: "{}", allow: "GET" }, "0123456789abcdef");
  assertEquals(response.status, 405);
  assertEquals(Object.fromEntries(response.headers), {
    "allow": "GET",
    "cache-control": "no-store",
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
    "x-request-id": "0123456789abcdef",
  });
  assertEquals(await response.text(), "{}");
});
