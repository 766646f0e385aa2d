import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { serve, told } from "../support/serving.ts";
import { openSignedOutHome } from "../support/signed_out_home.ts";
import { waitFor } from "../support/wait.ts";

const ALLOW = "rules: [{ name: all, effect: allow }]";

Deno.test("without a sign-in every door says which command helps, and opens no page", async () => {
  await using world = await openSignedOutHome(ALLOW);
  for (
    const args of [
      ["exec", "--profile", "dev", "--", "true"],
      ["exec", "--server", "--profile", "team", "--", "true"],
      ["credentials", "--profile", "team"],
      ["whoami", "--profile", "dev"],
      ["policy", "pull", "ssm:/p", "--aws-profile", "dev"],
    ]
  ) {
    const here = args.includes("--server") ? world.run : world.here;
    const { code, stdout, stderr } = await here(...args);
    assertEquals([code, stdout], [78, ""], stderr);
    assertStringIncludes(stderr, "hint: Sign in: sentinel login --profile dev");
  }
  assertEquals(world.opened(), []);
  assertEquals(world.oidc.calls, []);
});

Deno.test("ten credential processes with --auto-login sign in once, and each prints one document", async () => {
  await using world = await openSignedOutHome(ALLOW);
  world.oidc.answer("wait");
  const processes = Array.from(
    { length: 10 },
    () => world.start("credentials", "--auto-login", "--profile", "team"),
  );
  await waitFor(
    "nine to wait for the tenth",
    () => processes.filter((process) => process.stderr().includes("waiting for it")).length === 9,
    15_000,
  );
  world.oidc.answer("allow");
  for (const { code, stdout, stderr } of await Promise.all(processes.map((one) => one.finished))) {
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).Version, 1);
    for (const secret of world.oidc.secrets()) assert(!stderr.includes(secret));
  }
  assertEquals(world.opened().length, 1);
  assertEquals(world.oidc.count("CreateToken"), 1);
});

Deno.test("four processes whose sign-in is refused ask once, and fail with it", async () => {
  await using world = await openSignedOutHome(ALLOW);
  world.oidc.answer("wait");
  const processes = Array.from(
    { length: 4 },
    () => world.start("whoami", "--auto-login", "--profile", "dev"),
  );
  await waitFor(
    "three to wait for the fourth",
    () => processes.filter((process) => process.stderr().includes("waiting for it")).length === 3,
    15_000,
  );
  world.oidc.answer("deny");
  for (const { code } of await Promise.all(processes.map((one) => one.finished))) {
    assertEquals(code, 78);
  }
  assertEquals(world.opened().length, 1);
});

Deno.test("a session that was ended at the portal is begun again, where a sign-in may be made", async () => {
  await using world = await openSignedOutHome(ALLOW);
  assertEquals((await world.here("login", "--profile", "dev")).code, 0);
  world.oidc.endTokens();
  const refused = await world.here("exec", "--profile", "dev", "--", "true");
  assertEquals(refused.code, 78);
  assertStringIncludes(refused.stderr, "hint: Sign in: sentinel login --profile dev");
  const args = ["exec", "--auto-login", "--profile", "dev", "--", "true"];
  const { code, stderr } = await world.here(...args);
  assertEquals(code, 0, stderr);
  assertEquals(world.opened().length, 2);
});

Deno.test("a person behind a permission set is known by their own name", async () => {
  await using world = await openSignedOutHome(ALLOW);
  assertEquals((await world.here("login", "--profile", "dev")).code, 0);
  const { stdout } = await world.here("whoami", "--profile", "team", "--output", "json");
  assertEquals(JSON.parse(stdout), {
    arn: "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/" +
      "alice@example.com",
    account: "123456789012",
    type: "sso-role",
    raw_name: "alice@example.com",
    policy_username: "alice@example.com",
    arn_pattern:
      "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com",
    profile: "team",
    role_arn: "arn:aws:iam::123456789012:role/Prod",
    target_account: "123456789012",
  });
  await world.here("whoami", "--profile", "team");
  await world.here("credentials", "--profile", "team");
  await world.here("credentials", "--profile", "team");
  assertEquals(world.sandbox.sts.count("GetCallerIdentity"), 1, "asked once for these keys");
  assertEquals(world.sandbox.sts.count("AssumeRole"), 1);
});

Deno.test("who signs in after somebody else is not taken for them", async () => {
  await using world = await openSignedOutHome(ALLOW);
  const who = async () => {
    assertEquals((await world.here("login", "--profile", "dev")).code, 0);
    const { stdout } = await world.here("whoami", "--profile", "dev", "--output", "json");
    return JSON.parse(stdout).policy_username;
  };
  assertEquals(await who(), "alice@example.com");
  world.becomes("mallory@example.com");
  assertEquals(await who(), "mallory@example.com");
});

Deno.test("a server whose sign-in ended answers 503, says once what helps, and goes on after it", async () => {
  // Keys in their last minute are not begun with: others are got at the first request.
  await using world = await openSignedOutHome(ALLOW, { keySeconds: 50 });
  const { sandbox, env } = world;
  assertEquals((await world.here("login", "--profile", "dev")).code, 0);
  const flags = ["--lazy", "--auto-login"];
  await using server = await serve(sandbox, { profile: "team", env, flags });
  world.oidc.endTokens();
  await Deno.remove(`${sandbox.home}/.aws/sso/cache`, { recursive: true });
  const answers = [await server.ask(), await server.ask()];
  for (const { status, body } of answers) {
    assertEquals([status, body.Code], [503, "SIGN_IN_REQUIRED"]);
    assert(!JSON.stringify(body).includes("123456789012"), "no account in the body");
  }
  assertEquals(told(server.process.stderr(), "error").length, 1, server.process.stderr());
  assertStringIncludes(server.process.stderr(), "sentinel login --profile dev");
  assertEquals(world.opened().length, 1, "no page is opened in the middle of a request");
  assertEquals((await world.here("login", "--profile", "dev")).code, 0);
  await waitFor("credentials again", async () => (await server.ask()).status === 200, 15_000);
  assertEquals((await server.end()).code, 0);
});

Deno.test("a server renews its sign-in by itself, and keeps it for other tools", async () => {
  // Less than a quarter of an hour: it is renewed whenever it is needed.
  await using world = await openSignedOutHome(ALLOW, { tokenSeconds: 600 });
  const { sandbox, env } = world;
  assertEquals((await world.here("login", "--profile", "dev")).code, 0);
  const before = world.token()!.accessToken;
  await using server = await serve(sandbox, { profile: "team", env });
  assertEquals((await server.ask()).status, 200);
  assert(world.token()!.accessToken !== before);
  assert(world.oidc.accepts(world.token()!.accessToken!));
  assertEquals(world.oidc.count("Authorize"), 1);
  assertEquals((await server.end()).code, 0);
});

Deno.test("whoever asks for an approval, and whoever gives it, signs in where they are", async () => {
  await using world = await openSignedOutHome(
    "rules: [{ name: team, effect: require_approval, conditions: { profiles: [team] } }]\n" +
      "approvals: [{ name: team, approvers: [bob@example.com] }]\n",
  );
  const table = ["--request-table", `sqlite:${world.sandbox.home}/requests.db`];
  assertEquals(
    (await world.run("init", "approvals", "--yes", "--table", table[1]!)).code,
    0,
    "a file needs no sign-in",
  );
  const ask = ["request", "--profile", "team", "-j", "fix the importer", "-o", "json", ...table];
  const signedOut = await world.run(...ask);
  assertEquals(signedOut.code, 78);
  assertStringIncludes(signedOut.stderr, "hint: Sign in: sentinel login --profile dev");
  const asked = await world.run(...ask, "--auto-login");
  assertEquals(asked.code, 0, asked.stderr);

  const signOut = () => Deno.remove(`${world.sandbox.home}/.aws/sso/cache`, { recursive: true });
  await signOut();
  world.becomes("bob@example.com");
  const approve = ["approve", JSON.parse(asked.stdout).id, "--yes", "--aws-profile", "dev"];
  assertEquals((await world.run(...approve, ...table)).code, 78);
  const approved = await world.run(...approve, ...table, "--auto-login");
  assertEquals(approved.code, 0, approved.stderr);

  await signOut();
  world.becomes("alice@example.com");
  const exec = ["exec", "--auto-login", "--profile", "team", ...table, "--", "true"];
  const { code, stderr } = await world.run(...exec);
  assertEquals(code, 0, stderr);
  assertEquals(world.opened().length, 3);
});
