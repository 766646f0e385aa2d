import fc from "fast-check";
import {
  formatToken,
  parseToken,
  type SsoSession,
  type SsoToken,
  tokenFileName,
} from "../../src/aws/sso_token.ts";
import { assert, assertEquals } from "../support/assert.ts";

// The same cases in every run: a test that fails must fail again.
fc.configureGlobal({ seed: 20260617 });

const SESSION: SsoSession = {
  name: "corp",
  startUrl: "https://corp.awsapps.com/start",
  region: "eu-west-1",
  scopes: [],
};

const TOKEN: SsoToken = {
  accessToken: "aoaAAAA",
  expiresAt: Date.UTC(2026, 5, 17, 12),
  renewal: {
    clientId: "client",
    clientSecret: "secret",
    registrationExpiresAt: Date.UTC(2026, 8, 1),
    refreshToken: "aorAAAA",
  },
};

Deno.test("a token is kept under the name that every AWS tool computes", async () => {
  // `printf corp | sha1sum`, and of the start URL for the legacy form.
  assertEquals(await tokenFileName(SESSION), "ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
  assertEquals(
    await tokenFileName({ ...SESSION, name: null }),
    "a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json",
  );
});

Deno.test("a token is written with the fields and times that the aws command writes", () => {
  assertEquals(JSON.parse(formatToken(TOKEN, SESSION)), {
    startUrl: "https://corp.awsapps.com/start",
    region: "eu-west-1",
    accessToken: "aoaAAAA",
    expiresAt: "2026-06-17T12:00:00Z",
    clientId: "client",
    clientSecret: "secret",
    registrationExpiresAt: "2026-09-01T00:00:00Z",
    refreshToken: "aorAAAA",
  });
});

Deno.test("what was written is read back, to the second", () => {
  const text = fc.stringMatching(/^[!-~]{1,40}$/);
  const time = fc.integer({ min: 0, max: 4102444800 }).map((seconds) => seconds * 1000);
  const renewal = fc.record({
    clientId: text,
    clientSecret: text,
    registrationExpiresAt: time,
    refreshToken: text,
  });
  fc.assert(fc.property(
    fc.record({ accessToken: text, expiresAt: time, renewal: fc.option(renewal) }),
    (token) => assertEquals(parseToken(formatToken(token, SESSION), SESSION), token),
  ));
});

Deno.test("a token is read in every form that AWS tools have written", () => {
  const read = (fields: Record<string, unknown>) =>
    parseToken(JSON.stringify({ accessToken: "t", ...fields }), SESSION)?.expiresAt ?? null;
  const noon = Date.UTC(2026, 5, 17, 12);
  assertEquals(read({ expiresAt: "2026-06-17T12:00:00Z" }), noon);
  assertEquals(read({ expiresAt: "2026-06-17T12:00:00.123Z" }), noon + 123);
  assertEquals(read({ expiresAt: "2026-06-17T12:00:00UTC" }), noon, "aws 2.0 wrote UTC");
  assertEquals(read({ expiresAt: "2026-06-17T12:00:00+00:00" }), noon);
  assertEquals(
    read({ expiresAt: "2026-06-17T12:00:00Z", startUrl: "https://corp.awsapps.com/start/#/" }),
    noon,
    "a start URL as a browser shows it",
  );
});

Deno.test("a token that is not whole, not clear or of another portal is none", () => {
  const good = JSON.parse(formatToken(TOKEN, SESSION));
  assert(parseToken(JSON.stringify(good), SESSION) !== null);
  for (
    const [what, change] of [
      ["no token", { accessToken: undefined }],
      ["an empty one", { accessToken: "" }],
      ["one that would split a header", { accessToken: "a\r\nX-Evil: 1" }],
      ["no end", { expiresAt: undefined }],
      ["an end in words", { expiresAt: "tomorrow" }],
      ["an end in another zone", { expiresAt: "2026-06-17T12:00:00+02:00" }],
      ["an end that does not exist", { expiresAt: "2026-13-17T12:00:00Z" }],
      ["another portal", { startUrl: "https://evil.awsapps.com/start" }],
      ["a portal that only begins alike", { startUrl: "https://corp.awsapps.com/start2" }],
      ["another region", { region: "us-east-1" }],
    ] as const
  ) {
    assertEquals(parseToken(JSON.stringify({ ...good, ...change }), SESSION), null, what);
  }
  for (const text of ["", "null", "[]", "1", "{", '"x"']) {
    assertEquals(parseToken(text, SESSION), null, text);
  }
});

Deno.test("a token without all that a renewal takes is read, and not renewed", () => {
  const good = JSON.parse(formatToken(TOKEN, SESSION));
  for (const key of ["clientId", "clientSecret", "registrationExpiresAt", "refreshToken"]) {
    const token = parseToken(JSON.stringify({ ...good, [key]: undefined }), SESSION);
    assertEquals(token?.accessToken, "aoaAAAA");
    assertEquals(token?.renewal, null, key);
  }
});
