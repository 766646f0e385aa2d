import { listenForSsoCallback } from "../../src/aws/sso_callback.ts";
import { type SignInPage, signInToPortal } from "../../src/aws/sso_sign_in.ts";
import type { SsoSession } from "../../src/aws/sso_token.ts";
import { systemClock } from "../../src/clock.ts";
import { SentinelError } from "../../src/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { type OidcEndpoint, startOidcEndpoint } from "../support/oidc_endpoint.ts";
import { visit } from "../support/sign_in_page.ts";
import { waitFor } from "../support/wait.ts";

const SESSION: SsoSession = {
  name: "corp",
  startUrl: "https://corp.awsapps.com/start",
  region: "eu-west-1",
  scopes: [],
};
const LEGACY: SsoSession = { ...SESSION, name: null };

/** Signs in; `look` sees the page. */
function signIn(
  oidc: OidcEndpoint,
  look: (page: SignInPage) => void,
  options: { session?: SsoSession; onDevice?: boolean; timeoutMs?: number } = {},
) {
  const { session = SESSION, onDevice = false, timeoutMs = 5000 } = options;
  return signInToPortal(session, {
    endpoint: oidc.url,
    clock: systemClock,
    onDevice,
    show: look,
    timeoutMs,
  });
}

Deno.test("a sign-in in the browser: a registration, a page, a token that can be renewed", async () => {
  await using oidc = startOidcEndpoint();
  let shown: SignInPage | null = null;
  let page: ReturnType<typeof visit> | null = null;
  const token = await signIn(oidc, (found) => {
    shown = found;
    page = visit(found.url);
  });
  assert(oidc.accepts(token.accessToken));
  assert(token.renewal !== null);
  assertEquals(oidc.calls.map(({ action }) => action), [
    "RegisterClient",
    "Authorize",
    "CreateToken",
  ]);
  assertEquals((shown as SignInPage | null)?.userCode, null);
  const { status, text } = await page!;
  assertEquals(status, 200);
  assertStringIncludes(text, "The terminal says whether you are signed in");
  for (const secret of oidc.secrets()) assert(!text.includes(secret), "the page shows a secret");
});

Deno.test("a sign-in that is refused on the page says so", async () => {
  await using oidc = startOidcEndpoint();
  oidc.answer("deny");
  const error = await assertRejects(
    () => signIn(oidc, ({ url }) => void visit(url)),
    SentinelError,
    'Cannot sign in to SSO session "corp": it was refused on the page',
  );
  assertEquals(error.code, "SIGN_IN_REQUIRED");
});

Deno.test("nobody comes: the sign-in ends in time", async () => {
  await using oidc = startOidcEndpoint();
  const error = await assertRejects(
    () => signIn(oidc, () => {}, { timeoutMs: 50 }),
    SentinelError,
    "nobody did in time",
  );
  assertEquals(error.code, "SIGN_IN_REQUIRED");
});

Deno.test("an answer with another state, or to another host, is not heard and ends nothing", async () => {
  await using oidc = startOidcEndpoint();
  oidc.answer("wait");
  let redirect: URL | null = null;
  let page: string | null = null;
  const signing = signIn(oidc, ({ url }) => {
    page = url;
    redirect = new URL(new URL(url).searchParams.get("redirect_uri")!);
  });
  const target = await waitFor("the page", () => redirect);
  const state = new URL(page!).searchParams.get("state")!;
  const status = async (query: string, init?: RequestInit) => {
    const response = await fetch(`${target.href}${query}`, init);
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("?code=forged&state=forged"), 400);
  assertEquals(await status("?code=forged"), 400);
  assertEquals(await status(`?code=forged&state=${state}&state=${state}`), 400, "repeated");
  assertEquals(await status(`?code=&state=${state}`), 400, "no code");
  assertEquals(await status(`?error=access_denied&state=x`), 400, "somebody else's refusal");
  assertEquals(await status(`?code=forged&state=${state}`, { method: "POST" }), 405);
  const elsewhere = await fetch(`${target.origin}/?code=forged&state=${state}`);
  await elsewhere.body?.cancel();
  assertEquals(elsewhere.status, 404);
  assertEquals(await askAs("evil.example", target, `?code=forged&state=${state}`), 421);
  oidc.answer("allow");
  const [token] = await Promise.all([signing, visit(page!)]);
  assert(oidc.accepts(token.accessToken));
});

/** Status of a request that names another host, as after DNS rebinding. */
async function askAs(host: string, target: URL, query: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(target.port) });
  await connection.write(new TextEncoder().encode(
    `GET ${target.pathname}${query} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  ));
  const buffer = new Uint8Array(64);
  const count = await connection.read(buffer) ?? 0;
  return Number(new TextDecoder().decode(buffer.subarray(0, count)).split(" ")[1]);
}

Deno.test("a client that holds its connection open does not hold the sign-in up", async () => {
  const listener = listenForSsoCallback("s");
  const { port } = new URL(listener.redirectUri);
  using idle = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
  await idle.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost:"));
  const begun = performance.now();
  await listener[Symbol.asyncDispose]();
  assert(performance.now() - begun < 2000);
});

Deno.test("where the code grant is not known, a code is confirmed on any device", async () => {
  await using oidc = startOidcEndpoint({ codeFlow: false });
  let shown: SignInPage | null = null;
  const token = await signIn(oidc, (page) => void (shown = page));
  assert(oidc.accepts(token.accessToken));
  assert(token.renewal !== null);
  const page = shown as SignInPage | null;
  assert(page?.userCode !== null && page!.url.includes(page!.userCode!));
});

Deno.test("the legacy form is signed in on a device, and its token cannot be renewed", async () => {
  await using oidc = startOidcEndpoint();
  const token = await signIn(oidc, () => {}, { session: LEGACY });
  assert(oidc.accepts(token.accessToken));
  assertEquals(token.renewal, null);
  assertEquals(oidc.count("StartDeviceAuthorization"), 1);
});

Deno.test("a device is asked about at the pace that the service sets, and slower when told", async () => {
  const clock = new ManualClock();
  await using oidc = startOidcEndpoint({ now: () => clock.now(), intervalSeconds: 5 });
  oidc.answer("wait");
  const signing = signInToPortal(SESSION, {
    endpoint: oidc.url,
    clock,
    onDevice: true,
    show: () => {},
    timeoutMs: 300_000,
  });
  const polls = async (count: number) =>
    await waitFor(
      `${count} polls`,
      () => oidc.count("CreateToken") === count && clock.timers === 1,
    );
  await waitFor("the device", () => clock.timers === 1);
  await clock.advance(4999);
  assertEquals(oidc.count("CreateToken"), 0);
  await clock.advance(1);
  await polls(1);
  oidc.fault({ action: "CreateToken", code: "SlowDownException", times: 1 });
  await clock.advance(5000);
  await polls(2);
  await clock.advance(9999);
  assertEquals(clock.timers, 1, "5 s slower after slow_down: still waiting");
  assertEquals(oidc.count("CreateToken"), 2);
  oidc.answer("allow");
  await clock.advance(1);
  assert(oidc.accepts((await signing).accessToken));
});

Deno.test("a device that nobody confirms ends the sign-in in time", async () => {
  const clock = new ManualClock();
  await using oidc = startOidcEndpoint({ now: () => clock.now(), intervalSeconds: 100 });
  oidc.answer("wait");
  const signing = assertRejects(
    () =>
      signInToPortal(SESSION, {
        endpoint: oidc.url,
        clock,
        onDevice: true,
        show: () => {},
        timeoutMs: 250_000,
      }),
    SentinelError,
    "nobody did in time",
  );
  // The last pause is cut short by the end.
  for (const [poll, ms] of [[1, 100_000], [2, 100_000], [3, 50_000]] as const) {
    await waitFor("a pause", () => clock.timers === 1);
    await clock.advance(ms);
    await waitFor("a poll", () => oidc.count("CreateToken") === poll);
  }
  await signing;
});

for (
  const [code, status, message] of [
    ["InternalServerException", 500, "InternalServerException (HTTP 500)"],
    ["InvalidRequestException", 400, "InvalidRequestException (HTTP 400): injected"],
    ["InvalidScopeException", 400, "InvalidScopeException (HTTP 400): injected"],
    ["InvalidClientException", 401, "IAM Identity Center does not admit this program"],
  ] as const
) {
  Deno.test(`a service that answers ${code} is told, without secrets`, async () => {
    await using oidc = startOidcEndpoint();
    oidc.fault({ action: "StartDeviceAuthorization", code, status });
    const error = await assertRejects(
      () => signIn(oidc, () => {}, { onDevice: true }),
      SentinelError,
      message,
    );
    for (const secret of oidc.secrets()) {
      assert(!`${error.message} ${error.suggestion}`.includes(secret));
    }
  });
}

Deno.test("a service that is not there is AWS_UNAVAILABLE", async () => {
  const oidc = startOidcEndpoint();
  await oidc[Symbol.asyncDispose]();
  const error = await assertRejects(() => signIn(oidc, () => {}), SentinelError, "reached");
  assertEquals(error.code, "AWS_UNAVAILABLE");
});

Deno.test("a page that is no https address is never opened", async () => {
  for (
    const page of [
      "file:///etc/passwd",
      "javascript:alert(1)",
      "http://192.0.2.1/x",
      "-x",
      "https://a@b.c/",
      "https://:b@c.d/",
    ]
  ) {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) =>
        Response.json(
          request.url.endsWith("/client/register")
            ? { clientId: "c", clientSecret: "s", clientSecretExpiresAt: 4_000_000_000 }
            : {
              deviceCode: "d",
              userCode: "u",
              verificationUri: page,
              expiresIn: 600,
              interval: 1,
            },
        ),
    );
    const { port } = server.addr;
    let opened = false;
    await assertRejects(
      () =>
        signInToPortal(SESSION, {
          endpoint: `http://127.0.0.1:${port}`,
          clock: systemClock,
          onDevice: true,
          show: () => void (opened = true),
          timeoutMs: 1000,
        }),
      SentinelError,
      "is not an https URL",
    );
    assertEquals(opened, false, page);
  }
});

for (
  const [what, change] of [
    ["no token", { accessToken: undefined }],
    ["a token that would split a header", { accessToken: "a\r\nb" }],
    ["no end", { expiresIn: undefined }],
    ["an end before now", { expiresIn: -1 }],
    ["an end that no clock knows", { expiresIn: 1e18 }],
  ] as const
) {
  Deno.test(`an answer with ${what} is not believed`, async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) =>
        Response.json(
          request.url.endsWith("/token")
            ? { accessToken: "a", expiresIn: 3600, ...change }
            : request.url.endsWith("/client/register")
            ? { clientId: "c", clientSecret: "s", clientSecretExpiresAt: 4_000_000_000 }
            : {
              deviceCode: "d",
              userCode: "u",
              verificationUri: "https://example.com/",
              expiresIn: 600,
              interval: 1,
            },
        ),
    );
    const clock = new ManualClock();
    const signing = assertRejects(
      () =>
        signInToPortal(LEGACY, {
          endpoint: `http://127.0.0.1:${server.addr.port}`,
          clock,
          onDevice: true,
          show: () => {},
          timeoutMs: 10_000,
        }),
      SentinelError,
      "is not whole",
    );
    await waitFor("the pause", () => clock.timers === 1);
    await clock.advance(1000);
    await signing;
  });
}
