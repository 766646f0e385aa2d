import { run } from "../../src/cli/run.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { visit } from "../support/sign_in_page.ts";
import { openSignedOutHome } from "../support/signed_out_home.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = ["login", "--profile", "dev"];

Deno.test("sentinel login signs in through the browser, and shows no secret", async () => {
  await using world = await openSignedOutHome("rules: []");
  const { code, stdout, stderr } = await world.run(...LOGIN);
  assertEquals(code, 0, stderr);
  assertEquals(stdout, "");
  assertMatch(stderr, /^Signed in to SSO session "corp" until .* UTC, in 7h; it is renewed/m);
  assertEquals(world.opened().length, 1);
  assert(world.oidc.accepts(world.token()!.accessToken!));
  for (const secret of world.oidc.secrets()) assert(!stderr.includes(secret), stderr);
});

Deno.test("sentinel login --stdout prints the address, for a browser anywhere on the machine", async () => {
  await using world = await openSignedOutHome("rules: []");
  const process = world.start(...LOGIN, "--stdout");
  const line = await waitFor("the address", () => /^.*\n/.exec(process.stdout())?.[0]);
  await visit(line.trim());
  const { code, stdout, stderr } = await process.finished;
  assertEquals(code, 0, stderr);
  assertEquals(stdout, line);
  assertEquals(world.opened(), []);
});

Deno.test("sentinel login --device shows a code to compare, and waits at the service's pace", async () => {
  await using world = await openSignedOutHome("rules: []");
  world.oidc.answer("wait");
  const process = world.start(...LOGIN, "--device", "--stdout");
  await waitFor("a poll", () => world.oidc.count("CreateToken") > 0);
  world.oidc.answer("allow");
  const { code, stdout, stderr } = await process.finished;
  assertEquals(code, 0, stderr);
  const userCode = new URL(stdout.trim()).searchParams.get("user_code")!;
  assertStringIncludes(stderr, `The page must show this code: ${userCode}`);
  assertEquals(world.oidc.calls.filter(({ outcome }) => outcome === "SlowDownException"), []);
  assert(world.oidc.accepts(world.token()!.accessToken!));
});

Deno.test("a code that is no plain text moves no cursor", async () => {
  await using world = await openSignedOutHome("rules: []");
  await using service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      switch (new URL(url).pathname) {
        case "/client/register":
          return Response.json({
            clientId: "c",
            clientSecret: "s",
            clientSecretExpiresAt: 4_000_000_000,
          });
        case "/device_authorization":
          return Response.json({
            deviceCode: "d",
            userCode: "\x1b[2JSAFE",
            verificationUri: "https://example.com/",
            expiresIn: 600,
            interval: 0.01,
          });
        default:
          return Response.json({ error: "access_denied" }, {
            status: 400,
            headers: { "x-amzn-errortype": "AccessDeniedException" },
          });
      }
    },
  );
  const url = `http://127.0.0.1:${service.addr.port}`;
  const host = fakeHost({ env: { ...world.sandbox.env, AWS_ENDPOINT_URL_SSO_OIDC: url } });
  assertEquals(await run([...LOGIN, "--device", "--stdout"], host), 78);
  assertStringIncludes(host.stderr, "The page must show this code: \\u{1b}[2JSAFE\n");
});

Deno.test("sentinel login ends with 78 when the person refuses", async () => {
  await using world = await openSignedOutHome("rules: []");
  world.oidc.answer("deny");
  const { code, stderr } = await world.run(...LOGIN);
  assertEquals(code, 78);
  assertStringIncludes(stderr, 'error: Cannot sign in to SSO session "corp": it was refused');
  assertEquals(world.token(), null);
});

Deno.test("Ctrl-C ends a sign-in at once, and leaves nothing locked", async () => {
  await using world = await openSignedOutHome("rules: []");
  world.oidc.answer("wait");
  const process = world.start(...LOGIN, "--stdout");
  await waitFor("the address", () => process.stdout().includes("\n"));
  process.kill("SIGINT");
  assertEquals((await process.finished).code, 130);
  assertEquals(world.token(), null);
  world.oidc.answer("allow");
  const { code, stderr } = await world.run(...LOGIN);
  assertEquals(code, 0, stderr);
  assert(!stderr.includes("waiting for it"), stderr);
});

Deno.test("ten processes that sign in at once sign in once", async () => {
  await using world = await openSignedOutHome("rules: []");
  world.oidc.answer("wait");
  const processes = Array.from(
    { length: 10 },
    () => world.start(...LOGIN),
  );
  await waitFor(
    "nine to wait for the tenth",
    () => processes.filter((process) => process.stderr().includes("waiting for it")).length === 9,
    15_000,
  );
  world.oidc.answer("allow");
  for (const { code, stderr } of await Promise.all(processes.map(({ finished }) => finished))) {
    assertEquals(code, 0, stderr);
  }
  assertEquals(world.opened().length, 1);
  assertEquals(world.oidc.count("RegisterClient"), 1);
  assertEquals(world.oidc.count("CreateToken"), 1);
});

Deno.test("a holder that is killed lets the next one sign in", async () => {
  await using world = await openSignedOutHome("rules: []");
  world.oidc.answer("wait");
  const holder = world.start(...LOGIN, "--stdout");
  await waitFor("the page", () => holder.stdout().includes("\n"));
  const next = world.start(...LOGIN);
  await waitFor("the next to wait", () => next.stderr().includes("waiting for it"));
  holder.kill("SIGKILL");
  await holder.finished;
  world.oidc.answer("allow");
  const { code, stderr } = await next.finished;
  assertEquals(code, 0, stderr);
  assert(world.oidc.accepts(world.token()!.accessToken!));
});
