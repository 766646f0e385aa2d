/**
 * A `credential_process` that is this program for the same chain is seen before anything starts.
 *
 * @module
 */
import { SentinelError } from "../../src/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { ConfigHome } from "./config_home.ts";

const ROLE = "arn:aws:iam::123456789012:role";
const KEYS = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = CANARY-SECRET\n";

const RECURSIVE = [
  "sentinel credentials --profile dev",
  "/usr/local/bin/sentinel credentials --profile=dev --region eu-west-1",
  '"C:\\Program Files\\Sentinel\\sentinel.exe" credentials --profile "dev"',
  "C:/tools/SENTINEL.EXE credentials --profile dev",
  "env FOO=1 sentinel credentials --profile 'dev'",
  'sh -c "sentinel credentials --profile dev"',
  "deno run -A jsr:@sentinel/cli credentials --profile dev",
  "/opt/deno run -A /src/sentinel-cli/main.ts credentials --profile dev",
  "sentinel credentials",
];

for (const command of RECURSIVE) {
  Deno.test(`recursion is seen in ${command}`, async () => {
    using home = new ConfigHome({ config: `[profile dev]\ncredential_process = ${command}\n` });
    const error = await assertRejects(() => home.load("dev"), SentinelError);
    assertEquals([error.code, error.details["line"]], ["CREDENTIAL_PROCESS_RECURSION", 2]);
  });
}

for (
  const command of [
    "sentinel credentials --profile devel",
    "sentinel credentials --profile other",
    "not-sentinel credentials --profile dev",
    "deno run other.ts --profile dev",
    "aws-vault exec dev --json",
  ]
) {
  Deno.test(`no recursion is seen in ${command}`, async () => {
    using home = new ConfigHome({ config: `[profile dev]\ncredential_process = ${command}\n` });
    assertEquals((await home.load("dev")).base.kind, "process");
  });
}

Deno.test("recursion is seen through a chain, and beside a role that outranks it", async () => {
  const command = "credential_process = sentinel credentials --profile prod\n";
  const source = `role_arn = ${ROLE}/R\nsource_profile = dev\n`;
  for (
    const config of [
      `[profile prod]\n${source}[profile dev]\n${command}`,
      `[profile prod]\n${source}${command}[profile dev]\n${KEYS}`,
    ]
  ) {
    using home = new ConfigHome({ config });
    const error = await assertRejects(() => home.load("prod"), SentinelError, '"prod" itself');
    assertEquals(error.code, "CREDENTIAL_PROCESS_RECURSION");
  }
});

Deno.test("reading a profile starts no credential_process", async () => {
  using home = new ConfigHome({});
  const trace = `${home.path}/started`;
  Deno.writeTextFileSync(
    home.file("config"),
    `[profile dev]\ncredential_process = touch ${trace}\n` +
      `[profile prod]\nrole_arn = ${ROLE}/R\nsource_profile = dev\n`,
  );
  for (const profile of ["dev", "prod"]) {
    assertEquals((await home.load(profile)).base.kind, "process");
  }
  await assertRejects(() => Deno.stat(trace), Deno.errors.NotFound);
});
