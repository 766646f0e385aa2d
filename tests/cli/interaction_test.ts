import type { SsoCredentials } from "../../src/aws/base_credentials.ts";
import type { MfaDevice } from "../../src/aws/interaction.ts";
import { openInteraction } from "../../src/cli/interaction.ts";
import { SentinelError } from "../../src/errors.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";
import { fakeHost } from "../support/fake_host.ts";
import { startOidcEndpoint } from "../support/oidc_endpoint.ts";
import { visit } from "../support/sign_in_page.ts";
import { TemporaryDirectory } from "../support/temporary_directory.ts";

const DEVICE: MfaDevice = {
  serial: "arn:aws:iam::123456789012:mfa/alice",
  process: null,
  profile: "prod",
  file: "/home/alice/.aws/config",
  line: 7,
};
const SSO: SsoCredentials = {
  kind: "sso",
  profile: "dev",
  session: {
    name: "corp",
    startUrl: "https://corp.awsapps.com/start",
    region: "eu-west-1",
    scopes: [],
  },
  accountId: "123456789012",
  roleName: "Admin",
  file: "/home/alice/.aws/config",
  line: 3,
};

Deno.test("a code of the command line is handed out once, then the person is asked", async () => {
  const host = fakeHost({ personalLines: ["654321"] });
  const interaction = openInteraction({ mfaToken: "123456" }, host);
  assertEquals(await interaction.mfaCode(DEVICE), "123456");
  assertEquals(await interaction.mfaCode(DEVICE), "654321");
});

Deno.test("what is no code on the command line is told at once", () => {
  for (const token of ["12345", "1234567", "abcdef", "12 456"]) {
    assertThrows(
      () => openInteraction({ mfaToken: token }, fakeHost()),
      SentinelError,
      "mfa-token",
    );
  }
});

Deno.test("the question goes to the person's own terminal, and nothing to the streams", async () => {
  const host = fakeHost({ personalLines: ["12345", " 123456 "], lines: ["999999"] });
  assertEquals(await openInteraction({}, host).mfaCode(DEVICE), "123456");
  assertEquals(host.stdout + host.stderr, "");
  assertEquals(await host.readLine(), "999999", "standard input is left alone");
  const question = 'Code of "arn:aws:iam::123456789012:mfa/alice" for profile "prod": ';
  assertEquals(host.shown, `${question}A code has six digits.\n${question}`);
});

Deno.test("who gives no code, or three times none, is not asked for ever", async () => {
  for (const personalLines of [[], ["", "", "", "123456"]]) {
    const host = fakeHost({ personalLines });
    const error = await assertRejects(
      () => openInteraction({}, host).mfaCode(DEVICE),
      SentinelError,
      "was given",
    );
    assertEquals(error.code, "SIGN_IN_REQUIRED");
  }
});

Deno.test("without a terminal the error says how the code can be given", async () => {
  const error = await assertRejects(
    () => openInteraction({}, fakeHost({ lines: ["123456"] })).mfaCode(DEVICE),
    SentinelError,
  );
  assertEquals([error.code, error.exitStatus], ["SIGN_IN_REQUIRED", 78]);
  assertStringIncludes(error.suggestion, "--mfa-token");
});

Deno.test("a program of the command line wins over the profile's, and both over the person", async () => {
  const host = fakeHost({ personalLines: ["333333"] });
  const device = { ...DEVICE, process: "echo 222222" };
  assertEquals(
    await openInteraction({ mfaProcess: "echo 111111" }, host).mfaCode(device),
    "111111",
  );
  assertEquals(await openInteraction({}, host).mfaCode(device), "222222");
  assertEquals(host.shown, "");
});

Deno.test("once it is closed nobody is asked, whatever the command line says", async () => {
  const host = fakeHost({ personalLines: ["123456"], browse: () => true });
  const interaction = openInteraction({ mfaToken: "123456", autoLogin: true }, host);
  interaction.close();
  await assertRejects(() => interaction.mfaCode(DEVICE), SentinelError);
  await assertRejects(() => interaction.login(SSO), SentinelError, "nobody is signed in");
  assertEquals(host.shown + host.stderr, "");
});

Deno.test("a sign-in is begun only where it was asked for", async () => {
  let opened = false;
  const host = fakeHost({ browse: () => opened = true });
  const error = await assertRejects(() => openInteraction({}, host).login(SSO), SentinelError);
  assertEquals(error.suggestion, "Sign in: sentinel login --profile dev");
  assertEquals(opened, false);
});

/** A host in a home of its own, with a sign-in service. */
function signInWorld(browse: (url: string) => boolean, personalLines?: readonly string[]) {
  const directory = new TemporaryDirectory();
  const oidc = startOidcEndpoint();
  const host = fakeHost({
    env: { HOME: directory.at("."), AWS_ENDPOINT_URL_SSO_OIDC: oidc.url },
    browse,
    ...personalLines !== undefined && { personalLines },
  });
  return {
    oidc,
    host,
    async [Symbol.asyncDispose]() {
      await oidc[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

Deno.test("--auto-login opens the browser, and shows the address to who has none", async () => {
  await using world = signInWorld((url) => {
    visit(url);
    return false;
  });
  await openInteraction({ autoLogin: true }, world.host).login(SSO);
  const { stdout, stderr } = world.host;
  assertEquals(stdout, "");
  assertStringIncludes(stderr, 'Sign in to SSO session "corp" in your browser.');
  assertStringIncludes(stderr, `${world.oidc.url}/authorize?response_type=code`);
  assertStringIncludes(stderr, "No browser could be started here");
  for (const secret of world.oidc.secrets()) assert(!stderr.includes(secret));
});

Deno.test("--auto-login tells the person's own terminal where there is one", async () => {
  await using world = signInWorld((url) => {
    visit(url);
    return true;
  }, []);
  await openInteraction({ autoLogin: true }, world.host).login(SSO);
  assertEquals(world.host.stdout + world.host.stderr, "");
  assertStringIncludes(world.host.shown, "Sign in to");
});

Deno.test("--stdout prints the address alone, and opens nothing", async () => {
  let opened = false;
  await using world = signInWorld(() => opened = true);
  const { host } = world;
  const out = host.terminal.out;
  host.terminal.out = (text) => {
    out(text);
    visit(text.trim());
  };
  await openInteraction({ autoLogin: true, stdout: true }, host).login(SSO);
  assertEquals(opened, false);
  assertEquals(URL.canParse(host.stdout.trim()), true, host.stdout);
  assertEquals(host.stdout.trim().split("\n").length, 1);
});
